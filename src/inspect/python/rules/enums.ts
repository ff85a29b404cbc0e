import type { Interpreter } from '../../interpreter/interpreter.js';
import { ancestors } from '../../interpreter/ancestors.js';
import { externalName } from '../../interpreter/operators.js';
import type { Literal } from '../../core/language.js';
import { type ClassValue, primitive, type Primitive, type Value } from '../../interpreter/values.js';

const bases = new Set(['Enum', 'IntEnum', 'StrEnum', 'IntFlag', 'Flag']);
const members = new WeakMap<ClassValue, Map<string, Primitive>>();

/** A class of `enum.Enum`'s kin: its attributes are its members, which are their values here. */
export function defineEnum(_interpreter: Interpreter, cls: ClassValue): void {
  const all = ancestors(cls);
  const inherited = all.some((one) => one.type === 'class' && one !== cls && members.has(one));
  if (!inherited && !all.some((one) => one.type === 'symbolic' && bases.has(externalName(one) ?? ''))) return;
  const own = new Map<string, Primitive>();
  let next = 1;
  for (const [name, value] of cls.fields) {
    if (name.startsWith('_')) continue;
    const member = memberValue(name, value, next, all);
    if (!member) continue;
    if (typeof member.value === 'number') next = member.value + 1;
    own.set(name, member);
    cls.fields.set(name, member);
  }
  members.set(cls, own);
}

function memberValue(
  name: string,
  value: Value,
  next: number,
  all: ReturnType<typeof ancestors>,
): Primitive | undefined {
  if (value.type === 'primitive') return value;
  if (value.type === 'array') return value.items[0]?.type === 'primitive' ? value.items[0] : undefined;
  const isAuto =
    value.type === 'symbolic' && value.origin.kind === 'call' && externalName(value.origin.callee) === 'auto';
  if (!isAuto) return undefined;
  return primitive(all.some((one) => externalName(one) === 'StrEnum') ? name.toLowerCase() : next);
}

/** The values of an enum's members by name; undefined: the class is no enum. */
export const enumMembers = (cls: Value | undefined): Map<string, Primitive> | undefined =>
  cls?.type === 'class' ? members.get(cls) : undefined;

export const enumValues = (cls: Value | undefined): Literal[] | undefined => {
  const own = enumMembers(cls);
  return own && [...own.values()].map((member) => member.value);
};
