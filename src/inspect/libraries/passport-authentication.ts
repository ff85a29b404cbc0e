import type { Catalog } from '../catalog.js';
import type { Span } from '../core/language.js';
import { getMember, setMember } from '../interpreter/access.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import { truth } from '../interpreter/truth.js';
import {
  isCallable,
  isNil,
  type NativeCall,
  NativeValue,
  nullValue,
  ObjectValue,
  primitive,
  symbolic,
  textOf,
  undefinedValue,
  unknown,
  type Value,
} from '../interpreter/values.js';
import { bearerToken, schemeOf } from './jwt.js';
import type { PassportSession } from './passport-session.js';

/** What a strategy was made with. */
export interface Strategy {
  kind: string;
  name: string;
  options: ObjectValue | undefined;
  verify: Value | undefined;
}

/** What the service has told Passport. */
export interface Strategies {
  named: Map<string, Strategy>;
  session: PassportSession;
}

/** `authenticate(names, options, callback)` */
export interface Asked {
  names: Value | undefined;
  options: Value | undefined;
  callback: Value | undefined;
}

/** One request at `passport.authenticate`: its strategies are tried in turn. */
export class Authentication {
  private readonly interpreter: Interpreter;
  private readonly span: Span;
  private readonly request: Value;
  private readonly names: string[];

  constructor(
    private readonly catalog: Catalog,
    private readonly strategies: Strategies,
    private readonly asked: Asked,
    private readonly call: NativeCall,
  ) {
    this.interpreter = call.interpreter;
    this.span = call.span;
    this.request = call.args[0] ?? undefinedValue;
    const { names } = asked;
    this.names = (names?.type === 'array' ? names.items : [names]).map((name) => textOf(name) ?? '');
  }

  run(): Value {
    if (this.request.type === 'object') this.strategies.session.equip(this.request, this.interpreter);
    return this.attempt(0);
  }

  private attempt(index: number): Value {
    const { interpreter, span, request } = this;
    const name = this.names[index] ?? '';
    const strategy = this.strategies.named.get(name);
    if (!strategy) {
      interpreter.gap(
        'middleware-not-read',
        `The passport strategy ${name || '?'} was not read: what it refuses has no case.`,
        span,
      );
      return this.goOn();
    }
    if (strategy.kind === 'anonymous') return this.goOn();
    const shown = credentials(this.catalog, strategy, request, interpreter, span);
    if (!shown) return this.refused(strategy, index);
    if (!strategy.verify) return this.finish(strategy, index, nullValue, shown[0] ?? undefinedValue, undefinedValue);
    let outcome: Value | undefined;
    const done = new NativeValue(
      'done',
      ({ args: [error, user, info] }) =>
        (outcome ??= this.finish(strategy, index, error ?? nullValue, user ?? undefinedValue, info ?? undefinedValue)),
    );
    const withRequest = isTrue(strategy.options?.fields.get('passReqToCallback'));
    interpreter.call(strategy.verify, undefinedValue, [...(withRequest ? [request] : []), ...shown, done], span);
    return outcome ?? undefinedValue;
  }

  /** passport-local refuses a request without its fields as a bad one, before the service's own check. */
  private refused(strategy: Strategy, index: number): Value {
    const [message, status] = strategy.kind === 'local' ? ['Missing credentials', 400] : ['Unauthorized', 401];
    return this.finish(
      strategy,
      index,
      nullValue,
      primitive(false),
      failure(this.interpreter, message as string),
      status as number,
    );
  }

  private finish(strategy: Strategy, index: number, error: Value, user: Value, info: Value, status = 401): Value {
    const { interpreter, span } = this;
    const isIn = isNil(error) && (truth(interpreter, user, span) ?? false);
    if (isNil(error) && !isIn && index + 1 < this.names.length) return this.attempt(index + 1);
    const { options, callback: last } = this.asked;
    const callback = options && isCallable(options) ? options : last;
    if (callback) return interpreter.call(callback, undefinedValue, [error, user, info, primitive(status)], span);
    if (!isNil(error)) return this.goOn(error);
    return isIn ? this.letIn(strategy, user) : this.turnAway(status);
  }

  private letIn({ kind }: Strategy, user: Value): Value {
    const keeps = kind === 'local' && this.catalog.schemes.has('session') && !isFalse(this.option('session'));
    if (keeps) this.strategies.session.signIn(this.request, user, this.interpreter, this.span);
    else setMember(this.interpreter, this.request, 'user', user, this.span);
    const to = this.option('successRedirect');
    return to ? this.answer('redirect', to) : this.goOn();
  }

  private turnAway(status: number): Value {
    const to = this.option('failureRedirect');
    if (to) return this.answer('redirect', to);
    this.answer('status', primitive(status));
    return this.answer('end', primitive(status === 400 ? 'Bad Request' : 'Unauthorized'));
  }

  private option(name: string): Value | undefined {
    const { options } = this.asked;
    return options?.type === 'object' ? options.fields.get(name) : undefined;
  }

  private answer(method: string, ...args: Value[]): Value {
    const response = this.call.args[1] ?? undefinedValue;
    return this.interpreter.call(getMember(this.interpreter, response, method, this.span), response, args, this.span);
  }

  private goOn(...args: Value[]): Value {
    return this.interpreter.call(this.call.args[2] ?? undefinedValue, undefinedValue, args, this.span);
  }
}

const isFalse = (value: Value | undefined): boolean => value?.type === 'primitive' && value.value === false;
const isTrue = (value: Value | undefined): boolean => value?.type === 'primitive' && value.value === true;

function failure(interpreter: Interpreter, message: string): Value {
  const info = new ObjectValue(interpreter.loading);
  info.fields.set('message', primitive(message));
  return info;
}

/** What the strategy hands to the service's own check; undefined: refused before. */
function credentials(
  catalog: Catalog,
  strategy: Strategy,
  request: Value,
  interpreter: Interpreter,
  span: Span,
): Value[] | undefined {
  const option = (name: string): Value | undefined => strategy.options?.fields.get(name);
  switch (strategy.kind) {
    case 'jwt': {
      const from = option('jwtFromRequest');
      const token = from && isCallable(from) ? interpreter.call(from, undefinedValue, [request], span) : bearerToken();
      if (token.type === 'symbolic' && interpreter.decide({ kind: 'nil', of: token }, span, false)) return undefined;
      const scheme = schemeOf(
        catalog,
        interpreter,
        token,
        option('secretOrKey') ?? unknown('key'),
        strategy.options,
        span,
        'jsonwebtoken',
      );
      if (!interpreter.decide({ kind: 'verified', scheme }, span, true)) return undefined;
      return [symbolic({ kind: 'principal', scheme, at: [] })];
    }
    case 'bearer': {
      const token = bearerToken();
      return interpreter.decide({ kind: 'nil', of: token }, span, false) ? undefined : [token];
    }
    case 'local': {
      const fields = [textOf(option('usernameField')) ?? 'username', textOf(option('passwordField')) ?? 'password'];
      const body = getMember(interpreter, request, 'body', span);
      const values = fields.map((field) => getMember(interpreter, body, field, span));
      return values.every((value) => truth(interpreter, value, span)) ? values : undefined;
    }
    default:
      return undefined;
  }
}
