import type { Catalog } from '../../catalog.js';
import { type Span } from '../../core/language.js';
import type { Interpreter } from '../../interpreter/interpreter.js';
import type { Library } from '../../interpreter/library.js';
import { promised } from '../../interpreter/promises.js';
import { type Symbolic, type Value } from '../../interpreter/values.js';
import { type ActiveRecords, activeRecords } from '../active-records.js';
import { DocumentHost } from '../model.js';
import { act, rowVerbs, save, verbs } from './actions.js';
import { built } from './builder.js';
import { DataSources, inTransaction, isManager, isOurs } from './data-sources.js';
import { Entities } from './entities.js';

/** TypeORM 0.2 and 0.3: repositories, the entity manager, active records, its query builder. */
export function typeorm(catalog: Catalog): Library {
  return new TypeOrm(catalog).library();
}

class TypeOrm {
  private readonly sources: DataSources;
  private readonly entities: Entities;

  constructor(catalog: Catalog) {
    this.sources = new DataSources(catalog);
    this.entities = new Entities(catalog, this.sources);
  }

  library(): Library {
    const records: ActiveRecords = {
      name: 'typeorm',
      verbs,
      rowVerbs,
      modelOf: (value) => this.entities.repositoryOf(value)?.model,
      modelFor: (entity) => this.entities.named(entity),
    };
    const active = activeRecords(records);
    return {
      ...active,
      call: (callee, call) => {
        const { origin } = callee;
        const { interpreter, args, span } = call;
        this.notes(callee, args, interpreter, span);
        if (!interpreter.path) return undefined;
        if (
          origin.kind === 'external' &&
          origin.module === 'typeorm' &&
          call.self.type === 'class' &&
          origin.path[0] === 'BaseEntity'
        ) {
          const model = this.entities.modelOfClass(call.self, span);
          return model && act(model, origin.path.at(-1) ?? '', args, interpreter, span);
        }
        if (origin.kind !== 'member') return active.call?.(callee, call);
        if (origin.key === 'transaction' && isOurs(origin.of)) return inTransaction(origin.of, interpreter, args, span);
        const found = this.entities.repositoryOf(origin.of, interpreter);
        if (found) return act(found.model, origin.key, args, interpreter, span);
        const manager =
          isManager(origin.of) && args[0]?.type === 'class' ? this.entities.modelOfClass(args[0], span) : undefined;
        if (manager) return act(manager, origin.key, args.slice(1), interpreter, span);
        return active.call?.(callee, call);
      },
      settle: (value, interpreter, span) => {
        if (!interpreter.path || value.origin.kind !== 'call') return undefined;
        return built(this.entities, value, interpreter, value.origin.span ?? span);
      },
      method: (of, name, call) => {
        if (of.host instanceof DocumentHost && of.cls && name === 'save' && call.interpreter.path)
          return promised(call.interpreter, call.span, () =>
            save((of.host as DocumentHost).model, of, call.interpreter, call.span),
          );
        if (of.cls && name === 'save' && call.interpreter.path) {
          const model = this.entities.ofInstance(of.cls, call.span);
          if (model) return promised(call.interpreter, call.span, () => save(model, of, call.interpreter, call.span));
        }
        return undefined;
      },
    };
  }

  /** Data sources, and where they are opened. */
  private notes(callee: Symbolic, args: Value[], interpreter: Interpreter, span: Span): void {
    const { origin } = callee;
    const name = origin.kind === 'external' && origin.module === 'typeorm' ? origin.path.at(-1) : undefined;
    if (name === 'createConnection' || name === 'createConnections')
      this.sources.opens(undefined, args[0], interpreter, span);
    if (origin.kind === 'member' && origin.key === 'initialize' && isOurs(origin.of))
      this.sources.opens(origin.of, undefined, interpreter, span);
    if (origin.kind === 'member' && origin.key === 'runMigrations' && isOurs(origin.of) && interpreter.loading)
      this.sources.migrates();
  }
}
