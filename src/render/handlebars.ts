import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import Handlebars from 'handlebars';

/** The package's `templates/`, from sources and from `dist/` alike. */
function templateFolder(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (path.basename(folder) !== 'src') folder = path.dirname(folder);
  const up = path.dirname(folder);
  return path.join(path.basename(up) === 'dist' ? path.dirname(up) : up, 'templates');
}

let engine: typeof Handlebars | undefined;

/** Our own Handlebars, without HTML escaping. Each template is also a partial, by the name `folder/name`. */
function handlebars(): typeof Handlebars {
  if (engine) return engine;
  engine = Handlebars.create();
  for (const folder of readdirSync(templateFolder()))
    for (const file of readdirSync(path.join(templateFolder(), folder)))
      if (file.endsWith('.hbs')) engine.registerPartial(`${folder}/${file.slice(0, -4)}`, read(folder, file));
  return engine;
}

const read = (folder: string, file: string): string => readFileSync(path.join(templateFolder(), folder, file), 'utf8');

/** Prints a view through `templates/<folder>/<name>.hbs`. */
export function print(folder: string, name: string, view: object): string {
  return handlebars().compile(read(folder, `${name}.hbs`), { noEscape: true })(view);
}
