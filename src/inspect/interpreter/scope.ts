import type { Value } from './values.js';

export interface Binding {
  value: Value;
  /** Import: read where it stands now, so that cycles work. */
  get?: () => Value;
  /** It is being read right now: modules that import a name from each other. */
  isRead?: boolean;
}

/** Names in reach, innermost first. */
export class Scope {
  readonly names = new Map<string, Binding>();
  /** What functions made here close over, where that is not this scope: a class body's names are not seen by its methods. */
  closure: Scope | undefined;
  constructor(
    readonly parent: Scope | undefined,
    readonly atLoad: boolean,
    /** File this scope belongs to. */
    readonly file: string,
  ) {}

  find(name: string): { scope: Scope; binding: Binding } | undefined {
    const binding = this.names.get(name);
    if (binding) return { scope: this, binding };
    for (let scope = this.parent; scope; scope = scope.parent) {
      const outer = scope.names.get(name);
      if (outer) return { scope, binding: outer };
    }
    return undefined;
  }

  /** The value of a name that is no import. */
  value(name: string): Value | undefined {
    const binding = this.names.get(name);
    if (binding) return binding.value;
    for (let scope = this.parent; scope; scope = scope.parent) {
      const outer = scope.names.get(name);
      if (outer) return outer.value;
    }
    return undefined;
  }

  declare(name: string, value: Value): void {
    this.names.set(name, { value });
  }
}
