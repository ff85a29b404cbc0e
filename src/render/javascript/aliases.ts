import type { Alias, Triage } from '../../model/index.js';
import { text as quote } from './literals.js';

/**
 * Of `@/*` → `src/*`: what Jest's configuration maps, from a regular expression to files, and where it looks for modules, as code.
 * `.js` of TypeScript's ES modules is no part of a file's name.
 */
export function jestAliases({ aliases, moduleSystem, language }: Triage): {
  mapped: { from: string; to: string }[];
  roots: string[];
} {
  const written = moduleSystem.value === 'esm' && language.value === 'typescript' ? '(?:\\.js)?' : '';
  const [mapped, roots] = divided(aliases?.value ?? []);
  return {
    mapped: mapped.map(({ pattern, targets }) => {
      const places = targets.map((target) => quote(`<rootDir>/${target.replace('*', '$1')}`));
      const code = places.length > 1 ? `[${places.join(', ')}]` : (places[0] ?? '[]');
      return {
        from: quote(expression(pattern, pattern.endsWith('*') && written ? `(.*?)${written}` : '(.*)')),
        to: code,
      };
    }),
    roots: roots.map((folder) => quote(folder ? `<rootDir>/${folder}` : '<rootDir>')),
  };
}

/** The same for Vite, which has no place for `baseUrl`; the first of several targets. */
export function viteAliases({ aliases }: Triage): { find: string; replacement: string }[] {
  return divided(aliases?.value ?? [])[0].map(({ pattern, targets: [target = ''] }) => ({
    find: `/${expression(pattern, '(.*)').replaceAll('/', '\\/')}/`,
    replacement: quote(`./${target.replace('*', '$1')}`),
  }));
}

/** The folder of `*` is one where modules are looked for. */
function divided(aliases: Alias[]): [Alias[], string[]] {
  const isRoot = ({ pattern }: Alias): boolean => pattern === '*';
  return [
    aliases.filter((alias) => !isRoot(alias)),
    aliases.filter(isRoot).flatMap(({ targets }) => targets.map((target) => target.replace(/\/?\*$/, ''))),
  ];
}

const expression = (pattern: string, star: string): string =>
  `^${pattern.replace(/[\\^$.+?()[\]{}|]/g, '\\$&').replace('*', star)}$`;
