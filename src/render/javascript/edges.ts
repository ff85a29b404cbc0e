import type { Collaborator, Triage, UnitPlan } from '../../model/index.js';
import { dynamicImports, importLines, type Imports, type ImportView, writesRequire } from './imports.js';
import { keyLiteral, text } from './literals.js';

/** How a unit's tests replace the modules at the edge that the unit imports: functions of the service that send, call or queue. */
export class Edges {
  readonly list: Required<Pick<Collaborator, 'name' | 'module'>>[];

  constructor(
    { subject }: UnitPlan,
    private readonly triage: Triage,
    private readonly imports: Imports,
    /** `jest` or `vi`. */
    private readonly mocks: string,
  ) {
    this.list = subject.collaborators.flatMap(({ name, module }) => (module ? [{ name, module }] : []));
    for (const { name, module } of this.list) {
      const from = imports.specifier(module.file);
      if (isWhole(module.name)) imports.whole(from, name);
      else imports.named(from, module.name === name ? name : `${module.name} as ${name}`);
    }
  }

  /** The mock that a test gives a result and asks for its calls. */
  mock(name: string): string {
    return this.triage.language.value === 'typescript' ? `${this.mocks}.mocked(${name})` : name;
  }

  /** The head of a file: what it imports, and the modules that are replaced before the unit is loaded. */
  head(before: ImportView[]): string[] {
    const { triage, imports } = this;
    const commonjs = writesRequire(triage);
    const all = [...before, ...imports.list()];
    if (!this.list.length) return importLines(all, commonjs);
    const isOwn = ({ from }: ImportView): boolean => from.startsWith('.');
    const packages = importLines(
      all.filter((one) => !isOwn(one)),
      commonjs,
    );
    const own = all.filter(isOwn);
    const replaced = this.list.map((one) => this.replaced(one));
    // Vitest and Jest's compilers move `mock` above imports. Nothing moves it above `require` where nothing compiles, or among ES modules of Jest.
    if (this.isLoadedLater) return [...packages, '', ...replaced, '', ...withTypes(own)];
    return commonjs
      ? [...packages, '', ...replaced, '', ...importLines(own, commonjs)]
      : [...packages, ...importLines(own, commonjs), '', ...replaced];
  }

  private get isLoadedLater(): boolean {
    return this.mocks === 'jest' && this.triage.moduleSystem.value === 'esm';
  }

  private replaced({ module }: (typeof this.list)[number]): string {
    const { mocks } = this;
    const path = text(this.imports.specifier(module.file));
    const fake = `${mocks}.fn()`;
    if (module.name === '*' || (module.name === 'default' && writesRequire(this.triage)))
      return `${mocks}.mock(${path}, () => ${fake});`;
    const marker = module.name === 'default' && mocks === 'jest' && !this.isLoadedLater ? '__esModule: true, ' : '';
    const field = `${marker}${keyLiteral(module.name)}: ${fake}`;
    if (this.isLoadedLater) return `jest.unstable_mockModule(${path}, () => ({ ${field} }));`;
    if (module.isAlone) return `${mocks}.mock(${path}, () => ({ ${field} }));`;
    return mocks === 'vi'
      ? `vi.mock(${path}, async (original) => ({ ...(await original<object>()), ${field} }));`
      : `jest.mock(${path}, () => ({ ...jest.requireActual<object>(${path}), ${field} }));`;
  }
}

const isWhole = (name: string): boolean => name === 'default' || name === '*';

/** Types are imported as ever; values when the modules are in place. */
function withTypes(list: ImportView[]): string[] {
  const isType = (name: string): boolean => name.startsWith('type ');
  const types = list.flatMap(({ names, from }) => {
    const own = names.filter(isType);
    return own.length ? [{ names: own, from }] : [];
  });
  const values = list.map((one) => ({ ...one, names: one.names.filter((name) => !isType(name)) }));
  return [...importLines(types, false), ...dynamicImports(values, false)];
}
