import { join } from "node:path";
import type { Clock } from "../../src/base/clock.ts";
import { armWhenNew } from "../../src/ledger/halt.ts";
import { finishRun } from "../../src/ledger/runs.ts";
import { listFiles, skillDigest } from "../../src/skill/digest.ts";
import { ensureStateDir } from "../../src/workspace/find.ts";
import { agentFiles, scriptedModels, type TestAgent } from "./agents.ts";
import { recordState, skillFinished, started, type RecordState } from "./record.ts";
import { shipped, skill } from "./skills.ts";
import { workspace, type TestWorkspace } from "./workspace.ts";

export const lastWords = `Traceback (most recent call last):
  File "/work/skill/scripts/main.py", line 9, in <module>
KeyError: 'adj_close'
`;

export interface ImproveWorld extends TestWorkspace {
  state: RecordState;
  /** Of the skill `broken`, as the commit has it. */
  digest: string;
  /** A run of a skill that failed, on record. */
  fails(run: string, options?: { stderr?: string; name?: string; digest?: string; command?: string }): Promise<void>;
}

/** Moments just now, so that what is recorded lies within the time that is looked at. */
function nowClock(): Clock {
  return { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
}

/** A workspace with a skill `broken`, an agent `code` whose model follows `script`, and an empty record. */
export function improveWorld(script: string, options: { agent?: Partial<TestAgent>; files?: Record<string, string> } = {}): ImproveWorld {
  const broken = skill("broken", "print(1)\n");
  const space = workspace({
    "agentctl.yaml": scriptedModels,
    ...shipped("policies"),
    ...broken,
    ...agentFiles({ name: "code", tools: ["propose_change", "ask_person"], ...options.agent }),
    "script.yaml": `steps:\n${script}`,
    ...options.files,
  });
  const stateDir = ensureStateDir({ stateDir: join(space.dir, ".git/agentctl") });
  armWhenNew(stateDir);
  const state = recordState({ stateDir, clock: nowClock() });
  const digest = skillDigest(listFiles(Object.entries(broken).map(([path, text]) => ({ path: path.slice("skills/broken/".length), data: Buffer.from(text) }))));
  return {
    ...space,
    state,
    digest,
    async fails(run, { stderr = lastWords, name = "broken", digest: ran = digest, command = `skill run ${name}` } = {}) {
      const journal = state.begin(run);
      await journal.append("run.started", { ...started, command });
      const call = `c-${run.slice(2)}`;
      await journal.append("skill.started", {
        call,
        skill: name,
        digest: ran,
        trust: "own",
        decision: "d-1",
        runner: "python",
        image: "sha256:0",
        command: ["python3"],
        input: { file: "a.csv" },
        limits: { timeoutMs: 30_000 },
      });
      await journal.append("skill.finished", { ...skillFinished, call, skill: name, outcome: "failed", exitCode: 1, stderr });
      await journal.append("run.finished", { outcome: "failed", durationMs: 10 });
      journal.close();
      finishRun(state.ledger, run, "failed", new Date().toISOString());
    },
  };
}
