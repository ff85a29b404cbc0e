import type { Span } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import {
  ClassValue,
  isNil,
  type NativeCall,
  NativeValue,
  nullValue,
  ObjectValue,
  primitive,
  textOf,
  type Value,
} from '../interpreter/values.js';

/** A response object: how it came about, and what it holds beyond the fields that code reads and sets. */
export class ResponseHost {
  constructor(
    readonly span: Span,
    /** Decisions taken when it was made. */
    readonly decisions: number,
    readonly isJson: boolean,
    readonly failed = false,
  ) {}
}

export const responseHost = (value: Value | undefined): ResponseHost | undefined =>
  value?.type === 'object' && value.host instanceof ResponseHost ? value.host : undefined;

const kinds: Record<string, { isJson: boolean; status?: number; first?: string }> = {
  JSONResponse: { isJson: true },
  ORJSONResponse: { isJson: true },
  UJSONResponse: { isJson: true },
  HTMLResponse: { isJson: false },
  PlainTextResponse: { isJson: false },
  RedirectResponse: { isJson: false, status: 307, first: 'url' },
  StreamingResponse: { isJson: false },
  EventSourceResponse: { isJson: false },
  FileResponse: { isJson: false, first: 'path' },
};

/** Starlette's response classes. */
export function responseClasses(): [string, Value][] {
  const base = new ClassValue('Response', undefined, undefined, undefined, (call, self) => fill(call, self, false));
  base.natives.set('set_cookie', new NativeValue('set_cookie', (call) => cookie(call)));
  for (const name of ['delete_cookie', 'init_headers', 'render'])
    base.natives.set(name, new NativeValue(name, () => nullValue));
  const made = Object.entries(kinds).map(([name, { isJson, status, first }]): [string, Value] => [
    name,
    new ClassValue(name, base, undefined, undefined, (call, self) => fill(call, self, isJson, status, first)),
  ]);
  return [['Response', base], ...made];
}

function fill(call: NativeCall, self: ObjectValue, isJson: boolean, status = 200, first = 'content'): void {
  const { interpreter, args, keywords, span } = call;
  self.host = new ResponseHost(span, interpreter.path?.decisions.length ?? 0, isJson);
  const given = (name: string, index: number): Value | undefined => keywords?.get(name) ?? args[index];
  const content = given(first, 0);
  if (content) self.fields.set(first === 'content' ? 'body' : first, content);
  const code = given('status_code', 1);
  self.fields.set('status_code', code && !isNil(code) ? code : primitive(status));
  const headers = given('headers', 2);
  self.fields.set('headers', headers?.type === 'object' ? headers : new ObjectValue(interpreter.loading));
  if (first === 'url' && content && self.fields.get('headers')?.type === 'object')
    (self.fields.get('headers') as ObjectValue).fields.set('location', content);
  const background = keywords?.get('background');
  if (background) self.fields.set('background', background);
}

function cookie({ self, keywords, args }: NativeCall): Value {
  const headers = self.type === 'object' ? self.fields.get('headers') : undefined;
  const name = textOf(keywords?.get('key') ?? args[0]);
  const value = keywords?.get('value') ?? args[1];
  if (headers?.type === 'object' && name !== undefined && value) headers.fields.set(`set-cookie:${name}`, value);
  return nullValue;
}

/** A response that the framework makes itself. */
export function makeResponse(
  interpreter: Interpreter,
  status: Value,
  body: Value | undefined,
  at: { span: Span; decisions: number; failed: boolean },
  headers?: Value,
): ObjectValue {
  const response = new ObjectValue(interpreter.loading);
  response.host = new ResponseHost(at.span, at.decisions, true, at.failed);
  response.fields.set('status_code', status);
  if (body) response.fields.set('body', body);
  response.fields.set('headers', headers?.type === 'object' ? headers : new ObjectValue(interpreter.loading));
  return response;
}
