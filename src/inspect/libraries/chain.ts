import type { Keywords, Symbolic, Value } from '../interpreter/values.js';

export interface ChainStep {
  name: string;
  /** Undefined: a field, not a call. */
  args: Value[] | undefined;
  isNew: boolean;
  keywords?: Keywords | undefined;
}

export interface Chain {
  /** Package at the root; undefined where the root is something else (a parameter). */
  module: string | undefined;
  root: Symbolic;
  steps: readonly ChainStep[];
}

/** `z.string().min(1)` as its steps: module `zod`, `z`, `string()`, `min(1)`. */
export function chainOf(value: Symbolic): Chain {
  let chain = known.get(value);
  if (!chain) known.set(value, (chain = readChain(value)));
  return chain;
}

/** Each library asks the same of the same value. */
const known = new WeakMap<Symbolic, Chain>();

function readChain(value: Symbolic): Chain {
  const steps: ChainStep[] = [];
  let current = value;
  for (;;) {
    const { origin } = current;
    if (origin.kind === 'call') {
      const callee = origin.callee;
      const step = calleeName(callee);
      steps.unshift({ name: step.name, args: origin.args, isNew: origin.isNew, keywords: origin.keywords });
      if (!step.rest) return { module: moduleOf(callee), root: current, steps: [...externalSteps(callee), ...steps] };
      current = step.rest;
    } else if (origin.kind === 'member') {
      steps.unshift({ name: origin.key, args: undefined, isNew: false });
      current = origin.of;
    } else {
      return { module: moduleOf(current), root: current, steps: [...fieldSteps(current), ...steps] };
    }
  }
}

function calleeName(callee: Symbolic): { name: string; rest?: Symbolic } {
  const { origin } = callee;
  if (origin.kind === 'member') return { name: origin.key, rest: origin.of };
  if (origin.kind === 'external') return { name: origin.path.at(-1) ?? origin.module };
  return { name: '()', rest: callee };
}

const moduleOf = (value: Symbolic): string | undefined =>
  value.origin.kind === 'external' ? value.origin.module : undefined;
const externalSteps = (callee: Symbolic): ChainStep[] =>
  callee.origin.kind === 'external'
    ? callee.origin.path.slice(0, -1).map((name) => ({ name, args: undefined, isNew: false }))
    : [];
const fieldSteps = (value: Symbolic): ChainStep[] =>
  value.origin.kind === 'external' ? value.origin.path.map((name) => ({ name, args: undefined, isNew: false })) : [];

/** The callee of a call as `module` and the name called: `jsonwebtoken`, `verify`. */
export function externalCall(callee: Symbolic): { module: string; name: string; path: string[] } | undefined {
  return callee.origin.kind === 'external'
    ? { module: callee.origin.module, name: callee.origin.path.at(-1) ?? '', path: callee.origin.path }
    : undefined;
}
