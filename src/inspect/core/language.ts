import type { SourceRef } from '../../model/index.js';

/**
 * The small core language that every front end lowers to and the one interpreter runs. It keeps what decides behaviour
 * (calls, bindings, branches, errors, classes) and drops the rest (types, decorators' syntax, formatting).
 */

/** A file's text with its line starts, so that a span costs two numbers until somebody needs line and column. */
export class SourceText {
  private starts: number[] | undefined;
  constructor(
    /** Posix, relative to the service. */
    readonly file: string,
    readonly text: string,
  ) {}

  ref(start: number, end: number): SourceRef {
    this.starts ??= [0, ...[...this.text.matchAll(/\n/g)].map((match) => match.index + 1)];
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= start) low = middle;
      else high = middle - 1;
    }
    return { file: this.file, line: low + 1, column: start - (this.starts[low] ?? 0) + 1, start, end };
  }
}

export interface Span {
  source: SourceText;
  start: number;
  end: number;
}

export const sourceRef = (span: Span): SourceRef => span.source.ref(span.start, span.end);
export const spanText = (span: Span): string => span.source.text.slice(span.start, span.end);

interface Located {
  span: Span;
}

export type SequenceShape = 'tuple' | 'set';

export type Literal = string | number | boolean | null | undefined | bigint;

export type Expression = Located &
  (
    | { kind: 'literal'; value: Literal }
    | { kind: 'regex'; pattern: string; flags: string }
    /** `texts` has one more item than `values`. */
    | { kind: 'template'; texts: string[]; values: Expression[] }
    | { kind: 'name'; name: string }
    | { kind: 'this' }
    | { kind: 'super' }
    /** `isSubscript`: `of[key]` in a language where that is not the same as `of.key`. */
    | { kind: 'member'; of: Expression; key: Expression; optional: boolean; isSubscript?: true }
    /** `decorates`: what an unknown callee gives back is the function or class that it was given. */
    | { kind: 'call'; callee: Expression; args: Argument[]; isNew: boolean; optional: boolean; decorates?: true }
    | { kind: 'function'; fn: FunctionNode }
    | { kind: 'class'; cls: ClassNode }
    | { kind: 'object'; properties: Property[] }
    /** `shape`: written as another kind of sequence than the language's plain list. */
    | { kind: 'array'; items: Argument[]; shape?: SequenceShape }
    | { kind: 'conditional'; test: Expression; then: Expression; otherwise: Expression }
    | { kind: 'logical'; op: '&&' | '||' | '??'; left: Expression; right: Expression }
    | { kind: 'binary'; op: string; left: Expression; right: Expression }
    | { kind: 'unary'; op: string; of: Expression }
    /** `op` is `=`, or the operator of a compound assignment (`+`, `??`, …). */
    | {
        kind: 'assign';
        target: Pattern;
        op: string;
        value: Expression;
        /** `x++`: the old value is the result. */ postfix?: boolean;
      }
    | { kind: 'await'; of: Expression }
    /** Hands a value out of the generator; whoever runs it goes on from there. `all`: each item of it. */
    | { kind: 'yield'; value?: Expression; all: boolean }
    | { kind: 'sequence'; items: Expression[] }
    | { kind: 'import'; specifier: Expression }
    | { kind: 'opaque'; text: string }
  );

export interface Argument {
  value: Expression;
  spread: boolean;
  /** Given by name (`limit=10`); with `spread`, all fields of the value are (`**options`) and the name is empty. */
  name?: string;
}

export type Property =
  | { kind: 'field'; key: Expression; value: Expression }
  | { kind: 'spread'; value: Expression }
  | { kind: 'getter'; key: Expression; fn: FunctionNode };

export type Pattern =
  | { kind: 'name'; name: string; span: Span }
  | { kind: 'place'; place: Expression; span: Span }
  | { kind: 'object'; fields: { key: Expression; target: Pattern }[]; rest?: Pattern; span: Span }
  | { kind: 'array'; items: (Pattern | null)[]; rest?: Pattern; span: Span }
  | { kind: 'default'; target: Pattern; value: Expression; span: Span };

export interface FunctionNode extends Located {
  name: string;
  params: {
    target: Pattern;
    rest: boolean;
    /** The declared type, as written. */ type?: string;
    /** The declared type, where it is an expression of the language that frameworks look at. */
    annotation?: Expression;
    /** Evaluated once, where the function is made; a default that is evaluated at each call is in `target`. */
    fallback?: Expression;
    /** `only`: never by position. `rest`: takes all names that no other parameter has. */
    byName?: 'only' | 'rest';
    decorators?: Expression[];
  }[];
  body: Statement[];
  isAsync: boolean;
  isArrow: boolean;
  isGenerator: boolean;
  /** Its `yield`s hand values out one by one, while the caller goes on at each. */
  yields?: true;
  /** The first parameter is the object that the method is called on. */
  takesSelf?: true;
  returns?: Expression;
}

export interface ClassNode extends Located {
  name: string;
  parent?: Expression;
  members: ClassMember[];
  decorators: Expression[];
  /** Further parents, looked at after `parent`. */
  mixins?: Expression[];
  /** Named arguments of the class statement: `class Order(SQLModel, table=True)`. */
  options?: { name: string; value: Expression }[];
  /** The class is made by running these: the names that they bind are its attributes, which instances have too. */
  body?: Statement[];
  /** Attributes that are declared with a type, in order. */
  annotations?: { name: string; annotation: Expression; value?: Expression; span: Span }[];
}

export interface ClassMember extends Located {
  kind: 'constructor' | 'method' | 'getter' | 'setter' | 'field' | 'block';
  key: Expression;
  isStatic: boolean;
  fn?: FunctionNode;
  value?: Expression;
  /** The declared type of a field, as written. */
  type?: string;
  /** Constructor parameters that are fields too (`constructor(private db: Db)`). */
  parameterFields?: string[];
  decorators: Expression[];
}

export type Statement = Located &
  (
    | { kind: 'expression'; value: Expression }
    | { kind: 'declare'; target: Pattern; value?: Expression; mutable: boolean; exported: boolean }
    | { kind: 'function'; fn: FunctionNode; exported: false | string }
    | { kind: 'class'; cls: ClassNode; exported: false | string }
    | { kind: 'return'; value?: Expression }
    | { kind: 'throw'; value: Expression }
    | { kind: 'if'; test: Expression; then: Statement[]; otherwise: Statement[] }
    | { kind: 'each'; over: 'of' | 'in'; target: Pattern; items: Expression; body: Statement[]; isAwait: boolean }
    | { kind: 'loop'; init: Statement[]; test?: Expression; update?: Expression; body: Statement[] }
    | { kind: 'try'; body: Statement[]; param?: Pattern; handler?: Statement[]; finalizer: Statement[] }
    | { kind: 'switch'; of: Expression; cases: { test?: Expression; body: Statement[] }[] }
    | { kind: 'break' }
    | { kind: 'continue' }
    | { kind: 'block'; body: Statement[] }
    /**
     * `inOrder`: takes effect where it stands, not before the first statement. With it `typeOnly` loads the module when a name
     * is looked at. Imported `**` binds every name that the module has.
     */
    | {
        kind: 'import';
        specifier: string;
        bindings: { local: string; imported: string }[];
        typeOnly: boolean;
        inOrder?: true;
      }
    /** Names of this function, module or class, wherever in it they are bound: blocks have no names of their own. */
    | { kind: 'locals'; names: string[] }
    /** Enters `manager`, runs the body, leaves it however the body ended. */
    | { kind: 'with'; manager: Expression; target?: Pattern; body: Statement[] }
    | { kind: 'export'; names: { local: string; exported: string }[]; from?: string }
    | { kind: 'exportAll'; from: string; as?: string }
    | { kind: 'exportDefault'; value: Expression }
  );

/** A file, lowered. */
export interface ModuleNode {
  source: SourceText;
  body: Statement[];
  /** Syntax errors, with the place: the rest of the file is still there as far as the parser could recover. */
  errors: { message: string; span: Span }[];
  /** Every name of the module can be imported. */
  exportsAll?: true;
}
