import { ArrayValue, ObjectValue, primitive, type Value } from './values.js';

/** What JSON says. `isShared`: made while modules load, so that requests share it. Undefined: it is no JSON. */
export function parsedJson(text: string, isShared: boolean): Value | undefined {
  const value = (json: unknown): Value => {
    if (Array.isArray(json)) return new ArrayValue(json.map(value), isShared);
    if (typeof json !== 'object' || json === null) return primitive(json as string | number | boolean | null);
    const object = new ObjectValue(isShared);
    for (const [key, field] of Object.entries(json)) object.fields.set(key, value(field));
    return object;
  };
  try {
    return value(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** What `JSON.stringify` was given to make this text. Undefined: it is another one. */
export const inJson = (text: Value | undefined): Value | undefined =>
  text?.type === 'symbolic' && text.origin.kind === 'op' && text.origin.op === 'json' ? text.origin.args[0] : undefined;
