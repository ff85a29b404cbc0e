export type RefusalCode =
  'unsafe-path' | 'not-writable' | 'changed-meanwhile' | 'package-edit' | 'manifest' | 'stopped' | 'failed';

/** Nothing was written: the path, and what to do about it. */
export class WriteRefused extends Error {
  override readonly name = 'WriteRefused';

  constructor(
    readonly code: RefusalCode,
    readonly path: string,
    message: string,
    readonly hint: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The operating system's code (`EACCES`), if the error has one. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

const PERMISSION = new Set(['EACCES', 'EPERM', 'EROFS']);

/** Turns whatever writing threw into a refusal that names the path. */
export function asRefusal(error: unknown, path: string): WriteRefused {
  if (error instanceof WriteRefused) return error;
  const code = systemCode(error);
  if (code !== undefined && PERMISSION.has(code)) {
    return new WriteRefused(
      'not-writable',
      path,
      `${path}: no permission to write here`,
      'Give yourself write permission, or name another folder with --out.',
      { cause: error },
    );
  }
  const text = error instanceof Error ? error.message : String(error);
  return new WriteRefused('failed', path, `${path}: ${text}`, 'Everything was put back as it was.', { cause: error });
}
