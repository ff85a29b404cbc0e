/** How a text report is laid out. */
export interface PageStyle {
  colour: boolean;
  /** Columns, at least 40. */
  width: number;
}

export type Tone = 'title' | 'good' | 'bad' | 'faint';

const CODES: Record<Tone, number> = { title: 1, good: 32, bad: 31, faint: 2 };

/** Lays out lines to a width; colours are added after measuring. */
export class Page {
  private readonly lines: string[] = [];
  private readonly width: number;

  constructor(private readonly style: PageStyle) {
    this.width = Math.max(40, style.width);
  }

  section(title: string, note = ''): void {
    if (this.lines.length > 0) this.lines.push('');
    this.lines.push(this.tone('title', title) + (note === '' ? '' : this.tone('faint', `  ${note}`)));
  }

  /** Wrapped at spaces; following lines are indented two more. */
  line(text: string, tone?: Tone): void {
    for (const each of wrapped(`  ${text}`, this.width))
      this.lines.push(tone === undefined ? each : this.tone(tone, each));
  }

  /** As it is: commands are copied, so they must not be broken. */
  verbatim(text: string): void {
    this.lines.push(`    ${text}`);
  }

  /** First column to the left, the others to the right, except where a row holds text in them. */
  table(head: string[], rows: string[][]): void {
    const all = [head, ...rows];
    const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
    const others = widths.slice(1).reduce((sum, width) => sum + width + 2, 0);
    const first = Math.max(12, Math.min(widths[0] ?? 0, this.width - 2 - others));
    for (const [index, row] of all.entries()) {
      const cells = row.map((cell, column) =>
        column === 0 ? clipped(cell, first).padEnd(first) : cell.padStart(widths[column] ?? 0),
      );
      const text = `  ${cells.join('  ')}`.trimEnd();
      this.lines.push(index === 0 ? this.tone('faint', text) : text);
    }
  }

  toString(): string {
    return `${this.lines.join('\n')}\n`;
  }

  private tone(tone: Tone, text: string): string {
    return this.style.colour ? `\u001B[${String(CODES[tone])}m${text}\u001B[0m` : text;
  }
}

export function counted(number: number, noun: string, plural = `${noun}s`): string {
  return `${String(number)} ${number === 1 ? noun : plural}`;
}

function clipped(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

// Runs of spaces are kept within a line: they align columns.
function wrapped(text: string, width: number): string[] {
  const indent = /^ */.exec(text)?.[0] ?? '';
  const lines: string[] = [];
  let current = indent;
  for (const [piece] of text.trim().matchAll(/\S+ */g)) {
    if (current.trim() !== '' && current.length + piece.trimEnd().length > width) {
      lines.push(current.trimEnd());
      current = `${indent}  `;
    }
    current += piece;
  }
  return [...lines, current];
}
