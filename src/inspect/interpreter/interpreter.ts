import type { EnvironmentVariable, Gap, GapKind } from '../../model/index.js';
import type { FunctionNode, Span } from '../core/language.js';
import { sourceRef, spanText } from '../core/language.js';
import { type Callback, callbacksIn } from './callbacks.js';
import { findMethod } from './ancestors.js';
import { Metadata } from './decorators.js';
import { ungeneric } from './classes.js';
import { GeneratorHost } from './generators.js';
import { globalScope } from './globals.js';
import type { LanguageRules } from './language-rules.js';
import { Abandoned, type Path, type Question } from './path.js';
import type { Probe } from './probe.js';
import { Scope } from './scope.js';
import { SharedState } from './shared-state.js';
import {
  type ArrayValue,
  type ClassValue,
  beginRun,
  endRun,
  type Keywords,
  type NativeCall,
  ObjectValue,
  type Symbolic,
  symbolic,
  unknown,
  type Value,
} from './values.js';
import { construct, constructLegacy } from './construction.js';
import { invoke, type Made } from './functions.js';
import type { Library } from './library.js';
import type { ModuleHost } from './module-host.js';
import { Modules } from './modules.js';
import { Thrown } from './thrown.js';

const maxSteps = 400_000;

export class Interpreter {
  /** The request being replayed; undefined while modules load. */
  path: Path | undefined;
  readonly modules = new Modules(this);
  readonly gaps: Gap[] = [];
  /** Name → version of packages of the service, where what they mean differs between versions. */
  packages: Record<string, string> = {};
  /** Environment variables that were read, by name. */
  readonly environment = new Map<string, EnvironmentVariable>();
  readonly global: Scope;
  /** Conditions under which load-time statements run right now, as written. */
  readonly conditions: string[] = [];
  /** Conditions on `NODE_ENV` are answered as in tests: while loading they are open else. */
  asTests = false;
  /** Branches around that tests do not come into. */
  untested = 0;
  /** Loops around that run an unknown number of times. */
  uncounted = 0;
  /** How many enclosing handlers would catch an exception now. */
  catching = 0;
  /** The rejection that a handler is being called with: its own deciding condition. */
  cause: { error: Value; decisions: number; span: Span } | undefined;
  /** Calls of exported functions made at load time: how a value came to be, for the harness to repeat. */
  readonly made = new Map<Value, Made>();
  shared = new SharedState();
  /** Functions that something outside was given while modules loaded. */
  readonly callbacks: Callback[] = [];
  /** Functions that ran while modules loaded. */
  readonly invoked = new Set<FunctionNode>();
  readonly metadata = new Metadata();
  isDetached = false;
  /** The module whose statements run right now. */
  running: string | undefined;
  /** While loading: what the running function returns if some undecided condition holds. Known beats nothing. */
  perhaps: Value | undefined;
  /** Somebody watches a run on known values. */
  probe: Probe | undefined;
  /** All steps ever taken: what reading has cost so far, whatever the machine. */
  spent = 0;
  /** How the language differs; undefined: JavaScript. */
  readonly rules: LanguageRules | undefined;
  private readonly parts = new Map<keyof Library, Library[]>();
  private steps = 0;
  /** Calls that run inside each other, and how often each function is among them. */
  depth = 0;
  readonly active = new Map<FunctionNode, number>();

  constructor(
    readonly host: ModuleHost,
    readonly libraries: Library[],
    readonly onFile: (file: string) => void = () => undefined,
  ) {
    this.rules = host.rules;
    this.global = this.rules ? new Scope(undefined, true, '') : globalScope(this);
    this.rules?.globals(this, this.global);
  }

  get loading(): boolean {
    return !this.path;
  }

  /** The libraries that say something of this, in their order. */
  having(part: keyof Library): Library[] {
    let found = this.parts.get(part);
    if (!found) this.parts.set(part, (found = this.libraries.filter((library) => library[part])));
    return found;
  }

  /** Runs `body` as one request; everything it changed at load time is put back. */
  replay(path: Path, body: () => void): void {
    this.path = path;
    this.steps = 0;
    this.depth = 0;
    this.catching = 0;
    this.uncounted = 0;
    this.active.clear();
    beginRun();
    try {
      body();
    } finally {
      endRun();
      for (const undo of path.undo.reverse()) undo();
      this.path = undefined;
    }
  }

  /** From here on so many steps may be taken. */
  resetBudget(steps = maxSteps): void {
    this.steps = maxSteps - Math.min(steps, maxSteps);
  }

  step(): void {
    this.spent++;
    if (++this.steps > maxSteps) throw new Abandoned('more steps than the limit');
  }

  gap(kind: GapKind, reason: string, span?: Span): void {
    const source = span && sourceRef(span);
    if (
      this.gaps.some(
        (gap) => gap.reason === reason && gap.source?.file === source?.file && gap.source?.line === source?.line,
      )
    )
      return;
    this.gaps.push({ kind, reason, ...(source ? { source } : {}) });
  }

  /** Answers a question on the current path. Only while replaying. */
  decide(question: Question, span: Span, likely: boolean): boolean {
    if (!this.path) throw new Error('decide: no path while loading');
    return this.path.decide(question, span, likely);
  }

  /** Runs what the service does when it starts; that it fails here says nothing. */
  start(body: () => Value, span: Span): void {
    this.steps = 0;
    try {
      const value = this.settle(body(), span);
      if (value.type === 'object' && value.host instanceof GeneratorHost) value.host.items(this, span);
    } catch (error) {
      if (!(error instanceof Thrown || error instanceof Abandoned)) throw error;
    }
  }

  throw(value: Value, span: Span): never {
    throw new Thrown(value, span, this.path?.decisions.length ?? 0);
  }

  /** Work that nobody waits for: what it does comes after the answer, and its errors go nowhere. */
  detached(body: () => void): void {
    const before = this.isDetached;
    this.isDetached = true;
    try {
      body();
    } catch (error) {
      if (!(error instanceof Thrown)) throw error;
    } finally {
      this.isDetached = before;
    }
  }

  /** Runs `body` as while modules load, also where a request is being replayed. */
  whileLoading<T>(body: () => T): T {
    const { path, steps } = this;
    this.path = undefined;
    try {
      return body();
    } finally {
      this.path = path;
      this.steps = steps;
    }
  }

  // Calls

  call(callee: Value, self: Value, args: Value[], span: Span, isNew = false, keywords?: Keywords): Value {
    this.step();
    switch (callee.type) {
      case 'function':
        return isNew ? constructLegacy(this, callee, args, span) : invoke(this, callee, self, args, span, keywords);
      case 'native':
        return callee.run({ interpreter: this, self, args, span, isNew, keywords });
      case 'class':
        return this.construct(callee, args, span, keywords);
      case 'symbolic':
        return this.callSymbolic(callee, { interpreter: this, self, args, span, isNew, keywords });
      case 'object': {
        const call = { interpreter: this, self, args, span, isNew, keywords };
        return (
          callee.trap?.call?.(call) ?? this.callObject(callee, call) ?? unknown(spanText(span).slice(0, 80), [], span)
        );
      }
      default:
        return unknown(spanText(span).slice(0, 80), [], span);
    }
  }

  construct(cls: ClassValue, args: Value[], span: Span, keywords?: Keywords): Value {
    return construct(this, cls, args, span, keywords);
  }

  private callObject(callee: ObjectValue, { args, span, keywords }: NativeCall): Value | undefined {
    const method = this.rules && findMethod(callee.cls, this.rules.callName);
    return method && this.call(method, callee, args, span, false, keywords);
  }

  private callSymbolic(callee: Symbolic, call: NativeCall): Value {
    const plain = ungeneric(callee);
    if (plain !== callee) return this.call(plain, call.self, call.args, call.span, call.isNew, call.keywords);
    for (const library of this.having('call')) {
      const value = library.call?.(callee, call);
      if (value) return value;
    }
    const { args, isNew, span, keywords } = call;
    if (this.loading) for (const fn of callbacksIn(args)) this.callbacks.push({ fn, conditions: [...this.conditions] });
    return symbolic({ kind: 'call', callee, args, isNew, span, ...(keywords ? { keywords } : {}) }, this.loading);
  }

  // Asynchrony

  /** `await`: unwraps promises, lets libraries run lazy queries, rethrows rejections. */
  settle(value: Value, span: Span): Value {
    if (value.type === 'promise') {
      value.handled = true;
      if (value.state.ok) return this.settle(value.state.value, span);
      throw new Thrown(value.state.error, value.state.span, value.state.guards);
    }
    if (value.type === 'object') return value.trap?.settle?.() ?? value;
    if (value.type !== 'symbolic') return value;
    for (const library of this.having('settle')) {
      const settled = library.settle?.(value, this, span);
      if (settled) return settled;
    }
    return value;
  }

  /** What the first library says that has something to say of this. */
  ask<Answer>(part: keyof Library, question: (library: Library) => Answer | undefined): Answer | undefined {
    for (const library of this.having(part)) {
      const answer = question(library);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  /** Asks libraries for a method of a collection that operations change. */
  collection(of: ObjectValue | ArrayValue, method: string, args: Value[], span: Span): Value | undefined {
    if (!this.path || !this.shared.isChanged(of)) return undefined;
    for (const library of this.having('collection')) {
      const value = library.collection?.(of, method, { interpreter: this, self: of, args, span, isNew: false });
      if (value) return value;
    }
    return undefined;
  }
}
