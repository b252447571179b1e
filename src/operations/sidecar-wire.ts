import type { Socket } from "node:net";
import { AgentctlError, exitCodes, messageOf, type ExitName } from "../base/errors.ts";
import { isMapping } from "../base/mapping.ts";

/** One line of JSON to the keeper of a sidecar, one back. */
export type SidecarRequest = { op: "exec"; code: string; timeoutMs?: number; reset?: boolean } | { op: "status" } | { op: "reset" } | { op: "stop" };

export type SidecarAnswer = { ok: true; value: unknown } | { ok: false; code: string; message: string; hint?: string; exit: ExitName };

export const requestBytesMax = 2 * 1024 * 1024;
export const answerBytesMax = 256 * 1024 * 1024;

/** The next line that comes; undefined when the other side ends before it, or sends more than `bytesMax`. */
export function readLine(socket: Socket, bytesMax: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const pieces: Buffer[] = [];
  let size = 0;
  const hear = (piece: Buffer): void => {
    const end = piece.indexOf(0x0a);
    pieces.push(end < 0 ? piece : piece.subarray(0, end));
    size += piece.length;
    if (size > bytesMax) return done(undefined);
    if (end >= 0) done(Buffer.concat(pieces).toString("utf8"));
  };
  const done = (line: string | undefined): void => {
    socket.off("data", hear);
    resolve(line);
  };
  socket.on("data", hear);
  for (const event of ["end", "close", "error"]) socket.once(event, () => done(undefined));
  return promise;
}

/** Undefined for what is no request. */
export function parseRequest(line: string): SidecarRequest | undefined {
  const value = parsed(line);
  if (value?.["op"] === "status" || value?.["op"] === "reset" || value?.["op"] === "stop") return { op: value["op"] };
  if (value?.["op"] !== "exec" || typeof value["code"] !== "string") return undefined;
  const { code, timeoutMs, reset } = value;
  const isTime = typeof timeoutMs === "number" && timeoutMs >= 1 && timeoutMs <= 86_400_000;
  return { op: "exec", code, ...(isTime && { timeoutMs }), ...(reset === true && { reset }) };
}

export function parseAnswer(line: string): SidecarAnswer | undefined {
  const value = parsed(line);
  if (value?.["ok"] === true) return { ok: true, value: value["value"] };
  if (value?.["ok"] !== false || typeof value["code"] !== "string" || typeof value["message"] !== "string") return undefined;
  const exit = Object.keys(exitCodes).includes(String(value["exit"])) ? (value["exit"] as ExitName) : "failed";
  return { ok: false, code: value["code"], message: value["message"], exit, ...(typeof value["hint"] === "string" && { hint: value["hint"] }) };
}

/** What was thrown, for the other side. */
export function faultOf(thrown: unknown): SidecarAnswer {
  if (!(thrown instanceof AgentctlError)) return { ok: false, code: "base/bug", message: messageOf(thrown), exit: "failed" };
  const { code, message, hint, exit } = thrown;
  return { ok: false, code, message, exit, ...(hint !== undefined && { hint }) };
}

function parsed(line: string): { [name: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isMapping(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
