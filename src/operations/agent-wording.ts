import type { EventData, EventKind } from "../event/events.ts";
import { counted, dollars, duration, joined, named, said, short } from "./timeline-words.ts";

type AgentKind = Extract<
  EventKind,
  `${"agent" | "plan" | "subtask" | "model" | "tool" | "approval" | "grant" | "limit" | "checkpoint" | "answer"}.${string}` | "proposal.drafted"
>;

/** Words for what an agent's run records. All that agents, models, tools and people wrote is quoted, on one line and bounded. */
export const agentWording: { [K in AgentKind]: (data: EventData[K]) => string } = {
  "agent.started": ({ root, part, objective, agent, agentDigest, level, model, tools, files = [], forkOf }) =>
    joined([
      `${named(agent)}@${short(agentDigest)}  level ${level}  ${said(objective)}`,
      part > 1 && `part ${part} of ${named(root)}`,
      forkOf !== undefined && `fork of ${named(forkOf.run)} at ${forkOf.at}`,
      model !== undefined && `model ${named(model)}`,
      counted(listed(tools).length, "tool"),
      files.length > 0 && `${counted(files.length, "file")} given`,
    ]),
  "agent.finished": ({ outcome, why, answer, iterations, toolCalls, tokens, costUsd, waitsFor = [] }) =>
    joined([
      outcome,
      why !== undefined && said(why),
      `${counted(iterations, "iteration")}, ${counted(toolCalls, "tool call")}, ${counted(tokens, "token")}, ${dollars(costUsd)}`,
      answer !== undefined && `answer ${said(answer)}`,
      waitsFor.length > 0 && `waits for ${few(waitsFor)}`,
    ]),
  "plan.made": ({ subtasks }) =>
    joined([
      counted(subtasks.length, "subtask"),
      ...subtasks
        .slice(0, shownMax)
        .map(({ id, objective, after }) => `${named(id)} ${said(objective, 60)}${after.length === 0 ? "" : ` after ${few(after)}`}`),
      subtasks.length > shownMax && `… ${subtasks.length - shownMax} more`,
    ]),
  "subtask.started": ({ subtask, objective }) => `${named(subtask)}  ${said(objective)}`,
  "subtask.finished": ({ subtask, outcome, answer, why }) =>
    joined([`${named(subtask)}  ${outcome}`, why !== undefined && said(why), answer !== undefined && `answer ${said(answer)}`]),
  "model.asked": ({ key, role, model, messages }) =>
    joined([`${named(key)}  ${role}`, model !== undefined && named(model), Array.isArray(messages) && counted(messages.length, "new message")]),
  "model.answered": ({ key, outcome, why, limit, text, toolCalls = [], usage, costUsd, model, cached, attempts, durationMs }) =>
    joined([
      `${named(key)}  ${outcome}`,
      model !== undefined && named(model),
      why !== undefined && said(why),
      limit !== undefined && `limit ${named(limit)}`,
      usage !== undefined && `${usage.inputTokens} in, ${usage.outputTokens} out`,
      cached === true ? "cached" : costUsd !== undefined && dollars(costUsd),
      attempts.length > 1 && `${attempts.length} tries`,
      duration(durationMs),
      toolCalls.length > 0 && `calls ${few(toolCalls.map(({ name }) => name))}`,
      text !== undefined && text !== "" && said(text),
    ]),
  "tool.asked": ({ key, tool, class: risk, args, refused, approval, grant }) =>
    joined([
      `${named(key)}  ${named(tool)}${risk === undefined ? "" : ` (${risk})`}${refused === true ? "  refused" : ""}  ${said(typeof args === "string" ? JSON.stringify(args) : args)}`,
      approval !== undefined && `by approval ${named(approval)}`,
      grant !== undefined && `by grant ${named(grant)}`,
    ]),
  "tool.finished": ({ key, tool, outcome, text, artifacts = [], changes = [], durationMs }) =>
    joined([
      `${named(key)}  ${named(tool)}  ${outcome}  ${duration(durationMs)}`,
      changes.length > 0 && `changed ${few(changes.map(({ path, removed }) => (removed === true ? `-${path}` : path)))}`,
      artifacts.length > 0 && counted(artifacts.length, "artifact"),
      said(text),
    ]),
  "approval.asked": ({ approval, key, kind, effect, digest, expires }) =>
    joined([
      `${named(approval)}  ${asks[kind]} ${named(key)}`,
      effect === "two-key" ? "two people answer" : "one person answers",
      `action ${short(digest)}`,
      `until ${named(expires)}`,
    ]),
  "approval.voted": ({ approval, run, who, how, vote, note, state }) =>
    joined([`${named(approval)} of ${named(run)}  ${vote} by ${said(who, 60)} (${how})  now ${state}`, note !== undefined && said(note)]),
  "approval.used": ({ approval, key, state, by = [], note }) =>
    joined([`${named(approval)} for ${named(key)}  ${state}`, by.length > 0 && `by ${few(by)}`, note !== undefined && said(note)]),
  "grant.given": ({ grant, agent, action, scope, until, by, note }) =>
    joined([
      `${named(grant)}  ${named(agent)} may ${named(action)}`,
      scope !== undefined && said(scope),
      `until ${named(until)}  by ${said(by, 60)}`,
      note !== undefined && said(note),
    ]),
  "grant.revoked": ({ grant, by, note }) => joined([`${named(grant)}  by ${said(by, 60)}`, note !== undefined && said(note)]),
  "limit.reached": ({ key, limit, used, most }) => `${named(key)}  ${named(limit)} ${used} of ${most}`,
  "checkpoint.made": ({ key, iterations, tokens, costUsd }) =>
    `${named(key)}  ${counted(iterations, "iteration")}, ${counted(tokens, "token")}, ${dollars(costUsd)}`,
  "answer.judged": ({ key, by, accepted, why }) =>
    joined([`${named(key)}  ${accepted ? "accepted" : "sent back"} by ${by === "critic" ? "the critic" : `the ${by} check`}`, why !== undefined && said(why)]),
  "proposal.drafted": ({ proposal, agent, title, base, files }) =>
    `${named(proposal)}  ${said(title)} by ${named(agent)}  ${counted(files.length, "file")} on ${short(base)}  ${few(files.map(({ path }) => path))}`,
};

const asks = { action: "asks whether to do", question: "asks a question in", outcome: "asks what became of" } as const;

/** Of a list, so many are shown. */
const shownMax = 5;

function few(names: readonly unknown[]): string {
  const shown = listed(names)
    .slice(0, shownMax)
    .map((name) => named(name));
  return [...shown, ...(names.length > shownMax ? [`… ${names.length - shownMax} more`] : [])].join(", ");
}

/** What is no list any more, because it stands outside its record, has no members to show. */
function listed(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
