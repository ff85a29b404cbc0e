import type { ClassRef, Json, Known, Made, Triage } from '../../model/index.js';
import { type Imports, moduleOf } from './imports.js';
import { keywordArguments, literal, text } from './literals.js';

/** Writes values of a unit's tests, and imports the classes that they are made of. */
export class UnitValues {
  constructor(
    private readonly imports: Imports,
    private readonly triage: Triage,
  ) {}

  name({ file, name }: ClassRef): string {
    this.imports.from(moduleOf(this.triage, file), name);
    return name;
  }

  /** A value that the test gives. */
  given(known: Known | undefined, made?: Made): string {
    return known?.kind === 'json' ? this.json(known.value, made) : this.known(known);
  }

  private json(value: Json, made: Made | undefined): string {
    if (!made) return literal(value);
    if (made.of?.isEnum) return value === null ? 'None' : `${this.name(made.of)}(${literal(value)})`;
    if (Array.isArray(value)) return `[${value.map((item) => this.json(item, made.item)).join(', ')}]`;
    if (typeof value !== 'object' || value === null) return literal(value);
    const fields = Object.entries(value).map(([name, field]): [string, string] => [
      name,
      this.json(field, made.fields?.[name] ?? made.item),
    ]);
    return made.of ? `${this.name(made.of)}(${keywordArguments(fields).join(', ')})` : dictionary(fields);
  }

  /** A value that comes out. */
  known(known: Known | undefined): string {
    switch (known?.kind) {
      case 'json':
        return literal(known.value);
      case 'number':
        return `float(${text(known.text.replace('Infinity', 'inf').toLowerCase())})`;
      case 'list':
        return sequence(
          known.items.map((item) => this.known(item)),
          known.shape,
        );
      case 'made': {
        const fields = Object.entries(known.fields).map(([name, one]): [string, string] => [name, this.known(one)]);
        return `${this.name(known.of)}(${keywordArguments(fields).join(', ')})`;
      }
      default:
        return 'None';
    }
  }

  /** The declared type of a parameter, where a test can write it: built-in names, and classes that are imported anyway. */
  type(declared: string | undefined, made?: Made): string | undefined {
    if (made?.of) return declared === made.of.name ? this.name(made.of) : undefined;
    const words = declared?.match(/[A-Za-z_][\w.]*/g) ?? [];
    return words.length && words.every((word) => builtIn.has(word)) ? declared : undefined;
  }
}

const builtIn = new Set(['str', 'int', 'float', 'bool', 'list', 'dict', 'tuple', 'None']);

function sequence(items: string[], shape: 'tuple' | 'set' | undefined): string {
  if (shape === 'tuple') return items.length === 1 ? `(${items.join()},)` : `(${items.join(', ')})`;
  if (shape === 'set') return items.length ? `{${items.join(', ')}}` : 'set()';
  return `[${items.join(', ')}]`;
}

const dictionary = (fields: [string, string][]): string =>
  `{${fields.map(([name, code]) => `${text(name)}: ${code}`).join(', ')}}`;
