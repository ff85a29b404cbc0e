import { getMember, setMember } from '../interpreter/access.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import { truth } from '../interpreter/truth.js';
import {
  isCallable,
  type NativeCall,
  NativeValue,
  nullValue,
  type ObjectValue,
  primitive,
  symbolic,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';
import type { Span } from '../core/language.js';
import { recordEffect } from './record.js';

/** Where Passport keeps who is signed in: what `serializeUser` made of the user. */
const place = ['passport', 'user'];

/** Passport's sessions: `req.login`, `req.logout`, `req.isAuthenticated`, and `req.user` as the session brings it back. */
export class PassportSession {
  private serialize: Value | undefined;
  private deserialize: Value | undefined;

  /** The service says how a user is kept, and brought back. */
  keepBy(fn: Value | undefined): void {
    this.serialize = fn;
  }
  bringBackBy(fn: Value | undefined): void {
    this.deserialize = fn;
  }

  /** What every request has once Passport is there. */
  equip(request: ObjectValue, interpreter: Interpreter): void {
    if (!interpreter.path || request.fields.has('isAuthenticated')) return;
    const give = (names: string[], run: (call: NativeCall) => Value): void => {
      for (const name of names) request.fields.set(name, new NativeValue(`req.${name}`, run));
    };
    const isSignedIn = ({ span }: NativeCall): boolean =>
      truth(interpreter, getMember(interpreter, request, 'user', span), span) ?? false;
    give(['isAuthenticated'], (call) => primitive(isSignedIn(call)));
    give(['isUnauthenticated'], (call) => primitive(!isSignedIn(call)));
    give(['login', 'logIn'], ({ args, span }) => {
      this.signIn(request, args[0] ?? undefinedValue, interpreter, span);
      return goOn(interpreter, args, span);
    });
    give(['logout', 'logOut'], ({ args, span }) => {
      recordEffect(interpreter, { kind: 'session', target: 'session', verb: 'delete' }, span);
      setMember(interpreter, request, 'user', nullValue, span);
      return goOn(interpreter, args, span);
    });
  }

  /** `passport.session()`: who is signed in is looked up when somebody asks, so that a route that does not has no more paths for it. */
  restore(request: ObjectValue, interpreter: Interpreter, span: Span): void {
    const { trap } = request;
    if (!trap || !interpreter.path) return;
    let isAsked = false;
    request.trap = {
      ...trap,
      get: (key, of) => {
        if (key !== 'user' || isAsked || request.fields.has('user')) return trap.get?.(key, of);
        isAsked = true;
        const user = this.signedIn(request, interpreter, span);
        request.fields.set('user', user);
        return user;
      },
    };
  }

  signIn(request: Value, user: Value, interpreter: Interpreter, span: Span): void {
    const kept = this.told(this.serialize, [user], request, interpreter, span) ?? user;
    recordEffect(
      interpreter,
      { kind: 'session', target: 'session', verb: 'insert', values: new Map([[place.join('.'), kept]]) },
      span,
    );
    setMember(interpreter, request, 'user', user, span);
  }

  private signedIn(request: Value, interpreter: Interpreter, span: Span): Value {
    const kept = symbolic({ kind: 'session', at: place });
    if (interpreter.decide({ kind: 'nil', of: kept }, span, false)) return undefinedValue;
    return this.told(this.deserialize, [kept], request, interpreter, span) ?? kept;
  }

  /** Calls `(…given, done)`, or `(request, …given, done)`; gives what `done(error, value)` is told. */
  private told(
    fn: Value | undefined,
    given: Value[],
    request: Value,
    interpreter: Interpreter,
    span: Span,
  ): Value | undefined {
    if (!fn || !isCallable(fn)) return undefined;
    let told: Value | undefined;
    const done = new NativeValue('done', ({ args: [error, value] }) => {
      if (error && error.type !== 'primitive') interpreter.throw(error, span);
      told ??= value ?? undefinedValue;
      return undefinedValue;
    });
    const withRequest = fn.type === 'function' && fn.node.params.length > given.length + 1;
    interpreter.settle(
      interpreter.call(fn, undefinedValue, [...(withRequest ? [request] : []), ...given, done], span),
      span,
    );
    return told;
  }
}

/** Calls the callback that comes last. */
function goOn(interpreter: Interpreter, args: Value[], span: Span): Value {
  const callback = args.findLast(isCallable);
  return callback ? interpreter.call(callback, undefinedValue, [undefinedValue], span) : undefinedValue;
}
