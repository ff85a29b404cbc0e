import { keyOf, type Value } from './values.js';

/** The content of a `Map` or `Set`, by canonical key. */
export class MapHost {
  private readonly items = new Map<string, [Value, Value]>();
  constructor(readonly isSet: boolean) {}

  set(key: Value, value: Value): void {
    this.items.set(keyOf(key), [key, value]);
  }

  get(key: Value): Value | undefined {
    return this.items.get(keyOf(key))?.[1];
  }

  has(key: Value): boolean {
    return this.items.has(keyOf(key));
  }

  delete(key: Value): boolean {
    return this.items.delete(keyOf(key));
  }

  clear(): void {
    this.items.clear();
  }

  entries(): [Value, Value][] {
    return [...this.items.values()];
  }

  get size(): number {
    return this.items.size;
  }
}
