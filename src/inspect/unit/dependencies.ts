import type { Dependency, Role } from '../../model/index.js';
import { type Expression, sourceRef } from '../core/language.js';
import { walkFunction } from '../core/walk.js';
import { dotted, literalOf } from './file-table.js';
import type { Names, Origin, Origins, OwnFunction } from './origins.js';
import { nameRole, type Roles } from './roles.js';

const farthest = 8;
/** Roles that reach over the service's boundary, strongest first. */
export const boundaries: Role[] = ['database', 'queue', 'mail', 'http', 'event', 'schedule', 'process', 'file'];

/** What a function leans on: its own calls, then those of the service's functions that it calls. */
export class Dependencies {
  constructor(
    private readonly origins: Origins,
    private readonly roles: Roles,
  ) {}

  of(functions: OwnFunction[]): Dependency[] {
    const found: Dependency[] = [];
    const seen = new Set(functions.map((own) => own.fn));
    let level: { own: OwnFunction; through: string[] }[] = functions.map((own) => ({ own, through: [] }));
    while (level.length) {
      const next: typeof level = [];
      for (const { own, through } of level)
        for (const call of this.callsOf(own)) {
          if (call.kind === 'outside') found.push({ ...call.dependency, through });
          else if (!seen.has(call.own.fn) && through.length < farthest) {
            seen.add(call.own.fn);
            next.push({ own: call.own, through: [...through, call.own.name || 'a function'] });
          }
        }
      level = next;
    }
    return unique(found);
  }

  private callsOf(own: OwnFunction): Called[] {
    const names = this.origins.namesIn(own);
    const calls: Called[] = [];
    const visit = (expression: Expression): void => {
      if (expression.kind === 'call') calls.push(...this.called(expression, names));
    };
    walkFunction(own.fn, { expression: visit });
    return calls;
  }

  private called(expression: Extract<Expression, { kind: 'call' }>, names: Names): Called[] {
    const { callee } = expression;
    const origin = this.origins.resolve(callee, names);
    const passed = expression.args.flatMap(({ value }): Called[] => {
      const of = value.kind === 'name' || value.kind === 'member' ? this.origins.resolve(value, names) : undefined;
      if (of?.kind === 'function') return [{ kind: 'inside', own: of.own }];
      // `promisify(readFile)`: handing a function of a package on is as good as calling it.
      const isPackages = of?.kind === 'package' && of.path.length > 0 && this.roles.ofPackage(of.module) === 'file';
      return isPackages ? this.outside(value, value, names, of) : [];
    });
    if (origin.kind === 'function') return [{ kind: 'inside', own: origin.own }, ...passed];
    if (origin.kind === 'class') return [...constructorOf(origin), ...passed];
    return [...this.outside(callee, expression, names, origin), ...passed];
  }

  private outside(
    callee: Expression,
    whole: Expression,
    names: Names,
    origin: Origin = this.origins.resolve(callee, names),
  ): Called[] {
    const found = this.behind(origin) ?? this.fetched(callee, names);
    if (!found) return [];
    return [
      {
        kind: 'outside',
        dependency: {
          role: found.role,
          call: dotted(callee),
          by: byWhat(origin),
          from: found.from,
          source: sourceRef({ ...whole.span, end: callee.span.end }),
        },
      },
    ];
  }

  /** A value that a function of the service gave (`const db = open()`) is what that function leans on most. */
  private behind(origin: Origin, depth = 0): { role: Role; from: string } | undefined {
    if (origin.kind !== 'result') return this.roles.of(origin);
    if (depth > 3) return undefined;
    const names = this.origins.namesIn(origin.own);
    const roles: { role: Role; from: string }[] = [];
    walkFunction(origin.own.fn, {
      statement: (statement) => {
        if (statement.kind !== 'return' || !statement.value) return;
        const found = this.behind(this.origins.resolve(statement.value, names), depth + 1);
        if (found) roles.push(found);
      },
    });
    return roles.find(({ role }) => boundaries.includes(role));
  }

  /** `Container.get('userModel')` from a container: the name that is asked for says what it is. */
  private fetched(callee: Expression, names: Names): { role: Role; from: string } | undefined {
    if (callee.kind !== 'member') return undefined;
    let of: Expression = callee.of;
    if (of.kind === 'name') {
      const local = names.locals.get(of.name);
      if (local?.kind !== 'value') return undefined;
      of = local.value;
    }
    if (of.kind !== 'call' || !/(^|\.)(get|resolve|inject)$/.test(dotted(of.callee))) return undefined;
    const asked = of.args[0] && literalOf(of.args[0].value);
    const role = asked === undefined ? undefined : nameRole(asked);
    return role && { role, from: asked ?? '' };
  }
}

type Called = { kind: 'inside'; own: OwnFunction } | { kind: 'outside'; dependency: Omit<Dependency, 'through'> };

function constructorOf(origin: Extract<Origin, { kind: 'class' }>): Called[] {
  const member = origin.cls.members.find((one) => one.kind === 'constructor');
  return member?.fn
    ? [{ kind: 'inside', own: { file: origin.file, name: origin.cls.name, fn: member.fn, cls: origin.cls } }]
    : [];
}

function byWhat(origin: Origin): Dependency['by'] {
  if (origin.kind === 'parameter') return origin.isField ? 'injected' : 'parameter';
  return origin.kind === 'global' ? 'global' : 'import';
}

/** A chain (`db.select().from()`) is one dependency, named by its first call. */
function unique(list: Dependency[]): Dependency[] {
  const byPlace = new Map<string, Dependency>();
  for (const one of list) {
    const key = `${one.source.file}:${one.source.start}:${one.role}`;
    const known = byPlace.get(key);
    byPlace.set(key, known && known.call.length <= one.call.length ? known : one);
  }
  return [...byPlace.values()];
}
