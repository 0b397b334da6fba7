/** How `moda` ends, for scripts; `moda --help` prints this table. `moda hook` always ends with 0. */

export const EXIT_CODES = {
  OK: { code: 0, meaning: 'done' },
  FAILED: { code: 1, meaning: 'something did not work; for doctor and status: a check failed' },
  USAGE: { code: 2, meaning: 'unknown command or option' },
  KEY: { code: 3, meaning: 'no API key, or the server refused it' },
  UNREACHABLE: { code: 4, meaning: 'the server does not answer' },
  FILE: { code: 5, meaning: 'a settings file is broken or read-only, or its agent too old, and was left untouched' },
  NEEDS_TERMINAL: { code: 6, meaning: 'a question would have to be asked and there is no terminal; use --yes' },
  CANCELLED: { code: 130, meaning: 'cancelled' },
} as const;

export type ExitName = keyof typeof EXIT_CODES;

/** Ends a command with one line on stderr and an exit code. The message holds no key. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exit: ExitName;
  /** What mends it, where that is more than the message says. */
  readonly mend: string | undefined;

  constructor(exit: ExitName, message: string, mend?: string) {
    super(message);
    this.exit = exit;
    this.mend = mend;
  }
}
