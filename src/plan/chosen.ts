import picomatch from 'picomatch';
import type { Operation } from '../model/index.js';

/** The operation is among those that `--only` names, a glob over `METHOD /path`; without it, all are. */
export const isChosen = (operation: Pick<Operation, 'method' | 'path'>, only: string | undefined): boolean => {
  if (only === undefined) return true;
  const [method, path] = only.includes(' ') ? [only.split(' ')[0], only.split(' ').slice(1).join(' ')] : ['*', only];
  return (
    picomatch.isMatch(operation.method, method ?? '*') &&
    (path === operation.path ||
      picomatch.isMatch(operation.path, (path ?? '**').replace(/[{}]/g, '\\$&').replace(/([^*])\*$/, '$1**'), {
        bash: true,
      }))
  );
};
