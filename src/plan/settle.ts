import type { Guard, Json, JsonSchema, Term } from '../model/index.js';
import { literal } from './context.js';
import { exprOf, valueOf } from './matchers.js';
import type { Scene } from './scene.js';
import { bare } from './terms.js';
import { variant } from './sample.js';
import { setInput, reachComparison } from './reach.js';

/** The request must hold what a row holds (a pickup code, a version), or who the caller is: it says what that was answered with. */
export function settleEquality(scene: Scene, left: Term, right: Term): void {
  const sides = [bare(left), bare(right)];
  const input = sides.find((side) => side.kind === 'input');
  const row = sides.find((side) => (side.kind === 'row' || side.kind === 'principal') && side.at.length > 0);
  const expr = input && row && exprOf(scene, row);
  if (input?.kind === 'input' && (expr?.kind === 'ref' || expr?.kind === 'text')) setInput(scene, input, expr);
  const constant = sides.find((side) => side.kind === 'const');
  if (input?.kind !== 'input' || !input.at.length || constant?.kind !== 'const') return;
  if (scene.inputFixed(input) || scene.inputValue(input) === constant.value) return;
  setInput(scene, input, literal(constant.value));
}

/** A constant that a field of the request must not be, and that its sample is: the field takes a neighbour that the schema allows. */
export function avoidConstant(scene: Scene, left: Term, right: Term): void {
  const sides = [bare(left), bare(right)];
  const input = sides.find((side) => side.kind === 'input');
  const constant = sides.find((side) => side.kind === 'const');
  if (input?.kind !== 'input' || constant?.kind !== 'const' || scene.inputValue(input) !== constant.value) return;
  const schema = scene.inputSchema(input);
  const { value } = constant;
  const candidates: Json[] =
    typeof value === 'boolean'
      ? [!value]
      : typeof value === 'number'
        ? [value + 1, value - 1]
        : [...((schema?.enum ?? []) as Json[]), ...(schema?.enum || !schema ? [] : [variant(schema, value, 1)])];
  const other = candidates.find((one) => one !== value && isWithin(schema, one));
  if (other !== undefined) setInput(scene, input, literal(other));
}

const isWithin = (schema: JsonSchema | undefined, value: Json): boolean =>
  typeof value !== 'number' ||
  (value >= (schema?.minimum ?? value) &&
    value <= (schema?.maximum ?? value) &&
    value > (schema?.exclusiveMinimum ?? -Infinity) &&
    value < (schema?.exclusiveMaximum ?? Infinity));

/** A comparison between a stored row and the request (`stock < quantity`) that the samples do not meet: the request gives way. */
export function settleComparison(scene: Scene, guard: Guard): void {
  const { predicate, holds } = guard;
  if (predicate.kind !== 'cmp') return;
  const sides = [bare(predicate.left), bare(predicate.right)];
  if (!sides.some((side) => side.kind === 'row') || !sides.some((side) => side.kind === 'input')) return;
  const left = valueOf(scene, predicate.left);
  const right = valueOf(scene, predicate.right);
  if (typeof left !== 'number' || typeof right !== 'number') return;
  const isMet = (predicate.op === '<' ? left < right : left <= right) === holds;
  if (!isMet) reachComparison(scene, guard);
}
