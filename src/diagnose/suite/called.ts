import { ts } from 'ts-morph';
import { isInside } from './reach.js';
import type { Call, Source } from './source.js';
import { staticValue } from './static-value.js';
import type { NodeSuite, TestFile } from './suite.js';

/** Calls in the tests themselves, and in the functions of the project that the tests call, by import, one after the other; or by route. */
export function calledByTests(test: TestFile): { call: Call; via: Call }[] {
  const { source, suite } = test;
  const direct = source.calls.filter((call) => test.blocks.tests.some((one) => isInside(call.node, one.body)));
  const found = direct.map((call) => ({ call, via: call }));
  const queue = direct.flatMap((call) => imported(call, source, suite).map((target) => ({ ...target, via: call })));
  queue.push(...routed(test));
  const seen = new Set<ts.Node>();
  for (let next = queue.pop(); next; next = queue.pop()) {
    if (seen.has(next.body)) continue;
    seen.add(next.body);
    for (const call of next.source.calls)
      if (isInside(call.node, next.body)) {
        found.push({ call, via: next.via });
        for (const target of imported(call, next.source, suite))
          if (test.reach.sources.has(target.source)) queue.push({ ...target, via: next.via });
      }
  }
  return found;
}

interface Target {
  body: ts.Node;
  source: Source;
}

/** The functions that a call names, and those that it is handed by name. */
function named(call: Call, source: Source, suite: NodeSuite): Target[] {
  const handed = (call.node.arguments ?? []).flatMap((one) =>
    ts.isIdentifier(one) ? imported({ name: one.text }, source, suite) : [],
  );
  return [...imported(call, source, suite), ...handed];
}

/** The functions of a name: of the same file, or imported. */
function imported({ name, receiver }: Pick<Call, 'name' | 'receiver'>, source: Source, suite: NodeSuite): Target[] {
  const local = receiver ? (ts.isIdentifier(receiver) ? receiver.text : undefined) : name;
  if (local === undefined) return [];
  const binding = source.bindings.get(local);
  const target = binding && suite.resolve(binding.specifier, source.file);
  if (!binding) return receiver ? [] : (source.functions.get(name) ?? []).map((body) => ({ body, source }));
  const wanted = receiver ? name : binding.name;
  return (target?.functions.get(wanted) ?? (receiver ? [] : (target?.functions.get(name) ?? []))).map((body) => ({
    body,
    source: target ?? source,
  }));
}

/** Handlers of the routes whose last fixed segment a request of the tests names. */
function routed(test: TestFile): (Target & { via: Call })[] {
  const requests = test.source.calls.flatMap((call) => {
    const path = /^(get|post|put|patch|delete)$/.test(call.name) && call.node.arguments?.[0];
    const text = path ? staticValue(path, call.source) : undefined;
    return typeof text === 'string' && text.startsWith('/')
      ? [{ call, segments: text.split(/[?#]/)[0]?.split('/').filter(Boolean) ?? [] }]
      : [];
  });
  return test.reach.calls.flatMap((call) => {
    if (call.source === test.source || !/^(get|post|put|patch|delete)$/.test(call.name)) return [];
    const [path, ...handlers] = call.node.arguments ?? [];
    const text = path && staticValue(path, call.source);
    if (typeof text !== 'string' || !text.startsWith('/')) return [];
    const fixed = text
      .split('/')
      .filter((one) => one && !one.startsWith(':'))
      .at(-1);
    const via = requests.find(
      (one) => one.call.name === call.name && fixed !== undefined && one.segments.includes(fixed),
    );
    if (!via) return [];
    return handlers
      .flatMap((handler) => handlerOf(handler, call, test.suite))
      .map((target) => ({ ...target, via: via.call }));
  });
}

/** The function that a route registers: as it stands, by name, or inside a wrapper. */
function handlerOf(handler: ts.Expression, call: Call, suite: NodeSuite): Target[] {
  if (ts.isArrowFunction(handler) || ts.isFunctionExpression(handler)) return [{ body: handler, source: call.source }];
  if (ts.isIdentifier(handler)) return imported({ name: handler.text }, call.source, suite);
  if (ts.isPropertyAccessExpression(handler))
    return imported({ name: handler.name.text, receiver: handler.expression }, call.source, suite);
  if (ts.isArrayLiteralExpression(handler)) return handler.elements.flatMap((one) => handlerOf(one, call, suite));
  return ts.isCallExpression(handler) ? handler.arguments.flatMap((one) => handlerOf(one, call, suite)) : [];
}

/** The functions of the project that run with a node: those that it names, and theirs, and the handlers of routes that it requests. */
export function calledBy(body: ts.Node, source: Source, suite: NodeSuite): { node: ts.Node; source: Source }[] {
  const test = suite.tests.find((one) => one.source === source);
  const queue = [
    ...source.calls.filter((call) => isInside(call.node, body)).flatMap((call) => named(call, source, suite)),
    ...(test ? routed(test).filter(({ via }) => isInside(via.node, body)) : []),
  ];
  const seen = new Map<ts.Node, Source>();
  for (let next = queue.pop(); next; next = queue.pop()) {
    if (seen.has(next.body)) continue;
    seen.set(next.body, next.source);
    const { body: inside, source: home } = next;
    queue.push(...home.calls.filter((call) => isInside(call.node, inside)).flatMap((call) => named(call, home, suite)));
  }
  return [...seen].map(([node, home]) => ({ node, source: home }));
}
