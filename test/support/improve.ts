import { join } from "node:path";
import type { Clock } from "../../src/base/clock.ts";
import { armWhenNew } from "../../src/ledger/halt.ts";
import { finishRun } from "../../src/ledger/runs.ts";
import { improve, type ImproveAsked, type ImproveResult } from "../../src/operations/improve.ts";
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
  /** Digest of the skill `broken`, as HEAD has it. */
  digestAt(): string;
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
  const digestAt = (): string => {
    const paths = space.git("ls-tree", "-r", "--name-only", "HEAD", "skills/broken").split("\n");
    // `git` of tests trims; these files end in one line feed.
    const files = paths.map((path) => ({ path: path.slice("skills/broken/".length), data: Buffer.from(`${space.git("show", `HEAD:${path}`)}\n`) }));
    return skillDigest(listFiles(files));
  };
  const digest = digestAt();
  return {
    ...space,
    state,
    digestAt,
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

/** A call of a tool as it ended, with the decision that stopped it first where people let it through. */
export interface RecordedCall {
  tool: string;
  outcome?: "ok" | "failed" | "timeout" | "invalid" | "denied";
  text?: string;
  args?: unknown;
  /** Absent where there is no such tool. */
  made?: false;
  /** It was asked about, and approved. */
  approval?: string;
}

export interface RecordedAgent {
  agent?: string;
  objective?: string;
  command?: string;
  calls?: readonly RecordedCall[] | undefined;
  limit?: string;
  costUsd?: number;
  /** Why its subtask was given up. */
  gaveUp?: string;
  /** Why the critic said no, each time. */
  rejected?: readonly string[];
}

/** A run of an agent, on record. */
export async function agentRecord({ state, root, run: asked }: { state: RecordState; root: string; run?: RecordedAgent }): Promise<void> {
  const { agent = "quant", objective = "Look at it", command = `run start ${agent}`, calls = [], limit, costUsd = 0.01, gaveUp, rejected = [] } = asked ?? {};
  const journal = state.begin(root);
  await journal.append("run.started", { ...started, command });
  const limits = { iterations: 5, tokens: 1000, costUsd: 1, wallMs: 1000, outputTokens: 100 };
  const digests = { agentDigest: "a".repeat(64), toolsDigest: "b".repeat(64) };
  await journal.append("agent.started", { root, part: 1, objective, agent, level: 2, tools: [], limits, ...digests });
  await journal.append("subtask.started", { subtask: "s1", objective });
  await journal.append("model.answered", { key: "s1.0", outcome: "ok", attempts: [], durationMs: 1, costUsd, usage: { inputTokens: 1, outputTokens: 1 } });
  for (const [index, { tool, outcome = "ok", text = "", args = {}, made = true, approval }] of calls.entries()) {
    const key = `s1.1.${index + 1}`;
    const request = { action: "tool.call", class: "W" as const, actor: { kind: "agent" as const, name: agent, level: 2 }, tool };
    const decision = {
      id: `d-${root.slice(2)}${index}`,
      effect: "approve" as const,
      rules: ["x/y"],
      reason: "people are asked",
      policy: started.policy,
      request,
    };
    if (approval !== undefined) await journal.append("decision.made", decision);
    const decisions = approval === undefined ? [] : [decision.id];
    await journal.append("tool.asked", {
      key,
      subtask: "s1",
      tool,
      args,
      decisions,
      ...(made && { class: "W" as const }),
      ...(approval !== undefined && { approval }),
    });
    await journal.append("tool.finished", { key, tool, outcome, text, durationMs: 1 });
  }
  if (limit !== undefined) await journal.append("limit.reached", { key: "s1.2", limit, used: 5, most: 5 });
  for (const why of rejected) await journal.append("answer.judged", { key: "s1.3", subtask: "s1", by: "critic", accepted: false, why });
  const outcome = gaveUp === undefined ? ("ok" as const) : ("failed" as const);
  await journal.append("subtask.finished", { subtask: "s1", outcome, ...(gaveUp !== undefined && { why: gaveUp }) });
  await journal.append("agent.finished", { root, outcome, iterations: 1, toolCalls: calls.length, tokens: 2, costUsd });
  await journal.append("run.finished", { outcome, durationMs: 10 });
  journal.close();
  finishRun(state.ledger, root, outcome, new Date().toISOString());
}

/** As the command does, without a process of its own. */
export function improved(world: ImproveWorld, more: Partial<ImproveAsked> = {}): Promise<ImproveResult> {
  return improve({
    cwd: world.dir,
    env: {},
    since: "2000-01-01T00:00:00.000Z",
    limit: 1,
    agent: "code",
    watch: () => ({ watch: {}, shown: { close: async () => undefined } }),
    ...more,
  });
}
