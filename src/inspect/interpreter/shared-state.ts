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
  private looked = new Looked();
  private readonly changedFields = new Map<object, Set<string>>();

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

  changeField(object: object, name: string): void {
    add(this.changedFields, object, name);
  }

  isFieldChanged(object: object, name: string): boolean {
    if (this.changedFields.get(object)?.has(name)) return true;
    add(this.looked.fields, object, name);
    return false;
  }

  private look(kind: 'changed' | 'maps', thing: unknown): boolean {
    if (this[kind].has(thing)) return true;
    this.looked[kind].add(thing);
    return false;
  }

  /** Runs `body`; gives the question whether something that it looked at has been found to change since. */
  watch(body: () => void): () => boolean {
    const looked = new Looked();
    this.looked = looked;
    body();
    this.looked = new Looked();
    return () =>
      someIn(looked.changed, (thing) => this.changed.has(thing)) ||
      someIn(looked.maps, (thing) => this.maps.has(thing)) ||
      someIn(looked.fields, ([object, names]) => {
        const changed = this.changedFields.get(object);
        return !!changed && someIn(names, (name) => changed.has(name));
      });
  }
}

/** What one operation looked at. */
class Looked {
  readonly changed = new Set<unknown>();
  readonly maps = new Set<unknown>();
  readonly fields = new Map<object, Set<string>>();
}

function add(fields: Map<object, Set<string>>, object: object, name: string): void {
  const names = fields.get(object);
  if (names) names.add(name);
  else fields.set(object, new Set([name]));
}

function someIn<T>(items: Iterable<T>, test: (item: T) => boolean): boolean {
  for (const item of items) if (test(item)) return true;
  return false;
}
