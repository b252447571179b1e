/**
 * The one error this product throws on purpose, and the exit codes its doors answer with.
 * "No" (a denial, a limit reached, a failed gate) is a value, not an error; an error is a thing that could not be done.
 */

export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  denied: 3,
  unauthenticated: 4,
  budget: 5,
  findings: 6,
  verification: 7,
  waiting: 8,
  halted: 9,
  timeout: 124,
  interrupted: 130,
} as const;

export type ExitName = keyof typeof exitCodes;

export interface AgentctlErrorOptions {
  /** What to do next: a command to run, or the edit to make. */
  hint?: string | undefined;
  /** How the process ends when this error reaches a door; `failed` when not given. */
  exit?: ExitName;
  cause?: unknown;
  /** Machine-readable particulars, printed by `--json`. */
  details?: unknown;
}

/** `code` is `room/what-happened` and stable; `message` is lower case, without a full stop, and names the thing and what was found. */
export class AgentctlError extends Error {
  override readonly name = "AgentctlError";
  readonly code: string;
  readonly hint: string | undefined;
  readonly exit: ExitName;
  readonly details: unknown;

  constructor(code: `${string}/${string}`, message: string, options: AgentctlErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.exit = options.exit ?? "failed";
    this.details = options.details;
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
