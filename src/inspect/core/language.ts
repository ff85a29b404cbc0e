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
    | { kind: 'member'; of: Expression; key: Expression; optional: boolean }
    | { kind: 'call'; callee: Expression; args: Argument[]; isNew: boolean; optional: boolean }
    | { kind: 'function'; fn: FunctionNode }
    | { kind: 'class'; cls: ClassNode }
    | { kind: 'object'; properties: Property[] }
    | { kind: 'array'; items: Argument[] }
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
    | { kind: 'sequence'; items: Expression[] }
    | { kind: 'import'; specifier: Expression }
    | { kind: 'opaque'; text: string }
  );

export interface Argument {
  value: Expression;
  spread: boolean;
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
    decorators?: Expression[];
  }[];
  body: Statement[];
  isAsync: boolean;
  isArrow: boolean;
  isGenerator: boolean;
}

export interface ClassNode extends Located {
  name: string;
  parent?: Expression;
  members: ClassMember[];
  decorators: Expression[];
}

export interface ClassMember extends Located {
  kind: 'constructor' | 'method' | 'getter' | 'setter' | 'field' | 'block';
  key: Expression;
  isStatic: boolean;
  fn?: FunctionNode;
  value?: Expression;
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
    | { kind: 'import'; specifier: string; bindings: { local: string; imported: string }[]; typeOnly: boolean }
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
}
