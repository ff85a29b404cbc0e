import { readFileSync } from 'node:fs';

/** A fenced block of a page. */
export interface Block {
  language: string;
  text: string;
  /** 1-based line of the page. */
  line: number;
  /** The heading under which it stands. */
  anchor: string;
}

export function blocksOf(page: string): Block[] {
  const text = readFileSync(page, 'utf8');
  return [...text.matchAll(/```(\w*)\n([\s\S]*?)```/g)].map(({ 1: language = '', 2: block = '', index }) => {
    const before = text.slice(0, index);
    return {
      language,
      text: block,
      line: before.split('\n').length,
      anchor: [...before.matchAll(/^#{2,4} (.+)$/gm)].at(-1)?.[1] ?? '',
    };
  });
}

/** How a formatter breaks lines and quotes is no part of what is said. */
const plain = (text: string): string =>
  text
    .replace(/\s+/g, '')
    .replace(/,([)\]}])/g, '$1')
    .replaceAll('"', "'");

/** The block stands in one of these texts; a comment of three dots leaves something out. */
export function isExcerpt(block: string, texts: string[]): boolean {
  const parts = block
    .split(/^ *(?:\/\/|#) …$/m)
    .map(plain)
    .filter((part) => part !== '');
  return texts.map(plain).some((text) => {
    let from = 0;
    return parts.every((part) => {
      const index = text.indexOf(part, from);
      from = index + part.length;
      return index >= 0;
    });
  });
}
