import type { Catalog } from '../catalog.js';
import { sourceRef } from '../core/language.js';
import type { Decision } from '../interpreter/path.js';
import { type Origin, textOf, type Value } from '../interpreter/values.js';
import { unwrap } from '../libraries/secrets.js';
import { symbolsIn } from '../terms.js';

/** A request header held against the HMAC of the request's body: webhooks are signed with a secret that both sides know. */
export function signatures(catalog: Catalog, decisions: Set<Decision>): void {
  for (const { question, span } of decisions) {
    if (question.kind !== 'eq') continue;
    const [left, right] = [unwrap(question.left), unwrap(question.right)];
    const made = hmacIn(left) ?? hmacIn(right);
    const name = headerIn(left) ?? headerIn(right);
    if (!made || name === undefined) continue;
    const [key, algorithm, encoding, ...updated] = made.hmac;
    const ofBody = updated.flatMap((one) => symbolsIn(one)).some(({ origin }) => isBody(origin));
    const id = `signature:${name}`;
    if (!key || !ofBody || catalog.schemes.has(id)) continue;
    catalog.schemes.set(id, {
      id,
      type: 'api-key',
      in: 'header',
      name,
      claims: {},
      source: sourceRef(span),
      acceptedValue: key,
      signature: {
        algorithm: (algorithm && textOf(algorithm)) ?? 'sha256',
        encoding: (encoding && textOf(encoding)) ?? 'hex',
        before: made.before,
      },
    });
  }
}

/** `'sha256=' + hmac`, or the HMAC alone. */
function hmacIn(value: Value): { hmac: Value[]; before: string } | undefined {
  if (value.type !== 'symbolic' || value.origin.kind !== 'op') return undefined;
  const { op, args } = value.origin;
  if (op === 'hmac') return { hmac: args, before: '' };
  if (op !== 'template' && op !== '+') return undefined;
  const parts = args.filter((part) => textOf(part) !== '');
  const [before, last] = parts.length > 1 ? [textOf(parts[0]), parts[1]] : ['', parts[0]];
  const inner = last && parts.length <= 2 ? hmacIn(last) : undefined;
  return inner && before !== undefined ? { hmac: inner.hmac, before: before + inner.before } : undefined;
}

/** The header itself, or what stands for it where it is absent: `signature || ''`. */
function headerIn(value: Value): string | undefined {
  if (value.type !== 'symbolic') return undefined;
  const { origin } = value;
  if (origin.kind === 'op' && (origin.op === '||' || origin.op === '??') && origin.args[0])
    return headerIn(origin.args[0]);
  return origin.kind === 'input' && origin.part === 'header' ? origin.at[0] : undefined;
}

const isBody = (origin: Origin): boolean => origin.kind === 'input' && origin.part === 'body';
