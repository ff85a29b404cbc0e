import { createRequire } from 'node:module';
import path from 'node:path';
import * as prettier from 'prettier';
import { transform } from 'sucrase';
import type { Triage } from '../../model/index.js';

/** Formats as the service's own prettier does; without one, as the service seems to write. */
export async function format(text: string, file: string, triage: Triage): Promise<string> {
  const own = await prettier.resolveConfig(path.join(triage.root, file), { editorconfig: true });
  const style = triage.style.value;
  const ours = { singleQuote: style.quotes === 'single', semi: style.semicolons, printWidth: 100 };
  // `.taprc` and its like are YAML.
  const { inferredParser } = await prettier.getFileInfo(file);
  const { plugins, ...options }: prettier.Options = own ?? ours;
  const all = { ...options, filepath: file, ...(inferredParser ? {} : { parser: 'yaml' }) };
  try {
    return await prettier.format(text, {
      ...all,
      plugins: (plugins ?? []).map((plugin) => located(plugin, triage.root)),
    });
  } catch (error) {
    // A plugin that is not installed, or that was written for another prettier.
    if (!plugins?.length) throw error;
    return prettier.format(text, all);
  }
}

/** A plugin that the service's configuration names, from where the service finds it. */
function located(plugin: string | URL | prettier.Plugin, root: string): string | URL | prettier.Plugin {
  if (typeof plugin !== 'string') return plugin;
  return createRequire(path.join(root, 'package.json')).resolve(plugin);
}

/** Templates are written once, in TypeScript; a JavaScript service gets them without types. */
export const withoutTypes = (text: string): string =>
  transform(text, { transforms: ['typescript'], disableESTransforms: true, keepUnusedImports: true }).code;

/** The text without short names for types that nothing in it uses: strict compilers refuse them. */
export const withoutUnusedTypes = (text: string): string =>
  text.replace(/^type (\w+) = .*;\n/gm, (line, name: string) =>
    (text.match(new RegExp(`\\b${name}\\b`, 'g'))?.length ?? 0) > 1 ? line : '',
  );
