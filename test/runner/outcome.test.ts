import { expect, it } from "vitest";
import { judge, type EndFacts } from "../../src/runner/outcome.ts";

const exit = { t: "exit", code: 0, signal: undefined, why: "exit", oomKills: 0 } as const;
const base: EndFacts = { cancelled: false, killedForTime: false, fault: undefined, record: exit, waitCode: 0, oomKilled: false };

it.each<[string, Partial<EndFacts>, object]>([
  ["exit 0", {}, { outcome: "ok", exitCode: 0, signal: undefined, detail: undefined }],
  ["exit 3", { record: { ...exit, code: 3 }, waitCode: 3 }, { outcome: "failed", exitCode: 3 }],
  [
    "a signal",
    { record: { ...exit, code: undefined, signal: 11 }, waitCode: 139 },
    { outcome: "crashed", exitCode: 139, signal: "SIGSEGV", detail: "ended by SIGSEGV" },
  ],
  [
    "the limit inside",
    { record: { ...exit, code: undefined, signal: 15, why: "timeout" }, waitCode: 143 },
    { outcome: "timeout", exitCode: 143, signal: "SIGTERM" },
  ],
  ["a program that ends well after its SIGTERM", { record: { ...exit, why: "timeout" } }, { outcome: "timeout", exitCode: 0 }],
  ["the limit outside", { record: undefined, killedForTime: true, waitCode: 137 }, { outcome: "timeout", signal: "SIGKILL" }],
  ["too much output", { record: { ...exit, code: undefined, signal: 9, why: "overflow" }, waitCode: 137 }, { outcome: "output-overflow" }],
  ["memory", { record: undefined, oomKilled: true, waitCode: 137 }, { outcome: "oom", exitCode: 137 }],
  ["memory of a child, exit 0", { oomKilled: true }, { outcome: "oom", exitCode: 0 }],
  ["memory, and then the time", { oomKilled: true, killedForTime: true }, { outcome: "oom" }],
  ["cancelled, whatever else", { cancelled: true, oomKilled: true, killedForTime: true }, { outcome: "cancelled" }],
  [
    "records that cannot be read",
    { record: undefined, fault: "a record is not a JSON object", waitCode: 137 },
    { outcome: "crashed", detail: "a record is not a JSON object" },
  ],
  ["a program that is not there", { record: { t: "fail", why: "cannot run x" }, waitCode: 125 }, { outcome: "crashed", detail: "cannot run x" }],
  [
    "a container that somebody else killed",
    { record: undefined, waitCode: 137 },
    { outcome: "cancelled", detail: "killed from outside: a halt, a sweep, or a person" },
  ],
  ["no last word", { record: undefined, waitCode: 1 }, { outcome: "crashed", detail: "the launcher ended without a last word" }],
  ["a last word that the engine contradicts", { waitCode: 9 }, { outcome: "crashed", exitCode: 9, detail: "the launcher reported 0, the engine 9" }],
  ["the launcher's word alone", { waitCode: undefined, record: { ...exit, code: 4 } }, { outcome: "failed", exitCode: 4 }],
])("tells %s", (_, facts, expected) => {
  expect(judge({ ...base, ...facts })).toMatchObject(expected);
});
