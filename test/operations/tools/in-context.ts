import { join } from "node:path";
import type { Agent } from "../../../src/agent/agent.ts";
import { decide } from "../../../src/policy/decide.ts";
import type { Decision } from "../../../src/policy/request.ts";
import { armWhenNew } from "../../../src/ledger/halt.ts";
import { inRun, type OpenRun } from "../../../src/operations/in-run.ts";
import { loadAuthority } from "../../../src/operations/load-authority.ts";
import { maskFor } from "../../../src/operations/mask-for.ts";
import type { Sandbox } from "../../../src/operations/sandbox.ts";
import type { Tool, ToolContext, ToolResult } from "../../../src/operations/tools/tool.ts";
import { ensureStateDir } from "../../../src/workspace/find.ts";

export const quant: Agent = {
  name: "quant",
  description: "test",
  version: "1.0.0",
  level: 2,
  tools: [],
  approval: [],
  plan: false,
  criticRounds: 0,
  limits: { iterations: 10, tokens: 1000, costUsd: 1, wallMs: 600_000, outputTokens: 1000 },
  output: { sources: false },
  intents: [],
  prompt: "",
  digest: "0".repeat(64),
};

export interface ContextOptions {
  env?: NodeJS.ProcessEnv;
  agent?: Partial<Agent>;
  sandbox?: (open: OpenRun) => Promise<Sandbox>;
  signal?: AbortSignal;
}

/** Does work within the open run of an agent, in a real workspace. */
export async function inContext<T>(dir: string, options: ContextOptions, work: (context: ToolContext) => Promise<T>): Promise<T> {
  const env = options.env ?? {};
  const authority = await loadAuthority(dir, env);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  const agent = { ...quant, ...options.agent };
  const workspace = { commit: authority.commit, dirty: false };
  const actor = { kind: "agent", name: agent.name } as const;
  const started = { command: "run start test", actor, workspace, policy: { commit: authority.commit, digest: authority.set.digest } };
  return inRun({ stateDir, mask: maskFor(stateDir, env), started }, async (open) => {
    const sandbox = (): Promise<Sandbox> => (options.sandbox === undefined ? Promise.reject(new Error("no sandbox was expected")) : options.sandbox(open));
    const signal = options.signal ?? open.stop;
    const result = await work({ open, authority, env, agent, root: open.run, key: "s1.1.1", sandbox, decision: "d-test", signal });
    return { outcome: "ok", result };
  });
}

export interface Called {
  /** Of the tool's own actions. */
  decisions: Decision[];
  /** Undefined when policy did not allow it. */
  result: ToolResult | undefined;
  run: string;
}

/** Asks policy about each action of a call as the loop does, and runs it when all are allowed; `between` happens after the answer. */
export async function called(
  dir: string,
  tool: Tool,
  args: Record<string, unknown>,
  options: ContextOptions & { between?: () => void; key?: string; root?: string } = {},
): Promise<Called> {
  return inContext(dir, options, async (open) => {
    const context = { ...open, ...(options.key !== undefined && { key: options.key }), ...(options.root !== undefined && { root: options.root }) };
    const { agent, authority } = context;
    const actor = { kind: "agent", name: agent.name, level: agent.level } as const;
    const decisions = (await tool.actions(args, context)).map((action) =>
      decide({ args, tool: tool.name, ...action, class: action.class ?? tool.class, actor }, authority.set, { id: "d-test", commit: authority.commit }),
    );
    options.between?.();
    const allowed = decisions.every(({ effect }) => effect === "allow");
    return { decisions, result: allowed ? await tool.run(args, context) : undefined, run: context.open.run };
  });
}

export const stateOf = (dir: string): string => join(dir, ".git/agentctl");
