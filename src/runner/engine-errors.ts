import { AgentctlError, messageOf } from "../base/errors.ts";

/** What went wrong at the engine, in our words. `doing` completes "while …". */
export function engineError(thrown: unknown, doing: string, image?: string): AgentctlError {
  if (thrown instanceof AgentctlError) return thrown;
  const status = statusOf(thrown);
  const message = messageOf(thrown).trim();
  if (status === 404 && /no such image/i.test(message)) {
    return new AgentctlError("runner/no-image", `the engine has no image ${image ?? ""}`.trim(), { hint: "agentctl runner build", cause: thrown });
  }
  if (status === undefined) {
    return new AgentctlError("runner/engine-lost", `the container engine went away while ${doing} (${message})`, { hint: "agentctl doctor", cause: thrown });
  }
  return new AgentctlError("runner/engine-refused", `the container engine answered ${status} while ${doing}: ${message}`, {
    hint: "agentctl doctor",
    cause: thrown,
  });
}

/** The HTTP status of an engine's refusal; undefined when there was no answer. */
export function statusOf(thrown: unknown): number | undefined {
  const status = typeof thrown === "object" && thrown !== null && "statusCode" in thrown ? thrown.statusCode : undefined;
  return typeof status === "number" ? status : undefined;
}
