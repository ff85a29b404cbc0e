import type {
  Diagnostic,
  Effect,
  Gap,
  JsonSchema,
  Operation,
  Parameter,
  RequestBody,
  Response,
  SecurityRequirement,
  ServiceModel,
  When,
} from '../model/index.js';
import { placeOf, type Place } from './place.js';
import { diagnosticRemark, gapRemark, type Remark } from './remarks.js';
import { termSchema } from './term-schema.js';

/** The document of `backend-test inspect --json`. */
export interface InspectDocument {
  operations: OperationDocument[];
  gaps: Remark<Gap>[];
  diagnostics: Remark<Diagnostic>[];
}

type Placed<T> = Omit<T, 'source'> & { source?: Place };

export interface OperationDocument {
  method: string;
  path: string;
  source: Place;
  /** Where the last handler is written, if elsewhere. */
  handler?: Place;
  condition?: string;
  parameters: Placed<Parameter>[];
  requestBody?: Placed<RequestBody>;
  /** Schemas that the registration declares, by status. */
  declared?: Operation['declared'];
  responses: ResponseDocument[];
  security: SecurityDocument[];
  effects: EffectDocument[];
}

export interface ResponseDocument {
  status: number;
  when: When;
  source: Place;
  /** JSON Schema of the body; absent: no body, or not JSON. */
  schema?: JsonSchema;
}

export type SecurityDocument = Omit<SecurityRequirement, 'source' | 'ownership'> & {
  type?: string;
  ownership?: { field: string; except: string[]; source: Place };
  source: Place;
};

export interface EffectDocument {
  kind: Effect['kind'];
  target: string;
  verb: Effect['verb'];
  method?: string;
  /** Statuses of the responses that it belongs to. */
  on: number[];
  source: Place;
}

/** Plain JSON; key order is part of the document. */
export function inspectJson(model: ServiceModel): InspectDocument {
  return {
    operations: model.operations.map((operation) => operationOf(operation, model)),
    gaps: model.gaps.map(gapRemark),
    diagnostics: model.diagnostics.map(diagnosticRemark),
  };
}

/** The same value, its source cut down to file and line. */
export function placed<T extends { source?: Place }>(value: T): Omit<T, 'source'> & { source?: Place } {
  const { source, ...rest } = value;
  return source === undefined ? rest : { ...rest, source: placeOf(source) };
}

function operationOf(operation: Operation, model: ServiceModel): OperationDocument {
  const { method, path, source, handler, condition, parameters, requestBody, declared } = operation;
  return {
    method,
    path,
    source: placeOf(source),
    ...(handler === undefined ? {} : { handler: placeOf(handler) }),
    ...(condition === undefined ? {} : { condition }),
    parameters: parameters.map(placed),
    ...(requestBody === undefined ? {} : { requestBody: placed(requestBody) }),
    ...(declared === undefined ? {} : { declared }),
    responses: distinct(operation.responses.map((response) => responseOf(response, operation, model))),
    security: operation.security.map((requirement) => securityOf(requirement, model)),
    effects: operation.effects.map((effect) => effectOf(effect, operation)),
  };
}

/** Several ways to one answer, given in one place, are one response here. */
const distinct = (responses: ResponseDocument[]): ResponseDocument[] => [
  ...new Map(responses.map((response) => [JSON.stringify(response), response])).values(),
];

function responseOf(
  { status, when, source, body, schema }: Response,
  operation: Operation,
  model: ServiceModel,
): ResponseDocument {
  const read = body === undefined ? schema : termSchema(body, operation, model);
  const best = read === undefined || Object.keys(read).length > 0 ? read : (schema ?? read);
  return { status, when, source: placeOf(source), ...(best === undefined ? {} : { schema: best }) };
}

function securityOf({ ownership, source, ...requirement }: SecurityRequirement, model: ServiceModel): SecurityDocument {
  const type = model.schemes.find(({ id }) => id === requirement.scheme)?.type;
  const owner =
    ownership === undefined
      ? {}
      : { ownership: { field: ownership.field, except: ownership.except, source: placeOf(ownership.source) } };
  return { ...requirement, ...(type === undefined ? {} : { type }), ...owner, source: placeOf(source) };
}

function effectOf({ id, kind, target, verb, method, source }: Effect, operation: Operation): EffectDocument {
  const on = operation.responses.filter(({ effects }) => effects.includes(id)).map(({ status }) => status);
  return {
    kind,
    target,
    verb,
    ...(method === undefined ? {} : { method }),
    on: [...new Set(on)],
    source: placeOf(source),
  };
}
