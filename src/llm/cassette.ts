import { readFileSync, statSync } from "node:fs";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { isMapping } from "../base/mapping.ts";
import { keptAnswer, type KeptAnswer } from "./kept-answer.ts";
import type { MessageMark } from "./normalise.ts";

/** One line of a cassette: the n-th answer of a lane, and what the request was known by. */
export interface CassetteEntry {
  v: 1;
  lane: string;
  /** From 0, within its lane. */
  n: number;
  digest: string;
  summary: {
    messages: MessageMark[];
    tools: string;
    /** Names in the request that are new in every run; where they stand in the answer, those of the new run take their place. */
    names: string[];
  };
  answer: KeptAnswer & { usage: { inputTokens: number; outputTokens: number } };
}

const bytesMax = 64 * 1024 * 1024;

/** Reads a cassette, by lane. Errors: llm/no-cassette, llm/bad-cassette with the line. */
export function readCassette(file: string): Map<string, CassetteEntry[]> {
  const lanes = new Map<string, CassetteEntry[]>();
  for (const [index, line] of textOf(file).split("\n").entries()) {
    if (line.trim() === "") continue;
    const entry = entryOf(line);
    const lane = entry === undefined ? [] : (lanes.get(entry.lane) ?? []);
    if (entry === undefined || entry.n !== lane.length) {
      const wrong = entry === undefined ? "is no entry of a cassette, version 1" : `is entry ${entry.n} of its lane and should be ${lane.length}`;
      throw new AgentctlError("llm/bad-cassette", `${file}:${index + 1} ${wrong}`, { exit: "usage", hint: "record it anew" });
    }
    lane.push(entry);
    lanes.set(entry.lane, lane);
  }
  return lanes;
}

function textOf(file: string): string {
  try {
    const { size } = statSync(file);
    if (size > bytesMax) throw new Error(`it has ${size} bytes; at most ${bytesMax} are read`);
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new AgentctlError("llm/no-cassette", `the cassette ${file} cannot be read: ${messageOf(cause)}`, { exit: "usage", cause });
  }
}

function entryOf(line: string): CassetteEntry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isMapping(value) || !isMapping(value["summary"]) || !isMapping(value["answer"]) || !isMapping(value["answer"]["usage"])) return undefined;
  const { v, lane, n, digest, summary, answer } = value;
  const kept = keptAnswer(answer);
  const { inputTokens, outputTokens } = answer["usage"] as Record<string, unknown>;
  const { messages, tools, names } = summary;
  const texts = [lane, digest, tools].every((text) => typeof text === "string");
  const lists = Array.isArray(messages) && messages.every(isMark) && Array.isArray(names) && names.every((name) => typeof name === "string");
  if (
    v !== 1 ||
    !texts ||
    !lists ||
    kept === undefined ||
    ![n, inputTokens, outputTokens].every((count) => Number.isSafeInteger(count) && Number(count) >= 0)
  ) {
    return undefined;
  }
  return {
    v,
    lane: String(lane),
    n: Number(n),
    digest: String(digest),
    summary: { messages, tools: String(tools), names },
    answer: { ...kept, usage: { inputTokens: Number(inputTokens), outputTokens: Number(outputTokens) } },
  };
}

function isMark(value: unknown): value is MessageMark {
  return isMapping(value) && typeof value["role"] === "string" && typeof value["digest"] === "string";
}
