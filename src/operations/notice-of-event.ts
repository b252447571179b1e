import { isoTime, systemClock } from "../base/clock.ts";
import type { EventData, EventKind } from "../event/events.ts";
import { findApproval, type ApprovalRow } from "../ledger/approval-rows.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { AskedAction } from "./asked-approval.ts";
import type { Notice } from "./notice.ts";
import { foreign, foreignWord } from "./tools/foreign-text.ts";

/** One run, as it is listened to. */
export interface Hearing {
  ledger: Ledger;
  run: string;
  /** The agent at work, until it has told how it ended. */
  agent?: { root: string; name: string } | undefined;
}

/** The notice that an event is worth; most are worth none. What agents and models wrote stands in it marked as such. */
export function noticeOfEvent<K extends EventKind>(hearing: Hearing, kind: K, data: EventData[K]): Notice | undefined {
  return notices[kind]?.(data, hearing);
}

type Notices = { [K in EventKind]?: (data: EventData[K], hearing: Hearing) => Notice | undefined };

const notices: Notices = {
  "approval.asked": ({ approval }, { ledger }) => approvalNotice(findApproval(ledger, approval, systemClock.nowMs())),
  "budget.reserved": ({ granted, limit = "a budget" }, hearing) =>
    granted ? undefined : budgetNotice(hearing, limit, `Budget reached: ${limit}`, `${hearing.run} was refused what it asked for.`),
  "limit.reached": ({ limit, used, most }, hearing) => budgetNotice(hearing, limit, `Limit reached: ${limit}`, `${used} of ${most} are taken.`),
  "agent.started": ({ root, agent: name }, hearing) => {
    hearing.agent = { root, name };
    return undefined;
  },
  "agent.finished": agentNotice,
  "sidecar.ended": ({ sidecar, root, why, detail = "" }, { agent }) =>
    ["memory", "crash", "scratch-full"].includes(why)
      ? {
          topic: "incident",
          key: `sidecar ${sidecar}`,
          title: `A sidecar ended: ${why}`,
          text: ["Its variables are gone; the run goes on.", foreignWord(detail)].join("\n"),
          agent: agent?.name,
          command: `agentctl run show ${root}`,
        }
      : undefined,
  // An agent that ended says so itself; one that broke off does not.
  "run.finished": ({ outcome, message = "" }, { run, agent }) =>
    outcome === "ok" || agent === undefined
      ? undefined
      : { topic: "run", key: `run ${run}`, title: `${agent.name} broke off: ${outcome}`, text: foreignWord(message, 400), ...shown(agent) },
};

function shown({ root, name }: { root: string; name: string }): Pick<Notice, "agent" | "command"> {
  return { agent: name, command: `agentctl run show ${root}` };
}

function budgetNotice({ run, agent }: Hearing, limit: string, title: string, text: string): Notice {
  return { topic: "budget", key: `limit ${run} ${limit}`, title, text, ...(agent === undefined ? { command: `agentctl run show ${run}` } : shown(agent)) };
}

function approvalNotice(row: ApprovalRow | undefined): Notice | undefined {
  if (row === undefined) return undefined;
  const { approval, agent, kind, effect, expiresMs } = row;
  const { tool = "an action", args = {}, question, decisions } = JSON.parse(row.what) as AskedAction;
  const titles = {
    question: `${agent} has a question`,
    outcome: `${agent} does not know what became of a call`,
    action: `${agent} asks: ${foreignWord(tool, 60)}`,
  };
  const who = effect === "two-key" ? "Two people with keys of policies/signers answer." : "One person answers.";
  const text = [
    foreign(question ?? JSON.stringify(args), 1200),
    ...decisions.filter((decision) => decision.effect !== "allow").map(({ reason }) => foreignWord(reason)),
    `${who} Without an answer by ${isoTime(expiresMs).slice(0, 16)}Z it is a no.`,
  ];
  return {
    topic: "approval",
    key: `approval ${approval}`,
    title: titles[kind],
    text: text.join("\n"),
    agent,
    approval,
    command: `agentctl approval show ${approval}`,
  };
}

function agentNotice({ root, outcome, answer, why }: EventData["agent.finished"], hearing: Hearing): Notice | undefined {
  const { name } = hearing.agent ?? { name: "an agent" };
  hearing.agent = undefined;
  // Whom it waits for was told already.
  if (outcome === "waiting") return undefined;
  const said = [...(why === undefined ? [] : [foreignWord(why, 400)]), ...(answer === undefined ? [] : [foreign(answer, 1200)])];
  return { topic: "run", key: `run ${hearing.run}`, title: `${name} ended: ${outcome}`, text: said.join("\n"), ...shown({ root, name }) };
}
