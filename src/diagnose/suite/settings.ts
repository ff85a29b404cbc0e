import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Runner } from '../../model/index.js';
import { Source } from './source.js';
import { exportedValue, isRecord, type StaticRecord, type StaticValue } from './static-value.js';

/** A script of package.json that starts the runner. */
export interface Script {
  name: string;
  command: string;
  line: number;
}

interface Place {
  file: string;
  line: number;
}

/** The runner's configuration and the command lines that start it, as far as their text says. */
export class Settings {
  constructor(
    readonly runner: Runner,
    readonly scripts: Script[],
    /** Absent: no configuration file was found. */
    readonly source: Source | undefined,
    private readonly record: StaticRecord,
  ) {}

  /** Value at a dotted key, in the configuration itself or in one of its projects. */
  value(key: string): StaticValue {
    return this.field(key)?.value;
  }

  place(key: string): Place | undefined {
    const found = this.field(key);
    return found && this.source ? { file: this.source.file, line: this.source.line(found.node) } : undefined;
  }

  node(key: string): StaticRecord['fields'] extends Map<string, infer F> ? F | undefined : never {
    return this.field(key);
  }

  /** `maybe`: something in the configuration could not be read. */
  isOn(key: string): 'yes' | 'no' | 'maybe' {
    const { value } = this.field(key) ?? {};
    if (value === true) return 'yes';
    if (this.scripts.some(({ command }) => new RegExp(`--${key}\\b(?!=false)`).test(command))) return 'yes';
    return value === undefined && (this.open || this.field(key)) ? 'maybe' : 'no';
  }

  get open(): boolean {
    return (
      this.sections().some((one) => one.open) ||
      (this.runner === 'jest' &&
        this.record.fields.has('preset') &&
        !/^(ts-jest|@shelf)/.test(String(this.value('preset'))))
    );
  }

  /** The object literal where a key would be added. */
  get section(): StaticRecord | undefined {
    const [first] = this.sections();
    return first;
  }

  strings(key: string): string[] {
    return this.sections().flatMap((section) => {
      const value = section.fields.get(key)?.value;
      return (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string');
    });
  }

  /** A flag on one of the command lines. */
  flag(pattern: RegExp): Script | undefined {
    return this.scripts.find(({ command }) => pattern.test(command));
  }

  /** Test files run one after the other. */
  get serial(): boolean {
    const one = (key: string): boolean => [1, '1', true].includes(this.value(key) as number);
    if (this.runner === 'jest')
      return one('maxWorkers') || this.flag(/(^|\s)(-i|--runInBand|-w[= ]1|--maxWorkers[= ]1)\b/) !== undefined;
    if (this.runner === 'vitest')
      return (
        this.value('fileParallelism') === false ||
        ['maxWorkers', 'poolOptions.forks.singleFork', 'poolOptions.threads.singleThread', 'singleThread'].some(one) ||
        this.flag(
          /--no-file-parallelism|--fileParallelism=false|--maxWorkers[= ]1\b|--single-?(thread|fork)|--poolOptions\.\w+\.single/i,
        ) !== undefined
      );
    return this.flag(/--test-concurrency[= ]1\b/) !== undefined;
  }

  private field(key: string): { value: StaticValue; node: import('ts-morph').ts.Node } | undefined {
    for (const section of this.sections()) {
      const found = fieldAt(section, key.split('.'));
      if (found) return found;
    }
    return undefined;
  }

  private sections(): StaticRecord[] {
    const [own, projects] = this.parts();
    return own ? [own, ...projects] : this.record.open ? [this.record] : [];
  }

  /** The lists of the configuration, or those of each of its projects; what a project does not say it has from the whole. */
  lists(keys: string[]): Map<string, string[]>[] {
    const [own, projects] = this.parts();
    const read = (record: StaticRecord | undefined, key: string): string[] | undefined => {
      const value = record?.fields.get(key)?.value;
      return value === undefined
        ? undefined
        : (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');
    };
    return (projects.length ? projects : [own]).map(
      (project) => new Map(keys.map((key) => [key, read(project, key) ?? read(own, key) ?? []])),
    );
  }

  private parts(): [StaticRecord | undefined, StaticRecord[]] {
    const own = this.runner === 'vitest' ? this.record.fields.get('test')?.value : this.record;
    if (!isRecord(own)) return [undefined, []];
    const projects = own.fields.get('projects')?.value;
    const inner = (Array.isArray(projects) ? projects : []).filter(isRecord);
    return [own, inner.map((one) => (this.runner === 'vitest' ? one.fields.get('test')?.value : one)).filter(isRecord)];
  }
}

function fieldAt(record: StaticRecord, [head = '', ...rest]: string[]): ReturnType<StaticRecord['fields']['get']> {
  const found = record.fields.get(head);
  if (!rest.length || !found) return found;
  return isRecord(found.value) ? fieldAt(found.value, rest) : undefined;
}

const files: Record<'jest' | 'vitest', string[]> = {
  jest: ['jest.config'],
  vitest: ['vitest.config', 'vite.config'],
};
const endings = ['.ts', '.js', '.mjs', '.cjs', '.mts', '.cts', '.json'];

/** Reads what configures a runner in a folder; its code is not run. */
export function readSettings(root: string, runner: 'jest' | 'vitest' | 'node:test', scripts: Script[]): Settings {
  const empty: StaticRecord = { fields: new Map(), open: false };
  if (runner === 'node:test') return new Settings(runner, scripts, undefined, empty);
  const given = scripts
    .map(({ command }) => /(?:--config|-c)[= ](\S+)/.exec(command)?.[1])
    .filter((one) => one !== undefined);
  const named = [...given, ...files[runner].flatMap((name) => endings.map((ending) => name + ending))];
  const file = named.find((name) => existsSync(path.join(root, name)));
  const source = file === undefined ? undefined : Source.read(root, path.posix.normalize(file));
  if (source) {
    const value = exportedValue(source);
    return new Settings(runner, scripts, source, isRecord(value) ? value : { ...empty, open: true });
  }
  if (runner === 'jest') {
    const manifest = Source.read(root, 'package.json');
    const value = manifest && exportedValue(manifest);
    const own = isRecord(value) ? value.fields.get('jest')?.value : undefined;
    if (isRecord(own)) return new Settings(runner, scripts, manifest, own);
  }
  return new Settings(runner, scripts, undefined, empty);
}

/** The scripts of package.json whose command matches, with their lines. */
export function scriptsOf(root: string, pattern: RegExp): Script[] {
  try {
    const text = readFileSync(path.join(root, 'package.json'), 'utf8');
    const scripts = (JSON.parse(text) as { scripts?: Record<string, string> }).scripts ?? {};
    const lines = text.split('\n');
    return Object.entries(scripts)
      .filter(([, command]) => pattern.test(command))
      .map(([name, command]) => ({
        name,
        command,
        line: lines.findIndex((line) => line.includes(`"${name}":`)) + 1 || 1,
      }));
  } catch {
    return [];
  }
}
