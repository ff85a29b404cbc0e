import type { Gap, Subject, Unit } from '../../model/index.js';
import type { ModuleHost } from '../interpreter/module-host.js';
import { Dependencies } from './dependencies.js';
import { edgesOf } from './edges.js';
import { exchangeOf } from './exchange.js';
import { type Located, unitNamed, unitsOf } from './locate.js';
import { Origins } from './origins.js';
import { Registrations } from './registrations.js';
import type { Types } from '../typescript/types.js';
import { type PackageFamilies, Roles } from './roles.js';
import { subjectOf } from './subject.js';

/** Reads single units of a service: what they lean on, what they do with a request, who calls them. Runs nothing of it. */
export class UnitReader {
  private readonly origins: Origins;
  private readonly roles: Roles;
  private readonly dependencies: Dependencies;
  private readonly registrations: Registrations;

  constructor(
    private readonly host: ModuleHost,
    families: PackageFamilies,
  ) {
    this.origins = new Origins(host);
    this.roles = new Roles(this.origins, families);
    this.dependencies = new Dependencies(this.origins, this.roles);
    this.registrations = new Registrations(this.origins, this.roles);
  }

  /** All named units of a file; empty: none, or it cannot be read. */
  ofFile(file: string): Unit[] {
    return unitsOf(file, this.origins).map((one) => this.read(one));
  }

  /** Undefined: the file has no such unit. */
  named(name: string, file: string): Unit | undefined {
    const found = unitNamed(name, file, this.origins);
    return found && this.read(found);
  }

  /** The methods of a class, each a unit of its own; of anything else the unit itself. */
  parts(unit: Unit): Unit[] {
    const found = unitNamed(unit.name, unit.file, this.origins);
    const [own] = found?.functions ?? [];
    if (!found || !own?.cls || unit.name !== own.cls.name) return [unit];
    const names = found.functions.map(({ name }) => name).filter((name) => !name.endsWith('.constructor'));
    return names.flatMap((name) => this.named(name, unit.file) ?? []);
  }

  /** The unit as something that a test can call; a gap: it can't be. Undefined: the file has no such unit. */
  subject(name: string, file: string, types: Types | undefined): Subject | Gap | undefined {
    const found = unitNamed(name, file, this.origins);
    const unit = found && this.read(found);
    const [own] = found?.functions ?? [];
    return unit && subjectOf(found, unit, this.host, types, own ? edgesOf(own, unit, this.origins) : []);
  }

  private read(located: Located): Unit {
    const { file, name } = located;
    const [first] = located.functions;
    const exchanges = located.functions.map((own) =>
      exchangeOf(own, this.origins, this.roles, located.functions.length === 1 ? located.decorators : []),
    );
    return {
      id: file.endsWith('.py') ? `${file}::${name}` : `${file}#${name}`,
      name,
      file,
      source: located.source,
      exchange: exchanges.find((one) => one.answers ?? one.registers ?? one.refuses ?? one.passes) ??
        exchanges[0] ?? { isErrorHandler: false },
      registrations: first ? this.registrations.of(located) : [],
      dependencies: this.dependencies.of(located.functions),
    };
  }
}
