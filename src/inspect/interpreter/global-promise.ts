import { iterate } from './iterate.js';
import { promised } from './promises.js';
import { type NativeCall, PromiseValue, undefinedValue, unknown, type Value } from './values.js';
import { callable, loadedArray, native, type Run } from './natives.js';

export function promiseNamespace(): Value {
  const all: Run = (call) =>
    promised(call.interpreter, call.span, () => {
      const list = call.args[0] ?? undefinedValue;
      if (list.type !== 'array') return list.type === 'symbolic' ? call.interpreter.settle(list, call.span) : list;
      return loadedArray(
        call,
        list.items.map((item) => call.interpreter.settle(item, call.span)),
        list.more && call.interpreter.settle(list.more, call.span),
      );
    });
  const settled: Run = (call) =>
    promised(call.interpreter, call.span, () =>
      loadedArray(
        call,
        iterate(call.interpreter, call.args[0] ?? undefinedValue, 'of', call.span).map((item) => {
          call.interpreter.settle(item, call.span);
          return unknown('settled', [item]);
        }),
      ),
    );
  return callable('Promise', newPromise, {
    all,
    allSettled: settled,
    race: all,
    any: all,
    resolve: ({ args, interpreter, span }) => promised(interpreter, span, () => args[0] ?? undefinedValue),
    reject: ({ args, interpreter, span }) =>
      new PromiseValue(
        { ok: false, error: args[0] ?? undefinedValue, guards: interpreter.path?.decisions.length ?? 0, span },
        interpreter.loading,
      ),
  });
}

function newPromise({ interpreter, args, span }: NativeCall): Value {
  const [executor] = args;
  let state: PromiseValue['state'] | undefined;
  const resolve = native('resolve', ({ args: [value] }) => {
    state ??= { ok: true, value: value ?? undefinedValue };
    return undefinedValue;
  });
  const reject = native('reject', ({ args: [error] }) => {
    state ??= { ok: false, error: error ?? undefinedValue, guards: interpreter.path?.decisions.length ?? 0, span };
    return undefinedValue;
  });
  if (executor) interpreter.call(executor, undefinedValue, [resolve, reject], span);
  return new PromiseValue(
    state ?? { ok: true, value: unknown('a promise settled later', [], span) },
    interpreter.loading,
  );
}
