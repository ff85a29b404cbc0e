import type { Incident, Json } from '../model/index.js';

/** The part of an incident that was sent. */
export type Sent = Pick<Incident, 'method' | 'path' | 'query' | 'headers' | 'body' | 'happened'>;

/** A request by its address; a body that is no JSON is a form. */
export function sentTo(
  method: string,
  address: string,
  headers: Record<string, string>,
  body: string | undefined,
): Sent {
  const url = new URL(/^(https?:\/\/|\/)/.test(address) ? address : `http://${address}`, 'http://localhost');
  const parsed = body === undefined ? undefined : bodyOf(body);
  return {
    method: method.toUpperCase(),
    path: decodeURIComponent(url.pathname),
    query: Object.fromEntries(url.searchParams),
    headers,
    ...(parsed === undefined ? {} : { body: parsed }),
  };
}

function bodyOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return Object.fromEntries(new URLSearchParams(text));
  }
}
