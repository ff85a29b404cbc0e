"""The carrier's API: it wants to know when a parcel has arrived or goes back."""

import httpx

from .settings import get_settings


class CarrierRefused(Exception):
    pass


def announce_arrival(tracking: str, locker: str) -> None:
    response = httpx.post(
        f'{get_settings().carrier_url}/arrivals',
        json={'tracking': tracking, 'locker': locker},
        timeout=5,
    )
    if response.status_code == 409:
        raise CarrierRefused(tracking)
    response.raise_for_status()


def announce_return(tracking: str) -> None:
    response = httpx.post(
        f'{get_settings().carrier_url}/returns', json={'tracking': tracking}, timeout=5
    )
    response.raise_for_status()
