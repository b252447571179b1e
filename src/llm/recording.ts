import { appendFileSync, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Model, ModelAnswer, ModelRequest } from "../agent/model.ts";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { readCassette, type CassetteEntry } from "./cassette.ts";
import { requestMarks } from "./normalise.ts";

/**
 * Makes sure that answers can be written into a cassette before any is paid for. Errors (exit usage): `llm/unwritable-cassette`, and those of reading one
 * that is there.
 */
export function requireCassette(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    appendFileSync(file, "", { mode: 0o600 });
  } catch (cause) {
    throw new AgentctlError("llm/unwritable-cassette", `the cassette ${file} cannot be written: ${messageOf(cause)}`, {
      hint: "--record FILE, in a folder that you may write",
      exit: "usage",
      cause,
    });
  }
  if (statSync(file).size > 0) readCassette(file);
}

/** How many answers a cassette has in each lane; shared by all who write into one at once. */
export function lanesOf(file: string): Map<string, number> {
  const lanes = existsSync(file) ? readCassette(file) : new Map<string, CassetteEntry[]>();
  return new Map([...lanes].map(([lane, entries]) => [lane, entries.length]));
}

/**
 * A model whose answers are written into a cassette as they come; a cassette that is there goes on. What was no answer is not recorded. A cassette holds what
 * models were told only as digests, and what they answered as it is: `mask` takes out what must not stay.
 */
export function recordingModel(inner: Model, file: string, mask: <T>(value: T) => T = (value) => value, counts = lanesOf(file)): Model {
  mkdirSync(dirname(file), { recursive: true });
  return {
    async ask(request, options) {
      const outcome = await inner.ask(request, options);
      if (outcome.ok) {
        const entry = entryOf(request, outcome.answer, counts);
        appendFileSync(file, `${JSON.stringify({ ...entry, answer: mask(entry.answer) })}\n`, { mode: 0o600 });
      }
      return outcome;
    },
  };
}

function entryOf(request: ModelRequest, { text, thinking, toolCalls, finish, usage }: ModelAnswer, counts: Map<string, number>): CassetteEntry {
  const { lane, digest, messages, tools, names } = requestMarks(request);
  const n = counts.get(lane) ?? 0;
  counts.set(lane, n + 1);
  const answer = { text, ...(thinking !== undefined && { thinking }), toolCalls, finish, usage };
  return { v: 1, lane, n, digest, summary: { messages, tools, names }, answer };
}
