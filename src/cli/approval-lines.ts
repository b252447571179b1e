import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import { isMapping } from "../base/mapping.ts";
import { safeText } from "../base/safe-text.ts";
import type { ApprovalSummary } from "../operations/list-approvals.ts";
import type { ShownApproval } from "../operations/show-approval.ts";
import type { GrantTerms } from "../policy/grant.ts";
import { clip } from "./clip.ts";
import { inLines } from "./marked-lines.ts";
import { table } from "./table.ts";

const linesMax = 40;

/** A line an approval: what was written by an agent is one safe, short cell. */
export function approvalRows(approvals: readonly ApprovalSummary[]): string[] {
  const rows = approvals.map(({ approval, agent, what, effect, class: riskClass, votes, needs, state, expiresInMs }) => ({
    approval,
    agent: oneLine(agent, 24),
    what: oneLine(what, 60),
    effect,
    class: riskClass,
    votes: votes.length === 0 ? "-" : oneLine(votes.join(", "), 48),
    state: state === "open" ? `needs ${needs ?? "nobody"}` : state,
    expires: state === "open" ? `in ${timeLeft(expiresInMs)}` : "",
  }));
  return table(rows, ["approval", "agent", "what", "effect", "class", "votes", "state", "expires"]);
}

/** What a person reads before they answer: what is certain first, then what the agent made up, marked as such. */
export function approvalLines(shown: ShownApproval, options: { full?: boolean; width?: number } = {}): string[] {
  const { approval, state, needs, run, key, kind, effect, class: riskClass, agent, rules, policy, today, digest, expires, expiresInMs, votes, action } = shown;
  const head = [
    line("approval", `${approval}  ${state}${needs === undefined ? "" : `: needs ${needs}`}`),
    line("run", `${run}  call ${key}     agentctl run show ${run}`),
    line("agent", agent),
    line("asks", `${asks[kind]}  effect ${effect}  class ${riskClass}`),
    ...rules.map(({ rule, file, line: at }) => line("rule", file === undefined ? rule : `${rule}     ${file}:${at} at ${policy.slice(0, 10)}`)),
    ...(today === undefined || today === effect ? [] : [line("today", `policy answers ${today} now`)]),
    line("expires", state === "open" ? `${expires}, in ${timeLeft(expiresInMs)}; then the answer is no` : expires),
    line("digest", `sha256:${digest}${action.masked ? "  (secrets are masked below; the digest is of the call itself)" : ""}`),
    ...votes.map(({ who, how, fingerprint, vote, note, at }) =>
      line("vote", `${vote} by ${who}, ${how}${fingerprint === undefined ? "" : ` ${fingerprint}`}, ${at}${note === "" ? "" : `: ${note}`}`),
    ),
  ];
  return [...head, "", "Every line marked agent│ was written or chosen by the agent:", ...agentLines(shown, options), ""];
}

/** What answering does, and what could be granted instead. */
export function consequenceLines({ approval, kind, state, offers }: ShownApproval): string[] {
  if (state !== "open") return [];
  const once = { action: "this exact call is done once", question: "the note is the answer", outcome: "the call is done again, once" }[kind];
  return [
    `approve  ${once}     agentctl approval approve ${approval}${kind === "question" ? " --note …" : ""}`,
    `deny     the agent is told no     agentctl approval deny ${approval}`,
    ...offers.flatMap(({ scope, grants }) => grants.map((terms) => `grant    --until 7d --scope ${scope}     ${grantWords(terms)}`)),
  ];
}

/** The exact reach of a grant, in words. */
export function grantWords({ agent, action, scope }: GrantTerms): string {
  const { class: riskClass, host, port, path, tool, skill, skillDigest } = scope;
  const facts = [
    host === undefined ? undefined : `host ${host}${port === undefined ? ", any port" : `:${port}`}`,
    path === undefined ? undefined : `path ${path}`,
    tool === undefined ? undefined : `tool ${tool}, any arguments`,
    skill === undefined ? undefined : `skill ${skill}@${skillDigest?.slice(0, 12)}, any input`,
  ].filter((fact) => fact !== undefined);
  return safeText(`${agent}: ${action} of class ${riskClass}, ${facts.join(", ")}`, { oneLine: true });
}

/** `3 d`, `23 h`, `12 min`, `40 s`. */
export function timeLeft(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

const asks = { action: "may this be done", question: "a question to you", outcome: "a crash hid what became of this call" };

function line(label: string, text: string): string {
  return `${label.padEnd(8)} ${safeText(text, { oneLine: true })}`;
}

function oneLine(text: string, width: number): string {
  return clip(safeText(text.slice(0, 4 * width), { oneLine: true }), width);
}

function agentLines({ action, rules }: ShownApproval, { full = false, width = 100 }: { full?: boolean; width?: number }): string[] {
  const { question, tool, args, decisions } = action;
  const texts = [
    ...(question === undefined ? [] : textLines("question", question, full)),
    ...(tool === undefined ? [] : [`tool  ${oneLineOf(tool)}`]),
    ...(isMapping(args)
      ? Object.entries(args).flatMap(([name, value]) => valueLines(name, value, full))
      : args === undefined
        ? []
        : valueLines("args", args, full)),
    ...decisions.flatMap(({ request: { action: verb, class: riskClass, host, port, path, skill } }) => {
      const facts = [host, port, path, skill === undefined ? undefined : `${skill.name}@${skill.digest.slice(0, 12)} (${skill.trust})`];
      const said = facts.filter((fact) => fact !== undefined);
      return said.length === 0 ? [] : [`asked ${verb} (class ${riskClass})  ${said.map((fact) => oneLineOf(String(fact))).join("  ")}`];
    }),
    // The words of a rule are policy's, with facts of the call in them.
    ...[...new Set(rules.map(({ reason }) => reason))].map((reason) => `why   ${oneLineOf(reason)}`),
  ];
  return texts.flatMap((text) => inLines("agent│ ", text, width));
}

function oneLineOf(text: string): string {
  return safeText(text, { oneLine: true });
}

function valueLines(name: string, value: unknown, full: boolean): string[] {
  const label = oneLineOf(name);
  if (typeof value === "string" && (value.includes("\n") || value.length > 200)) return textLines(label, value, full);
  if (value !== null && typeof value === "object") {
    const pretty = JSON.stringify(value, null, 2);
    return pretty.length <= 100 ? [`${label}: ${oneLineOf(canonicalJson(value))}`] : textLines(label, pretty, full);
  }
  return [`${label}: ${oneLineOf(JSON.stringify(value))}`];
}

/** A text as lines that would be added, `+` before each; of a long one the beginning, with the digest of the whole. */
function textLines(label: string, text: string, full: boolean): string[] {
  const lines = safeText(text).split("\n");
  const shown = full ? lines : lines.slice(0, linesMax).map((each) => clip(each, 2000));
  const bytes = Buffer.byteLength(text);
  const cut = shown.length < lines.length || shown.some((each, index) => each !== lines[index]);
  const digest = `${lines.length} lines, ${bytes} bytes, sha256:${sha256(text)}`;
  return [
    `${label}: (${digest})`,
    ...shown.map((each) => `+ ${each}`),
    ...(cut ? [`… ${lines.length - shown.length} more lines; --full shows all of it`] : []),
  ];
}
