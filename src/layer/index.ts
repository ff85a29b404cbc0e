import type { Dependency, LayerChoice, SourceRef, Unit, UnitKind } from '../model/index.js';

/** Which layer proves a unit: from the shape of what it leans on, the strongest reason first. */
export function chooseLayer(unit: Unit): LayerChoice {
  const found = rules.map((rule) => rule(unit)).find((one) => one !== undefined) ?? pure(unit);
  return { unit: unit.id, ...found };
}

type Choice = Omit<LayerChoice, 'unit'>;
type Rule = (unit: Unit) => Choice | undefined;

const boundary = ['database', 'queue', 'mail', 'http', 'event', 'schedule', 'process', 'file'];

const scheduledJob: Rule = ({ registrations }) => {
  const found = registrations.find(({ by }) => by === 'schedule');
  return (
    found && {
      kind: 'scheduled job',
      layer: 'integration',
      why: [{ text: `${found.call} calls it by the clock`, source: found.source }],
      refused:
        'A unit test would show that it was called, not what it leaves behind; the timer itself is not tested at all.',
    }
  );
};

const queueConsumer: Rule = ({ registrations }) => {
  const found = registrations.find(({ by }) => by === 'queue');
  return (
    found && {
      kind: 'queue consumer',
      layer: 'integration',
      why: [{ text: `${found.call} hands it messages`, source: found.source }],
      refused: 'A unit test would stub what the message changes, and that change is the point.',
    }
  );
};

const guard: Rule = ({ exchange, registrations, dependencies }) => {
  const strategy = registrations.find(({ by }) => by === 'auth');
  const { refuses, passes, answers, request, isErrorHandler, registers } = exchange;
  const isGiven = request !== undefined || exchange.response !== undefined;
  const letsPass = passes ?? (isGiven && !answers);
  const isMiddleware = isGiven && letsPass && !isErrorHandler && !registers;
  const asks = passes && dependencies.find(({ role }) => role === 'auth');
  if (!strategy && !(isMiddleware && (refuses ?? asks))) return undefined;
  return {
    kind: 'guard',
    layer: 'auth',
    why: [
      ...(strategy ? [{ text: `${strategy.call} asks it who is calling`, source: strategy.source }] : []),
      ...(refuses ? [{ text: `turns callers away: ${refuses.call}`, source: refuses.source }] : []),
      ...(!refuses && asks ? [{ text: `${asks.call} (${asks.from}) says who is calling`, source: asks.source }] : []),
      ...(passes ? [{ text: `lets others pass: ${passes.call}()`, source: passes.source }] : []),
    ],
    refused:
      'A unit test with a made-up request would pass although the guard is not mounted; requests through the app show both.',
  };
};

const handler: Rule = (unit) => {
  const { exchange, dependencies } = unit;
  const { answers, registers, touches, isErrorHandler, request, response } = exchange;
  const worksOnRequest = touches && request !== undefined && (response !== undefined || exchange.passes !== undefined);
  if (!registers && !(answers && (response ?? request) !== undefined) && !isErrorHandler && !worksOnRequest)
    return undefined;
  return {
    kind: 'HTTP handler',
    layer: 'integration',
    why: [
      ...(registers ? [{ text: `registers routes: ${registers.call}`, source: registers.source }] : []),
      ...(answers ? [{ text: `answers: ${answers.call}`, source: answers.source }] : []),
      ...(isErrorHandler ? [{ text: `takes what others throw and answers, or hands it on`, source: unit.source }] : []),
      ...(!answers && touches ? [{ text: `works on the request: ${touches.call}`, source: touches.source }] : []),
      ...reasons(dependencies).slice(0, 2),
    ],
    refused:
      'A unit test would need a made-up request and response, and would miss the validators and guards before it.',
  };
};

const persistence: Rule = ({ dependencies }) => {
  const stored = dependencies.filter(({ role }) => role === 'database');
  return stored.length === 0
    ? undefined
    : {
        kind: 'persistence',
        layer: 'integration',
        why: reasons(stored),
        refused:
          'A unit test with a stubbed query proves only that the query is the one that was typed; a real database shows what it finds.',
      };
};

const adapter: Rule = ({ dependencies, exchange, source }) => {
  const outside = dependencies.filter(({ role }) => boundary.includes(role) || role === 'collaborator');
  const wraps = exchange.request !== undefined && exchange.response !== undefined;
  if (!outside.length && !wraps) return undefined;
  return {
    kind: 'thin adapter',
    layer: 'unit',
    why: outside.length ? reasons(outside) : [{ text: 'only hands the request and the response on', source }],
    refused: outside.some(({ by }) => by === 'injected' || by === 'parameter')
      ? 'An integration test would be slower and could not make what is handed in fail at will.'
      : 'An integration test would need the other side to be there; the edge is replaced instead.',
  };
};

function pure({ dependencies, source, name }: Unit): Choice {
  const used = dependencies.filter(({ role }) => role === 'library' || role === 'auth');
  return {
    kind: 'pure',
    layer: 'unit',
    why: [
      { text: `what ${name} gives follows from what it is given`, source },
      ...used
        .slice(0, 2)
        .map(({ call, from, source: at }) => ({ text: `${call} (${from}) computes, it reaches nothing`, source: at })),
    ],
    refused: 'An integration test would start the whole service to see one calculation.',
  };
}

const rules: Rule[] = [scheduledJob, queueConsumer, guard, handler, persistence, adapter];

/** Each thing behind the unit once: by the call that says most, the client's own before a helper (`eq`) of the same package. */
function reasons(dependencies: Dependency[]): { text: string; source: SourceRef }[] {
  const plainLast = [...dependencies].sort(
    (left, right) =>
      left.through.length - right.through.length ||
      Number(!left.call.includes('.')) - Number(!right.call.includes('.')),
  );
  const distinct = plainLast.filter(
    (one, index) => plainLast.findIndex((other) => other.role === one.role && other.from === one.from) === index,
  );
  return distinct.slice(0, 3).map(({ call, role, from, by, through, source }) => ({
    text: `${call} ${behind(role)} (${by === 'import' || by === 'global' ? '' : `${by}: `}${from})${through.length ? `, through ${through.join(' → ')}` : ''}`,
    source,
  }));
}

const behind = (role: Dependency['role']): string =>
  ({
    database: 'reaches the database',
    http: 'calls another service',
    queue: 'reaches a queue',
    event: 'publishes events',
    mail: 'sends mail',
    schedule: 'sets a timer',
    file: 'reads or writes files',
    process: 'starts a process',
    framework: 'belongs to the framework',
    auth: 'checks a credential',
    log: 'writes a log',
    collaborator: 'is handed in',
    library: 'computes',
  })[role];

/** The kind of a file or folder: that of its unit with the most to prove. */
export function leading(choices: LayerChoice[]): LayerChoice | undefined {
  const order: UnitKind[] = [
    'HTTP handler',
    'guard',
    'queue consumer',
    'scheduled job',
    'persistence',
    'thin adapter',
    'pure',
  ];
  return [...choices].sort((left, right) => order.indexOf(left.kind) - order.indexOf(right.kind))[0];
}
