import { expect, test } from "vitest";
import { openLedger } from "../../src/ledger/ledger.ts";
import { noticeOfEvent, type Hearing } from "../../src/operations/notice-of-event.ts";
import { folder } from "../support/workspace.ts";

test("a sidecar that died is told, one that was stopped is not; so is an agent that broke off, and one that ended only once", () => {
  const ledger = openLedger(folder());
  const hearing: Hearing = { ledger, run: "r-1-2" };
  const ended = { sidecar: "sc-1", root: "r-1", cells: 3, durationMs: 5 };
  expect(noticeOfEvent(hearing, "sidecar.ended", { ...ended, why: "memory", detail: "256 MiB\u202E" })).toEqual({
    topic: "incident",
    key: "sidecar sc-1",
    title: "A sidecar ended: memory",
    text: "Its variables are gone; the run goes on.\n256 MiB«U+202E»",
    agent: undefined,
    command: "agentctl run show r-1",
  });
  expect(noticeOfEvent(hearing, "sidecar.ended", { ...ended, why: "idle" })).toBeUndefined();
  const started = { root: "r-1", part: 2, objective: "x", agent: "quant", agentDigest: "", level: 2, tools: [], toolsDigest: "", limits: {} };
  expect(noticeOfEvent(hearing, "agent.started", started)).toBeUndefined();
  expect(noticeOfEvent(hearing, "run.finished", { outcome: "failed", durationMs: 1, message: "disk\nfull" })).toMatchObject({
    topic: "run",
    title: "quant broke off: failed",
    text: "disk«U+000A»full",
    command: "agentctl run show r-1",
  });
  const finished = {
    root: "r-1",
    outcome: "failed" as const,
    why: "the model\u0007 is gone",
    waitsFor: [],
    iterations: 1,
    toolCalls: 0,
    tokens: 1,
    costUsd: 0,
  };
  expect(noticeOfEvent(hearing, "agent.finished", finished)).toMatchObject({ title: "quant ended: failed", text: "the model«U+0007» is gone" });
  expect(noticeOfEvent(hearing, "run.finished", { outcome: "failed", durationMs: 1 })).toBeUndefined();
  expect(noticeOfEvent(hearing, "agent.finished", { ...finished, outcome: "waiting" })).toBeUndefined();
  ledger.close();
});
