import type { Expr, Json, TestCase, TestPlan } from '../model/index.js';

const BASE = 'http://localhost:3000';

/** One line that sends the case's request to a running service; what earlier steps made stands as `<order.id>`. */
export function curlOf(testCase: TestCase, plan: TestPlan, now: Date): string {
  const { method, template, path = {}, query = {}, headers = {}, body, rawBody } = testCase.act;
  const value = (expr: Expr): Json => valueOf(expr, plan, now);
  const filled = template.replace(/\{([^}]+)\}/g, (whole, name: string) =>
    path[name] ? urlPart(value(path[name])) : whole,
  );
  const search = Object.entries(query).map(([name, expr]) => `${encodeURIComponent(name)}=${urlPart(value(expr))}`);
  const sent = rawBody ?? (body === undefined ? undefined : JSON.stringify(value(body)));
  const lines = Object.entries(headers).map(([name, expr]) => `${name}: ${textOf(value(expr))}`);
  if (sent !== undefined) lines.push('content-type: application/json');
  return [
    `curl -i -X ${method}`,
    quoted(`${BASE}${filled}${search.length > 0 ? `?${search.join('&')}` : ''}`),
    ...[...credentialOf(testCase, plan), ...lines].map((line) => `-H ${quoted(line)}`),
    ...(sent === undefined ? [] : [`--data ${quoted(sent)}`]),
  ].join(' ');
}

function credentialOf({ act }: TestCase, plan: TestPlan): string[] {
  if (act.as.kind === 'anonymous') return [];
  const caller = act.as.kind === 'principal' ? act.as.bind : `${act.as.variant} credential of ${act.as.principal}`;
  const name =
    act.as.kind === 'bad' ? act.as.scheme : plan.harness.principals.find((each) => each.name === caller)?.scheme;
  const scheme = plan.harness.schemes.find(({ id }) => id === name) ?? plan.harness.schemes[0];
  if (scheme?.in === 'cookie') return [`cookie: ${scheme.name}=<${caller}>`];
  const prefix = scheme?.prefix === undefined ? '' : `${scheme.prefix} `;
  return [`${scheme?.name ?? 'authorization'}: ${prefix}<${caller}>`];
}

function valueOf(expr: Expr, plan: TestPlan, now: Date): Json {
  const inner = (each: Expr): Json => valueOf(each, plan, now);
  switch (expr.kind) {
    case 'literal':
      return expr.value;
    case 'ref':
      return `<${[expr.name, ...expr.at].join('.')}>`;
    case 'object':
      return Object.fromEntries(Object.entries(expr.fields).map(([name, field]) => [name, inner(field)]));
    case 'array':
      return expr.items.map(inner);
    case 'text':
      return expr.parts.map((part) => textOf(inner(part))).join('');
    case 'repeat':
      return expr.text.repeat(expr.length);
    case 'moment':
      return momentOf(new Date(now.getTime() + expr.offsetSeconds * 1000), expr.as);
    case 'sample':
      return sampleOf(expr, plan, now);
  }
}

function sampleOf({ factory, overrides = {}, omit = [] }: Expr & { kind: 'sample' }, plan: TestPlan, now: Date): Json {
  const input = plan.factories.find(({ name }) => name === factory)?.input;
  const sample = input === undefined ? {} : structuredClone(valueOf(input, plan, now));
  for (const [at, expr] of Object.entries(overrides)) put(sample, at.split('.'), valueOf(expr, plan, now));
  for (const at of omit) put(sample, at.split('.'), undefined);
  return sample;
}

function put(target: Json, at: string[], value: Json | undefined): void {
  const [field = '', ...rest] = at;
  if (typeof target !== 'object' || target === null) return;
  const holder = target as Record<string, Json>;
  if (rest.length > 0) put((holder[field] ??= {}), rest, value);
  else if (value === undefined) delete holder[field];
  else holder[field] = value;
}

function momentOf(moment: Date, as: (Expr & { kind: 'moment' })['as']): Json {
  if (as === 'date-time') return moment.toISOString();
  if (as === 'date') return moment.toISOString().slice(0, 10);
  return as === 'epoch-ms' ? moment.getTime() : Math.floor(moment.getTime() / 1000);
}

function urlPart(value: Json): string {
  const text = textOf(value);
  return /^<[\w.]+>$/.test(text) ? text : encodeURIComponent(text);
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
