import type { ModuleNode } from '../core/language.js';
import type { LanguageRules } from './language-rules.js';

/** How the interpreter reaches source: reading, and resolving a specifier as the language does. */
export interface ModuleHost {
  /** The lowered file; undefined if it can't be read. */
  read(file: string): ModuleNode | undefined;
  /** What a folder holds; undefined: no folder. Paths here are absolute from the service's folder, which is `/`. */
  list(folder: string): { name: string; isFile: boolean }[] | undefined;
  kind(file: string): 'file' | 'folder' | undefined;
  text(file: string): string | undefined;
  /** A file of the service, or the name of a package. Undefined: neither. */
  resolve(specifier: string, from: string): { file: string } | { module: string; within?: string[] } | undefined;
  /** A module inside of a module that is a package: `users` of `app/routers/__init__.py`. */
  submodule?(file: string, name: string): string | undefined;
  /** Modules that run before this one when it is imported: the packages that it lies in. */
  before?(file: string): string[];
  /** How the language differs; absent: JavaScript. */
  rules?: LanguageRules;
}
