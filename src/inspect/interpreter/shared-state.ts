import type { Binding } from './scope.js';
import type { Value } from './values.js';

type Shared = Binding | Exclude<Value, { type: 'primitive' }>;

/**
 * What lives between requests and is changed by them: its content when a request comes is not known. It is found while
 * operations run; who looked at a thing before it was found to change has to run again.
 */
export class SharedState {
  private readonly changed = new Set<unknown>();
  private readonly maps = new Set<unknown>();
  /** Looked at, and not known to change at that time. */
  private looked: { changed: Set<unknown>; maps: Set<unknown> } = { changed: new Set(), maps: new Set() };

  /** An operation changes it. */
  change(thing: Shared): void {
    this.changed.add(thing);
  }

  isChanged(thing: Shared): boolean {
    return this.look('changed', thing);
  }

  /** An operation sets or removes a field whose name comes with the request: the object is used as a map. */
  useAsMap(thing: Shared): void {
    this.maps.add(thing);
    this.changed.add(thing);
  }

  isMap(thing: Shared): boolean {
    return this.look('maps', thing);
  }

  changeField(object: { id: number }, name: string): void {
    this.changed.add(`${object.id}.${name}`);
  }

  isFieldChanged(object: { id: number }, name: string): boolean {
    return this.look('changed', `${object.id}.${name}`);
  }

  private look(kind: 'changed' | 'maps', thing: unknown): boolean {
    if (this[kind].has(thing)) return true;
    this.looked[kind].add(thing);
    return false;
  }

  /** Runs `body`; gives the question whether something that it looked at has been found to change since. */
  watch(body: () => void): () => boolean {
    const looked = { changed: new Set<unknown>(), maps: new Set<unknown>() };
    this.looked = looked;
    body();
    return () =>
      [...looked.changed].some((thing) => this.changed.has(thing)) ||
      [...looked.maps].some((thing) => this.maps.has(thing));
  }
}
