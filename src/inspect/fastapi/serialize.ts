import type { JsonSchema } from '../../model/index.js';
import { getMember } from '../interpreter/access.js';
import { evaluate } from '../interpreter/evaluate.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import { isNil, textOf, type Value } from '../interpreter/values.js';
import { isTrue } from '../libraries/python/pydantic/constraints.js';
import { typeWorld } from '../libraries/python/pydantic/index.js';
import { projected } from '../libraries/python/pydantic/instances.js';
import { readType, type TypeRef } from '../libraries/python/pydantic/types.js';
import type { FlatRoute } from './flatten.js';

/** What goes out: the value as the response model shows it. */
export function serialized(interpreter: Interpreter, flat: FlatRoute, value: Value): Value {
  const type = responseType(interpreter, flat);
  const get = (of: Value, name: string): Value => getMember(interpreter, of, name, flat.span);
  const world = typeWorld(interpreter);
  const own: TypeRef | undefined =
    type ?? (value.type === 'object' && value.cls ? readType(world, value.cls) : undefined);
  const body = own ? projected(world, own, value, get) : value;
  return excluded(flat, body);
}

/** The schema of what the handler answers where all goes well, as the app's own document has it. */
export function declaredAnswer(interpreter: Interpreter, flat: FlatRoute): Record<string, JsonSchema> | undefined {
  const type = responseType(interpreter, flat);
  const given = flat.options.get('status_code');
  if (!type || (given && given.type !== 'primitive')) return undefined;
  const status = String(given && !isNil(given) ? given.value : 200);
  return { [status]: type.schema };
}

/** The declared type of the answer: `response_model`, else what the handler says that it returns. */
function responseType(interpreter: Interpreter, flat: FlatRoute): TypeRef | undefined {
  const world = typeWorld(interpreter);
  const model = flat.options.get('response_model');
  if (model) return isNil(model) ? undefined : readType(world, model);
  const { handler } = flat;
  if (handler.type !== 'function' || !handler.node.returns) return undefined;
  const declared = readType(world, evaluate(interpreter, handler.node.returns, handler.scope));
  return declared.outside ? undefined : declared;
}

function excluded(flat: FlatRoute, body: Value): Value {
  const names = flat.options.get('response_model_exclude');
  const list = names?.type === 'array' ? names.items.flatMap((item) => textOf(item) ?? []) : [];
  const withoutNull = isTrue(flat.options.get('response_model_exclude_none'));
  if (body.type !== 'object' || (!list.length && !withoutNull)) return body;
  for (const [name, field] of [...body.fields])
    if (list.includes(name) || (withoutNull && field.type === 'primitive' && isNil(field))) body.fields.delete(name);
  return body;
}
