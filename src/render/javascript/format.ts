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
  return prettier.format(text, { ...(own ?? ours), filepath: file, ...(inferredParser ? {} : { parser: 'yaml' }) });
}

/** Templates are written once, in TypeScript; a JavaScript service gets them without types. */
export const withoutTypes = (text: string): string =>
  transform(text, { transforms: ['typescript'], disableESTransforms: true, keepUnusedImports: true }).code;
