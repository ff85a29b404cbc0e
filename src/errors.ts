/** The caller's mistake, or something missing in the environment. Nothing has been written. Exit code 2. */
export class UserError extends Error {
  readonly exitCode = 2;
  constructor(
    /** Permanent name, e.g. `no-package-json`. */
    readonly code: string,
    message: string,
    /** What to do about it. */
    readonly hint: string,
  ) {
    super(message);
  }
}

/** The user stopped the run. Exit code 130. */
export class Interrupted extends Error {
  readonly exitCode = 130;
  constructor() {
    super('Stopped. Nothing was left half-written.');
  }
}

/** One line what, one line what to do. */
export function describeError(error: unknown): string {
  if (error instanceof UserError) return `backend-test: ${error.message}\n  ${error.hint} [${error.code}]\n`;
  if (error instanceof Interrupted) return `backend-test: ${error.message}\n`;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `backend-test: an error of our own, please report it.\n${text}\n`;
}
