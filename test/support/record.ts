import { join } from "node:path";
import type { Clock } from "../../src/base/clock.ts";
import type { RunStarted } from "../../src/event/run-events.ts";
import type { SkillFinished } from "../../src/event/skill-events.ts";
import { openHeads, type HeadWriter } from "../../src/ledger/heads.ts";
import { openLedger, type Ledger } from "../../src/ledger/ledger.ts";
import { finishRun, registerRun } from "../../src/ledger/runs.ts";
import { openJournal, type Journal } from "../../src/trace/journal.ts";
import { createMask, type Mask } from "../../src/trace/mask.ts";
import { folder } from "./workspace.ts";

/** Advances a second a look. */
export function fixedClock(from = Date.UTC(2026, 10, 21, 12)): Clock {
  let now = from;
  return { nowMs: () => (now += 1000), monotonicMs: () => now };
}

export const noMask: Mask = createMask({});
export const noHeads: HeadWriter = { move: () => undefined };

export const started: RunStarted = {
  command: "skill run market-stats",
  actor: { kind: "person", name: "ada" },
  version: "0.1.0",
  workspace: { commit: "a".repeat(40), branch: "main", dirty: false },
  policy: { commit: "b".repeat(40), digest: "c".repeat(64) },
};

export const skillFinished: SkillFinished = {
  call: "c-1",
  skill: "market-stats",
  outcome: "ok",
  exitCode: 0,
  oomKilled: false,
  durationMs: 412.5,
  output: { bars: 5105, cagr: 0.0271 },
  artifacts: [],
};

export interface RecordState {
  stateDir: string;
  ledger: Ledger;
  heads: HeadWriter;
  /** A registered run with its journal. */
  begin(run: string): Journal;
  /** A run of `records` records from start to end. */
  whole(run: string, records?: number): Promise<void>;
}

/** A state directory with a ledger. */
export function recordState(options: { mask?: Mask; clock?: Clock; stateDir?: string } = {}): RecordState {
  const stateDir = options.stateDir ?? join(folder(), "state");
  const { mask = noMask, clock = fixedClock() } = options;
  const ledger = openLedger(stateDir);
  const heads = openHeads(ledger);
  const begin = (run: string): Journal => {
    registerRun(ledger, { run, command: started.command, actor: "ada", started: "2026-11-21T12:00:00.000Z" });
    return openJournal({ stateDir, run, heads, mask, clock });
  };
  return {
    stateDir,
    ledger,
    heads,
    begin,
    async whole(run, records = 6) {
      const journal = begin(run);
      await journal.append("run.started", started);
      for (let n = 2; n < records; n++) await journal.append("skill.finished", { ...skillFinished, call: `c-${n}` });
      await journal.append("run.finished", { outcome: "ok", durationMs: 1200 });
      journal.close();
      finishRun(ledger, run, "ok", "2026-11-21T12:00:02.000Z");
    },
  };
}
