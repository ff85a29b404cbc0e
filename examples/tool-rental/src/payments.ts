import { HttpError } from './http/errors.js';

export interface Charge {
  id: string;
  status: 'paid' | 'declined';
}

export class PaymentClient {
  constructor(private readonly baseUrl: string) {}

  async charge(amount: number, reference: string): Promise<Charge> {
    const response = await fetch(`${this.baseUrl}/charges`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ amount, reference, currency: 'EUR' }),
    });
    if (!response.ok) throw new HttpError(502, 'payment_unavailable');
    return (await response.json()) as Charge;
  }
}
