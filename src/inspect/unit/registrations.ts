import type { Registration } from '../../model/index.js';
import { type Expression, sourceRef } from '../core/language.js';
import { walk } from '../core/walk.js';
import { dotted, literalOf } from './file-table.js';
import type { Located } from './locate.js';
import type { Names, Origins } from './origins.js';
import type { Roles } from './roles.js';

/** Text without which a file cannot register anything: most files are never parsed. */
const signs =
  /setInterval|[cC]ron|schedule|agenda|Worker|\.(process|consume|subscribe|define|work|every|run|on)\(|Strategy|queue|celery|@\w*(task|actor|job)/;
const consuming = /(^|\.)(process|consume|subscribe|define|work|run|on|addListener|receive)$/;
const queueDecorators =
  /^(On|OnEvent|Process|Processor|EventPattern|MessagePattern|RabbitSubscribe|SqsMessageHandler|Consumer|Subscribe|Job|task|shared_task|actor)$/;
const scheduleDecorators = /^(Cron|Interval|Timeout|Scheduled|periodic_task|scheduled_job|repeat_every)$/;
const skipped = /(^|\/)(node_modules|dist|build|coverage|\.git|\.venv|venv|__pycache__)$/;
const sources = /\.(ts|tsx|mts|cts|js|mjs|cjs|jsx|py)$/;

/** Who calls the unit besides the service's own code: its decorators, its own calls that take handlers, and who is given it. */
export class Registrations {
  private files: string[] | undefined;

  constructor(
    private readonly origins: Origins,
    private readonly roles: Roles,
  ) {}

  of(unit: Located): Registration[] {
    return [...this.decorated(unit), ...this.consumed(unit), ...this.given(unit)];
  }

  private decorated({ decorators }: Located): Registration[] {
    return decorators.flatMap((decorator): Registration[] => {
      const callee = decorator.kind === 'call' ? decorator.callee : decorator;
      const name = dotted(callee).split('.').at(-1) ?? '';
      const by = scheduleDecorators.test(name) ? 'schedule' : queueDecorators.test(name) ? 'queue' : undefined;
      return by ? [{ by, call: `@${dotted(callee)}`, source: sourceRef(decorator.span) }] : [];
    });
  }

  /** The unit itself takes messages: `client.consume('user.deleted', async (message) => …)`. */
  private consumed({ functions }: Located): Registration[] {
    return functions.flatMap((own) => {
      const names = this.origins.namesIn(own);
      const found: Registration[] = [];
      walk(own.fn.body, {
        expression: (expression) => {
          if (expression.kind !== 'call' || !expression.args.some(({ value }) => value.kind === 'function')) return;
          const by = this.registers(expression, names);
          if (by) found.push({ by, call: dotted(expression.callee), source: sourceRef(expression.span) });
        },
      });
      return found;
    });
  }

  /** Calls in the service's files that hand the unit to a queue, a timer or a sign-in strategy. */
  private given(unit: Located): Registration[] {
    const last = unit.name.split('.').at(-1) ?? unit.name;
    return this.allFiles().flatMap((file) => {
      const text = this.origins.host.text(file) ?? '';
      if (!signs.test(text) || !(text.includes(last) || (last === 'default' && file !== unit.file))) return [];
      const found: Registration[] = [];
      const names: Names = { file, locals: new Map() };
      const { node } = this.origins.table(file);
      walk(node?.body ?? [], {
        expression: (expression) => {
          if (expression.kind !== 'call' || !expression.args.some(({ value }) => this.isUnit(value, unit, last, names)))
            return;
          const by = this.registers(expression, names);
          if (by) found.push({ by, call: dotted(expression.callee), source: sourceRef(expression.span) });
        },
      });
      return found;
    });
  }

  private isUnit(value: Expression, unit: Located, last: string, names: Names): boolean {
    if (value.kind === 'name' || value.kind === 'member') {
      const origin = this.origins.resolve(value, names);
      if (origin.kind === 'function') return origin.own.fn === unit.functions[0]?.fn;
    }
    if (value.kind === 'member') return literalOf(value.key) === last && this.knows(names.file, unit.file);
    return value.kind === 'name' && value.name === last && this.knows(names.file, unit.file);
  }

  private knows(file: string, other: string): boolean {
    if (file === other) return true;
    return (
      [...this.origins.table(file).imports.values()].some(({ specifier }) => this.leads(specifier, file, other)) ||
      [...this.origins.table(file).values.values()].some(
        ({ value }) =>
          value.kind === 'call' &&
          value.callee.kind === 'name' &&
          value.callee.name === 'require' &&
          !!value.args[0] &&
          this.leads(literalOf(value.args[0].value) ?? '', file, other),
      )
    );
  }

  private leads(specifier: string, from: string, to: string): boolean {
    const target = this.origins.host.resolve(specifier, from);
    return !!target && 'file' in target && target.file === to;
  }

  private registers(expression: Extract<Expression, { kind: 'call' }>, names: Names): Registration['by'] | undefined {
    const callee = dotted(expression.callee);
    const origin = this.origins.resolve(expression.callee, names);
    if (callee === 'setInterval') return 'schedule';
    const role = this.roles.of(origin)?.role ?? this.named(callee);
    if (role === 'schedule') return 'schedule';
    if (origin.kind === 'package' && /passport/.test(origin.module)) return 'auth';
    if (role !== 'queue' && role !== 'event') return undefined;
    if (/(^|\.)every$|(^|\.)schedule$/.test(callee)) return 'schedule';
    return expression.isNew || consuming.test(callee) ? 'queue' : undefined;
  }

  /** `agenda.define`: inside a function, where the name is a parameter. */
  private named(callee: string): 'queue' | 'schedule' | undefined {
    const [first = ''] = callee.split('.');
    if (/^(agenda|boss|queue|worker|consumer|channel|celery)$/i.test(first)) return 'queue';
    return /^(cron|scheduler|schedule)$/i.test(first) ? 'schedule' : undefined;
  }

  private allFiles(): string[] {
    return (this.files ??= this.filesIn(''));
  }

  private filesIn(folder: string): string[] {
    const found: string[] = [];
    for (const { name, isFile } of this.origins.host.list(folder) ?? []) {
      const full = folder ? `${folder}/${name}` : name;
      if (skipped.test(full)) continue;
      if (!isFile) found.push(...this.filesIn(full));
      else if (sources.test(name) && !/\.(test|spec|d)\./.test(name)) found.push(full);
    }
    return found;
  }
}
