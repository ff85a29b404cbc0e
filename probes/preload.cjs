'use strict';
// Loaded into each Node process of a suite that is diagnosed (NODE_OPTIONS=--require). Notes what stays open and who is called;
// refuses the network or moves the clock where asked to. Changes nothing else.
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const vm = require('node:vm');

const folder = process.env.BACKEND_TEST_PROBE;
const offline = process.env.BACKEND_TEST_OFFLINE === '1';
const shift = shiftTo(process.env.BACKEND_TEST_CLOCK ?? '0');

/** Milliseconds to a named moment of the local clock; or as many as were given. */
function shiftTo(clock) {
  const now = new Date();
  const at = (months, days, minutes) =>
    new Date(now.getFullYear(), now.getMonth() + months, days, 0, minutes).getTime() - now.getTime();
  if (clock === 'after-midnight') return at(0, now.getDate() + 1, 10);
  if (clock === 'month-end') return [at(1, 1, -30), at(2, 1, -30)].find((one) => one > 2 * 3_600_000);
  return Number(clock);
}

/** What was opened and may still be: kind, a weak reference, what it goes to, and where. */
const opened = [];

function place() {
  const lines = (new Error().stack ?? '').split('\n').slice(2);
  const frames = lines
    .map((line) => /(?:^|[\s(])((?:file:\/\/)?\/[^():]+):(\d+):\d+\)?$/.exec(line.trim()))
    .filter(Boolean);
  const named = frames.map(([, file, line]) => ({ file: file.replace('file://', ''), line: Number(line) }));
  return (
    named.find(({ file }) => !file.includes('node_modules') && !file.startsWith(__dirname)) ??
    named.find(({ file }) => file.includes('node_modules'))
  );
}

function note(kind, object, target) {
  opened.push({ kind, ref: new WeakRef(object), target, at: place() });
}

const isLoopback = (host) => /^(localhost|127\.|::1$|::ffff:127\.|0\.0\.0\.0|::$)/.test(host);

function watchSockets() {
  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function (...args) {
    const [first] = Array.isArray(args[0]) ? args[0] : args;
    const options =
      typeof first === 'object' && first !== null
        ? first
        : { port: first, host: typeof args[1] === 'string' ? args[1] : undefined };
    if (options.port === undefined || options.path) return connect.apply(this, args);
    const host = String(options.host ?? 'localhost');
    const target = `${host}:${options.port}`;
    note('socket', this, target);
    if (!isLoopback(host)) {
      fs.appendFileSync(path.join(folder, 'network.jsonl'), `${JSON.stringify({ target, at: place() })}\n`);
      if (offline) {
        const error = Object.assign(new Error(`connect ECONNREFUSED ${target} (refused by backend-test diagnose)`), {
          code: 'ECONNREFUSED',
        });
        process.nextTick(() => this.destroy(error));
        return this;
      }
    }
    return connect.apply(this, args);
  };
  const { listen } = net.Server.prototype;
  net.Server.prototype.listen = function (...args) {
    note('server', this, '');
    return listen.apply(this, args);
  };
}

function watchTimers() {
  for (const name of ['setInterval', 'setTimeout']) {
    const original = globalThis[name];
    const watched = function (callback, delay, ...rest) {
      const timer = original.call(this, callback, delay, ...rest);
      if (typeof timer === 'object' && (name === 'setInterval' || delay > 900)) note(name, timer, `${delay} ms`);
      return timer;
    };
    const own = Object.entries(Object.getOwnPropertyDescriptors(original));
    const symbols = Object.getOwnPropertySymbols(original).map((key) => [
      key,
      Object.getOwnPropertyDescriptor(original, key),
    ]);
    for (const [key, descriptor] of [...own, ...symbols])
      if (!['length', 'name', 'prototype'].includes(key)) Object.defineProperty(watched, key, descriptor);
    globalThis[name] = watched;
  }
}

function isOpen({ kind, ref }) {
  const object = ref.deref();
  if (!object) return false;
  if (kind === 'server') return object.listening && (object._handle?.hasRef?.() ?? true);
  if (kind === 'socket')
    return (
      !object.destroyed &&
      object._handle != null &&
      (typeof object._handle.hasRef !== 'function' || object._handle.hasRef())
    );
  return !object._destroyed && object.hasRef() && (kind !== 'setTimeout' || object._idleTimeout > 0);
}

function targetOf({ kind, ref, target }) {
  if (kind !== 'server') return target;
  const address = ref.deref()?.address();
  return address && typeof address === 'object' ? `port ${address.port}` : String(address ?? '');
}

function dump() {
  const left = opened.filter(isOpen).map((one) => ({ kind: one.kind, target: targetOf(one), at: one.at }));
  fs.writeFileSync(path.join(folder, `handles-${process.pid}.json`), JSON.stringify({ time: realNow(), left }));
}

const realNow = Date.now;

/** As source text, because it must run inside the contexts that runners make too. */
const moveClock = `((shift) => {
  const Real = Date;
  const now = () => Real.now() + shift;
  function Moved(...args) {
    if (!new.target) return new Real(now()).toString();
    return Reflect.construct(Real, args.length ? args : [now()], new.target);
  }
  Object.setPrototypeOf(Moved, Real);
  Moved.prototype = Real.prototype;
  Moved.now = now;
  Object.defineProperty(Real.prototype, 'constructor', { value: Moved, configurable: true, writable: true });
  globalThis.Date = Moved;
})(${shift})`;

function shiftClock() {
  const { createContext } = vm;
  vm.createContext = (...args) => {
    const context = createContext(...args);
    vm.runInContext(moveClock, context);
    return context;
  };
  vm.runInThisContext(moveClock);
}

if (folder && fs.existsSync(folder)) {
  const every = setInterval;
  watchSockets();
  watchTimers();
  every(dump, 200).unref();
  if (shift) shiftClock();
}
