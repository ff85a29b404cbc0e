import { format as ruff } from '@wasm-fmt/ruff_fmt';
import type { Triage } from '../../model/index.js';

/**
 * Formats as ruff and black do, in the service's own line length and quotes.
 * @throws Error where the text is no valid Python: nothing like that is ever written
 */
export function format(text: string, file: string, triage: Triage): string {
  const style = triage.style.value;
  try {
    return ruff(text, file, {
      indent_style: 'space',
      indent_width: 4,
      line_width: style.lineLength ?? 88,
      quote_style: style.quotes,
      magic_trailing_comma: 'respect',
    });
  } catch (error) {
    throw new Error(`${file} would be no valid Python: ${String(error)}`, { cause: error });
  }
}
