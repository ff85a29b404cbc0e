import type { JsonSchema } from '../../model/index.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { Library } from '../interpreter/library.js';
import { promised } from '../interpreter/promises.js';
import {
  ArrayValue,
  type ClassValue,
  type NativeCall,
  ObjectValue,
  primitive,
  symbolic,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';
import { chainOf, externalCall } from './chain.js';
import { bound, formatOf, objectSchema, oneOf, pattern } from './schema-calls.js';
import { literal, validate, validationError } from './validation.js';

interface Rule {
  member: string;
  name: string;
  args: Value[];
}

const validators = new Set(['validate', 'validateOrReject', 'validateSync']);
const makers = new Set(['plainToInstance', 'plainToClass']);

/** class-validator with class-transformer: the decorators of a class are its schema, an instance of it is what is checked. */
export function classValidator(): Library {
  const classes = new WeakMap<Value, ClassValue>();
  return {
    name: 'class-validator',
    call(callee, call) {
      const external = externalCall(callee);
      if (external?.module === 'class-transformer' && makers.has(external.name)) return instance(call.args, classes);
      if (external?.module !== 'class-validator' || !validators.has(external.name)) return undefined;
      const run = (): Value => checked(external.name, call, classes);
      return external.name === 'validateSync' ? run() : promised(call.interpreter, call.span, run);
    },
  };
}

function instance([cls, plain = undefinedValue]: Value[], classes: WeakMap<Value, ClassValue>): Value {
  if (cls?.type !== 'class') return plain;
  if (plain.type === 'object' && !plain.host) {
    const made = new ObjectValue(plain.atLoad);
    made.cls = cls;
    for (const [name, value] of plain.fields) made.fields.set(name, value);
    made.open = plain.open;
    return made;
  }
  if (plain.type !== 'symbolic') return plain;
  const made = symbolic(plain.origin, plain.atLoad);
  classes.set(made, cls);
  return made;
}

function checked(name: string, { interpreter, args, span }: NativeCall, classes: WeakMap<Value, ClassValue>): Value {
  const [value = undefinedValue, options] = args;
  const cls = classes.get(value) ?? (value.type === 'object' ? value.cls : undefined);
  const flag = (key: string): boolean => options?.type === 'object' && literal(options.fields.get(key)) === true;
  const schema = cls && classSchema(interpreter, cls, flag('whitelist') && flag('forbidNonWhitelisted'));
  const holds = interpreter.loading || !schema || validate(interpreter, value, schema, span);
  const errors = new ArrayValue(holds ? [] : [validationError('ValidationError')], false);
  if (name === 'validateOrReject' && !holds) interpreter.throw(errors, span);
  return name === 'validateOrReject' ? undefinedValue : errors;
}

/** The schema that a class's decorators state; undefined: none of them is class-validator's. */
export function classSchema(interpreter: Interpreter, cls: ClassValue, isStrict = false): JsonSchema | undefined {
  const members = new Map<string, Rule[]>();
  for (const rule of rulesOf(cls)) members.set(rule.member, [...(members.get(rule.member) ?? []), rule]);
  if (!members.size) return undefined;
  return objectSchema(
    [...members].map(([name, rules]) => [
      name,
      {
        schema: memberSchema(interpreter, rules, isStrict),
        optional: rules.some((rule) => rule.name === 'IsOptional'),
      },
    ]),
    isStrict,
  );
}

function rulesOf(cls: ClassValue): Rule[] {
  const own = cls.decorations.flatMap(({ value, member, index }) => {
    if (member === undefined || index !== undefined || value.type !== 'symbolic' || value.origin.kind !== 'call')
      return [];
    const { module, steps } = chainOf(value);
    const step = steps.at(-1);
    if (!step?.args || (module !== 'class-validator' && module !== 'class-transformer')) return [];
    return [{ member, name: step.name, args: step.args }];
  });
  return cls.parent?.type === 'class' ? [...rulesOf(cls.parent), ...own] : own;
}

/** Types first: a bound means another thing for a text than for a number. */
const order = (rule: Rule): number => (types[rule.name] ? 0 : formatOf(rule.name) ? 1 : 2);

function memberSchema(interpreter: Interpreter, rules: Rule[], isStrict: boolean): JsonSchema {
  const sorted = rules.toSorted((left, right) => order(left) - order(right));
  const whole = sorted.filter((rule) => !isOfEach(rule));
  const each = sorted.filter(isOfEach);
  const nested = nestedClass(interpreter, rules);
  const inner = nested && classSchema(interpreter, nested, isStrict);
  const schema = whole.reduce<JsonSchema>((at, rule) => apply(at, rule), {});
  const isList = schema.type === 'array' || each.length > 0;
  if (isList)
    return { ...schema, type: 'array', items: inner ?? each.reduce<JsonSchema>((at, rule) => apply(at, rule), {}) };
  return inner ? { ...schema, ...inner } : schema;
}

/** `{ each: true }`: the rule is for the items. */
const isOfEach = ({ args }: Rule): boolean => {
  const options = args.at(-1);
  return options?.type === 'object' && literal(options.fields.get('each')) === true;
};

/** `@Type(() => Address)` */
function nestedClass(interpreter: Interpreter, rules: Rule[]): ClassValue | undefined {
  const [give] = rules.find((rule) => rule.name === 'Type')?.args ?? [];
  if (give?.type !== 'function' || !rules.some((rule) => rule.name === 'ValidateNested')) return undefined;
  const value = interpreter.call(give, undefinedValue, [], give.node.span);
  return value.type === 'class' ? value : undefined;
}

const types: Record<string, JsonSchema> = {
  IsString: { type: 'string' },
  IsInt: { type: 'integer' },
  IsNumber: { type: 'number' },
  IsBoolean: { type: 'boolean' },
  IsArray: { type: 'array' },
  IsObject: { type: 'object' },
  IsDate: { type: 'string', format: 'date-time' },
  IsDateString: { type: 'string', format: 'date-time' },
  IsISO8601: { type: 'string', format: 'date-time' },
  IsMongoId: { type: 'string', pattern: '^[0-9a-fA-F]{24}$' },
};

function apply(schema: JsonSchema, { name, args }: Rule): JsonSchema {
  const [first, second] = args;
  if (types[name]) return { ...schema, ...types[name] };
  const text: JsonSchema = { type: 'string', ...schema };
  switch (name) {
    case 'Min':
    case 'Max':
      return bound({ type: 'number', ...schema }, name === 'Min' ? 'min' : 'max', first);
    case 'MinLength':
    case 'MaxLength':
      return bound(text, name === 'MinLength' ? 'min' : 'max', first);
    case 'Length':
      return bound(bound(text, 'min', first), 'max', second);
    case 'ArrayMinSize':
    case 'ArrayMaxSize':
      return bound({ ...schema, type: 'array' }, name === 'ArrayMinSize' ? 'min' : 'max', first);
    case 'ArrayNotEmpty':
      return bound({ ...schema, type: 'array' }, 'min', primitive(1));
    case 'IsNotEmpty':
      return schema.type === 'string' && !schema.format ? bound(schema, 'min', primitive(1)) : schema;
    case 'IsPositive':
      return { type: 'number', ...schema, exclusiveMinimum: 0 };
    case 'IsNegative':
      return { type: 'number', ...schema, exclusiveMaximum: 0 };
    case 'IsIn':
    case 'IsEnum':
      return oneOf(schema, args.slice(0, 1));
    case 'Matches':
      return pattern(text, first);
    default: {
      const format = formatOf(name);
      return format ? { ...text, format } : schema;
    }
  }
}
