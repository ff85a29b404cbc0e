import type { Catalog } from '../catalog.js';
import { sourceRef } from '../core/language.js';
import {
  ArrayValue,
  ClassValue,
  type NativeCall,
  NativeValue,
  nullValue,
  ObjectValue,
  operation,
  type Part,
  primitive,
  symbolic,
  type Symbolic,
  textOf,
  type Value,
} from '../interpreter/values.js';
import { input } from '../terms.js';
import { refuse } from './exceptions.js';

/** A missing credential is a 401 from FastAPI 0.122 on; before that most schemes said 403. */
function missingStatus(version: string | undefined): number {
  const [major = 0, minor = 999] = (/\d+\.\d+/.exec(version ?? '')?.[0] ?? '0.999').split('.').map(Number);
  return major > 0 || minor >= 122 ? 401 : 403;
}

interface SchemeKind {
  name: string;
  /** Status of a missing credential. */
  status: (modern: number) => number;
  /** `WWW-Authenticate` of a refusal. */
  challenge?: string;
  /** The credential as the dependency gets it. */
  read(call: NativeCall, carrier: Symbolic): Value;
  /** Absent: the header `Authorization`. */
  part?: Part;
}

/** What stands after the scheme's name in the header. */
const token = (carrier: Symbolic): Value =>
  operation('item', operation('split', carrier, primitive(' ')), primitive(1));

const bearerToken: SchemeKind['read'] = (_call, carrier) => token(carrier);

const kinds: SchemeKind[] = [
  { name: 'OAuth2PasswordBearer', status: () => 401, challenge: 'Bearer', read: bearerToken },
  { name: 'OAuth2AuthorizationCodeBearer', status: () => 401, challenge: 'Bearer', read: bearerToken },
  { name: 'OAuth2', status: (modern) => modern, challenge: 'Bearer', read: (_call, carrier) => carrier },
  { name: 'OpenIdConnect', status: (modern) => modern, challenge: 'Bearer', read: (_call, carrier) => carrier },
  {
    name: 'HTTPBearer',
    status: (modern) => modern,
    challenge: 'Bearer',
    read: (_call, carrier) =>
      credentials({
        scheme: operation('item', operation('split', carrier, primitive(' ')), primitive(0)),
        credentials: token(carrier),
      }),
  },
  {
    name: 'HTTPDigest',
    status: (modern) => modern,
    challenge: 'Digest',
    read: (_call, carrier) => credentials({ scheme: primitive('Digest'), credentials: token(carrier) }),
  },
  {
    name: 'HTTPBasic',
    status: () => 401,
    challenge: 'Basic',
    read: (_call, carrier) =>
      credentials({
        username: operation('basic-username', carrier),
        password: operation('basic-password', carrier),
      }),
  },
  {
    name: 'APIKeyHeader',
    status: (modern) => modern,
    challenge: 'APIKey',
    read: (_call, carrier) => carrier,
    part: 'header',
  },
  {
    name: 'APIKeyCookie',
    status: (modern) => modern,
    challenge: 'APIKey',
    read: (_call, carrier) => carrier,
    part: 'cookie',
  },
  {
    name: 'APIKeyQuery',
    status: (modern) => modern,
    challenge: 'APIKey',
    read: (_call, carrier) => carrier,
    part: 'query',
  },
];

/** The form of a password sign-in. */
export const signInForm = {
  name: 'OAuth2PasswordRequestForm',
  required: ['username', 'password'],
  optional: ['grant_type', 'scope', 'client_id', 'client_secret'],
};

function signInClass(): ClassValue {
  return new ClassValue(signInForm.name, undefined, undefined, undefined, ({ interpreter, keywords }, self) => {
    for (const name of [...signInForm.required, ...signInForm.optional])
      self.fields.set(name, keywords?.get(name) ?? nullValue);
    self.fields.set('scopes', new ArrayValue([], interpreter.loading));
  });
}

function credentials(fields: Record<string, Value>): ObjectValue {
  const object = new ObjectValue(false);
  for (const [name, value] of Object.entries(fields)) object.fields.set(name, value);
  return object;
}

/** `fastapi.security`: dependencies that read a credential and refuse who has none. */
export function securityClasses(catalog: Catalog, version: string | undefined): [string, Value][] {
  const modern = missingStatus(version);
  const form = signInClass();
  const schemes = kinds.map((kind): [string, Value] => {
    const cls = new ClassValue(kind.name, undefined, undefined, undefined, ({ args, keywords }, self) => {
      const name = keywords?.get('name') ?? (kind.part ? args[0] : undefined);
      self.fields.set('auto_error', keywords?.get('auto_error') ?? primitive(true));
      self.fields.set('scheme_name', keywords?.get('scheme_name') ?? primitive(kind.name));
      const model = new ObjectValue(true);
      model.fields.set('name', name ?? primitive('authorization'));
      self.fields.set('model', model);
    });
    cls.natives.set('__call__', new NativeValue('__call__', (call) => credential(kind, modern, catalog, call)));
    return [kind.name, cls];
  });
  return [...schemes, [signInForm.name, form], [`${signInForm.name}Strict`, form]];
}

function credential(kind: SchemeKind, modern: number, catalog: Catalog, call: NativeCall): Value {
  const { interpreter, self, span } = call;
  const model = self.type === 'object' ? self.fields.get('model') : undefined;
  const named = model?.type === 'object' ? textOf(model.fields.get('name')) : undefined;
  const part = kind.part ?? 'header';
  const carrier = input(part, part === 'header' ? (named ?? 'authorization').toLowerCase() : (named ?? 'key'));
  if (kind.name === 'HTTPBasic' && !catalog.schemes.has('basic'))
    catalog.schemes.set('basic', {
      id: 'basic',
      type: 'basic',
      in: 'header',
      name: 'authorization',
      prefix: 'Basic',
      claims: {},
      source: sourceRef(span),
    });
  if (!interpreter.path) return symbolic({ kind: 'unknown', text: kind.name, reads: [] });
  const isMissing = interpreter.decide({ kind: 'nil', of: carrier }, span, false);
  if (!isMissing) return kind.read(call, carrier);
  const isOptional = self.type === 'object' && self.fields.get('auto_error');
  if (isOptional && isOptional.type === 'primitive' && isOptional.value === false) return nullValue;
  return refuse(
    interpreter,
    kind.status(modern),
    'Not authenticated',
    span,
    kind.challenge !== undefined && kind.status(modern) === 401 ? ['WWW-Authenticate', kind.challenge] : undefined,
  );
}
