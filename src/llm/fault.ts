import type { ModelAttempt } from "../agent/model.ts";

export interface FaultOptions {
  /** Whether the same model may well answer when it is asked again. */
  passes?: boolean | undefined;
  /** What the server asked to wait, ms. */
  retryAfterMs?: number | undefined;
  /** What was taken all the same: `nothing` was generated, `input` was read at most, or nobody knows. */
  spent?: "nothing" | "input" | "unknown" | undefined;
}

/** A try that came to nothing, and what that means for the next one. */
export class ModelFault extends Error {
  override readonly name = "ModelFault";
  readonly outcome: Exclude<ModelAttempt["outcome"], "ok">;
  readonly passes: boolean;
  readonly retryAfterMs: number | undefined;
  readonly spent: "nothing" | "input" | "unknown";

  constructor(outcome: ModelFault["outcome"], message: string, options: FaultOptions = {}) {
    super(message);
    this.outcome = outcome;
    this.passes = options.passes ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.spent = options.spent ?? "unknown";
  }
}

const passing = new Set([408, 409, 429]);

/** A status that is no answer. Below 500 the server did nothing; from 500 on it may have read, but what it wrote never came. */
export function statusFault(status: number, said: string, retryAfterMs: number | undefined): ModelFault {
  return new ModelFault("error", `HTTP ${status}${said === "" ? "" : `: ${said}`}`, {
    passes: passing.has(status) || status >= 500,
    retryAfterMs,
    spent: status >= 500 ? "input" : "nothing",
  });
}

/** Codes of connections that never were: nothing was sent. */
const unsent = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT"]);

/** What libraries threw as the fault that it is: ours is among the causes, or it was the network. */
export function faultOf(thrown: unknown): ModelFault {
  let why = "the connection failed";
  for (let error = thrown, depth = 0; error instanceof Error && depth < 8; error = error.cause, depth += 1) {
    if (error instanceof ModelFault) return error;
    if (error instanceof SyntaxError) return new ModelFault("unparsable", "the reply is not made of JSON events");
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code === "string" && unsent.has(code)) return new ModelFault("error", `no connection (${code})`, { passes: true, spent: "nothing" });
    why = typeof code === "string" ? `the connection broke (${code})` : `the connection broke: ${error.message}`;
  }
  return new ModelFault("error", why, { passes: true });
}
