import { StringDecoder } from "node:string_decoder";
import { stripVTControlCharacters } from "node:util";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { engineError } from "./engine-errors.ts";

/** What the engine says while it builds, pulls or imports. */
export interface EngineEvent {
  stream?: string;
  status?: string;
  id?: string;
  progress?: string;
  error?: string;
  aux?: { ID?: string };
}

/**
 * The events of a long answer, one JSON object a line. Ends with the answer; an abort, or silence for longer than `silenceMs`, ends the work at the engine too.
 * Errors: `runner/cancelled` (exit interrupted), `runner/engine-silent`, `runner/engine-lost`. An event with `error` is handed on, not thrown.
 */
export async function* engineEvents(
  stream: NodeJS.ReadableStream,
  doing: string,
  options: { signal?: AbortSignal | undefined; silenceMs?: number } = {},
): AsyncGenerator<EngineEvent> {
  const { signal, silenceMs } = options;
  const end = (error: Error): void => (stream as NodeJS.ReadableStream & { destroy(error: Error): void }).destroy(error);
  const cancel = (): void => end(cancelled(doing));
  const silent = (): void => end(new AgentctlError("runner/engine-silent", `nothing was heard for ${(silenceMs ?? 0) / 1000} s while ${doing}`));
  let timer = silenceMs === undefined ? undefined : setTimeout(silent, silenceMs);
  signal?.addEventListener("abort", cancel, { once: true });
  const decoder = new StringDecoder("utf8");
  let rest = "";
  try {
    if (signal?.aborted === true) throw cancelled(doing);
    for await (const chunk of stream) {
      timer = timer?.refresh();
      const lines = (rest + decoder.write(chunk)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line.trim() !== "") yield JSON.parse(line) as EngineEvent;
    }
    if (rest.trim() !== "") yield JSON.parse(rest) as EngineEvent;
  } catch (thrown) {
    throw signal?.aborted === true ? cancelled(doing) : engineError(thrown, doing);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", cancel);
  }
}

/** The text of an event as plain lines, without colours and what only moves on a terminal. */
export function eventLines(event: EngineEvent): string[] {
  if (event.progress !== undefined) return [];
  const text = event.stream ?? (event.status === undefined ? "" : `${event.id === undefined ? "" : `${event.id}: `}${event.status}`);
  return stripVTControlCharacters(text)
    .split(/[\r\n]+/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== "");
}

/** Somebody stopped it; `doing` completes "while …". */
export function cancelled(doing: string): AgentctlError {
  return new AgentctlError("runner/cancelled", `stopped while ${doing}`, { exit: "interrupted" });
}

/** An engine's refusal as one line, without the client's preamble. */
export function firstLine(thrown: unknown): string {
  const line = messageOf(thrown).trim().split("\n")[0] ?? "";
  return line.replace(/^\(HTTP code \d+\) [^-]*- /, "");
}
