import type { Agent } from "../agent/agent.ts";
import { consent } from "../agent/critic.ts";
import type { PastTool } from "../agent/history.ts";
import type { ToolCall } from "../agent/message.ts";
import type { AgentPorts, StepOf } from "../agent/ports.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { AgentctlError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import type { DecisionMade } from "../event/decision-made.ts";
import type { Amounts } from "../policy/amounts.ts";
import type { ActionRequest, Decision } from "../policy/request.ts";
import { recordable } from "../trace/recordable.ts";
import type { Acting } from "./act-tool.ts";
import { openDesk, type Desk } from "./approval-desk.ts";
import type { ApprovalAnswer } from "./ask-approval.ts";
import { levelNow } from "./autonomy-level.ts";
import type { OpenRun } from "./in-run.ts";
import type { Authority } from "./load-authority.ts";
import { decideByAll, type MorePolicies } from "./more-policies.ts";
import { refusalText } from "./refusal-text.ts";
import type { CallTraits, Tool } from "./tools/tool.ts";

export interface Judging {
  open: OpenRun;
  authority: Authority;
  morePolicies?: MorePolicies | undefined;
  agent: Agent;
  root: string;
  objective: string;
  /** Instead of the critic's own model. */
  model?: string | undefined;
  /** For the critic's consent, which is remembered like any other answer. */
  ask: AgentPorts["ask"];
}

export type CallVerdict =
  | { kind: "allowed"; traits: CallTraits; decisions: readonly Decision[]; amounts: Amounts; approval?: string | undefined; grant?: string | undefined }
  | { kind: "refused"; outcome: "denied" | "invalid"; text: string; decisions: readonly Decision[] }
  | { kind: "waits"; approval: string }
  /** Of a question to a person: what came of it. */
  | { kind: "answered"; approval: string; said: { outcome: "ok" | "refused"; text: string }; decisions: readonly Decision[] };

/** What decides for one agent in one run. */
export interface Judge {
  /** Every policy set concerned is asked, and the strictest answer is recorded and counts. */
  decide(request: Omit<ActionRequest, "actor">): Promise<Decision>;
  desk: Desk;
  maySplit(subtasks: number): Promise<boolean>;
  outcomeUnknown(
    step: StepOf,
    past: PastTool,
  ): Promise<{ kind: "waits"; approval: string } | { kind: "again" } | { kind: "leave"; note?: string | undefined; by?: string | undefined }>;
}

export function openJudge(judging: Judging): Judge {
  const { open, authority, morePolicies, agent, root } = judging;
  const desk = openDesk({
    open,
    root,
    agent: agent.name,
    ttlMs: authority.config.values.approvals.ttlMs,
    consent: (step, { tool, args }) => consent({ objective: judging.objective, action: actionText(tool, args), step, model: judging.model, ports: judging }),
  });
  const judge: Judge = {
    async decide(asked) {
      const level = levelNow(open.ledger, agent, asked.class);
      const request: ActionRequest = open.mask({ ...asked, actor: { kind: "agent" as const, name: agent.name, level } });
      const decision = decideByAll(request, authority, morePolicies, newId("d"));
      await open.recorder.append("decision.made", decision as DecisionMade);
      return decision;
    },
    desk,
    async maySplit(subtasks) {
      return (await judge.decide({ action: "agent.spawn", class: "W", args: { subtasks } })).effect === "allow";
    },
    async outcomeUnknown(step, { asked }) {
      const said = await desk.ask({
        step,
        kind: "outcome",
        tool: asked.tool,
        class: asked.class ?? "T",
        args: asked.args,
        decisions: [],
        question: unknownQuestion(asked.tool),
      });
      if (said.state === "open") return { kind: "waits", approval: said.approval };
      return said.state === "approved" ? { kind: "again" } : { kind: "leave", ...wordsOf(said) };
    },
  };
  return judge;
}

function unknownQuestion(tool: string): string {
  return `The process ended while ${tool} ran, and nobody knows whether it was carried out. Approve: do it again. Deny: go on without.`;
}

/** Decides one call that fits its tool: by policy, by the agent's own wish to be asked, by grants and approvals. */
export async function decideCall({ context, agent, judge }: Acting, step: StepOf, tool: Tool, call: ToolCall): Promise<CallVerdict> {
  const args = (call.args ?? {}) as Record<string, unknown>;
  let actions;
  let traits: CallTraits = { class: tool.class, repeatable: tool.repeatable };
  try {
    traits = (await tool.traits?.(args, { ...context, key: step.key })) ?? traits;
    actions = await tool.actions(args, { ...context, key: step.key });
  } catch (thrown) {
    context.open.stop.throwIfAborted();
    if (!(thrown instanceof AgentctlError)) throw thrown;
    return { kind: "refused", outcome: "invalid", text: thrown.hint === undefined ? thrown.message : `${thrown.message}\nmend: ${thrown.hint}`, decisions: [] };
  }
  const named = { action: "tool.call", class: traits.class, tool: tool.name, args: recordable(args) as Record<string, unknown> };
  const decisions: Decision[] = [];
  for (const action of [named, ...actions.map((each) => ({ class: traits.class, args: named.args, tool: tool.name, ...each }))])
    decisions.push(await judge.decide(action));
  const denied = decisions.filter(({ effect }) => effect === "deny");
  if (denied.length > 0) return { kind: "refused", outcome: "denied", text: denied.map(refusalText).join("\n"), decisions };

  const asks = decisions.filter(({ effect }) => effect !== "allow");
  const wished = tool.asksPerson !== true && asks.length === 0 && agent.approval.includes(tool.name);
  const amounts = amountsOf(actions);
  if (tool.asksPerson === true) {
    const said = await judge.desk.ask({
      step,
      kind: "question",
      tool: tool.name,
      class: tool.class,
      args,
      decisions,
      question: String(args["question"] ?? ""),
    });
    if (said.state === "open") return { kind: "waits", approval: said.approval };
    return { kind: "answered", approval: said.approval, said: answerOf(said), decisions };
  }
  if (asks.length === 0 && !wished) return { kind: "allowed", traits, decisions, amounts };

  const grant = judge.desk.granted(decisions, wished);
  if (grant !== undefined) return { kind: "allowed", traits, decisions, amounts, grant };
  const said = await judge.desk.ask({ step, kind: "action", tool: tool.name, class: traits.class, args, decisions });
  if (said.state === "open") return { kind: "waits", approval: said.approval };
  if (said.state === "approved") return { kind: "allowed", traits, decisions, amounts, approval: said.approval };
  const who = said.state === "expired" ? `nobody approved ${said.approval} in time` : `${wordsOf(said).by ?? "a person"} said no to ${said.approval}`;
  return { kind: "refused", outcome: "denied", text: `${who}${said.note === "" ? "" : `: ${said.note}`}\n${asks.map(refusalText).join("\n")}`, decisions };
}

/** A person's answer, or their no, or silence, as the model reads it. */
function answerOf(said: ApprovalAnswer): { outcome: "ok" | "refused"; text: string } {
  const { note, by = "a person" } = wordsOf(said);
  if (said.state === "approved") return { outcome: "ok", text: `${by} answered: ${note ?? "yes"}` };
  const why = said.state === "expired" ? "nobody answered in time" : `${by} does not answer${note === undefined ? "" : `: ${note}`}`;
  return { outcome: "refused", text: `${why}\nGo on without an answer, and say that you did.` };
}

/** Who spoke, and what they said. */
function wordsOf({ by, note }: Pick<ApprovalAnswer, "by" | "note">): { note: string | undefined; by: string | undefined } {
  return { note: note === "" ? undefined : note, by: by.length === 0 ? undefined : by.join(", ") };
}

/** What budgets count of a call beside time. */
function amountsOf(actions: readonly { action: string; host?: string | undefined }[]): Amounts {
  const files = actions.filter(({ action }) => action === "file.write" || action === "file.delete").length;
  const hosts = new Set(actions.flatMap(({ action, host }) => (action === "net.connect" && host !== undefined ? [host] : []))).size;
  return { ...(files > 0 && { files }), ...(hosts > 0 && { hosts }) };
}

/** The action of an approval as a critic reads it. */
export function actionText(tool: string, args: unknown): string {
  return `${tool} ${canonicalJson(recordable(args))}`.slice(0, 20_000);
}
