import { join } from "node:path";
import { writeBlob } from "../../src/trace/blobs.ts";
import { recordState, skillFinished, started, type RecordState } from "./record.ts";

/** A workspace's state with one run as a skill makes it. */
export async function recordedRun(dir: string, run = "r-abc1", outcome: "ok" | "denied" = "ok"): Promise<RecordState> {
  const state = recordState({ stateDir: join(dir, ".git/agentctl") });
  const journal = state.begin(run);
  await journal.append("run.started", started);
  await journal.append("decision.made", {
    id: "d-1",
    effect: outcome === "ok" ? "allow" : "deny",
    rules: ["skills/own-skills-may-run"],
    reason: "own skills may run",
    policy: started.policy,
    request: { action: "skill.run", class: "R", actor: { kind: "person", name: "ada" }, skill: { name: "market-stats" } },
  });
  if (outcome === "ok") {
    const artifacts = [{ path: "drawdown.png", ...writeBlob(state.stateDir, "a picture") }];
    await journal.append("skill.finished", { ...skillFinished, artifacts });
  }
  await journal.append("run.finished", { outcome, durationMs: 900 });
  journal.close();
  return state;
}
