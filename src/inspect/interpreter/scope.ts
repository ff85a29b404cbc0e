import type { Value } from './values.js';

export interface Binding {
  value: Value;
  /** Import: read where it stands now, so that cycles work. */
  get?: () => Value;
  /** Assigned to by an operation: its value at the time of a request is unknown. */
  stateful?: boolean;
}

/** Names in reach, innermost first. */
export class Scope {
  readonly names = new Map<string, Binding>();
  constructor(
    readonly parent: Scope | undefined,
    readonly atLoad: boolean,
    /** File this scope belongs to. */
    readonly file: string,
  ) {}

  find(name: string): { scope: Scope; binding: Binding } | undefined {
    for (let scope: Scope | undefined = this; scope; scope = scope.parent) {
      const binding = scope.names.get(name);
      if (binding) return { scope, binding };
    }
    return undefined;
  }

  declare(name: string, value: Value): void {
    this.names.set(name, { value });
  }
}
