import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { nearest } from "../base/suggest.ts";
import { armWhenNew } from "../ledger/halt.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { findNotification, type NotificationRow } from "../ledger/notifications.ts";
import type { Decision } from "../policy/request.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { decidedAction } from "./decided-action.ts";
import { loadAuthority } from "./load-authority.ts";
import { notifyChannels, type NotifyChannel } from "./notify-channels.ts";
import { personName } from "./person.ts";

export interface SentNotification {
  run: string;
  channel: string;
  /** waiting: the service did not take it yet; it is tried again. denied: by policy. */
  state: "sent" | "waiting" | "failed" | "denied";
  /** Why it is not sent. */
  why?: string | undefined;
  decision: Decision;
}

export interface SendAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  channel: string;
  /** Without it, a test message. */
  text?: string | undefined;
}

const waitMs = 12_000;

/** Sends one message now, as a run: decided as `notify.send`, through the same queue as all others. Errors (exit usage): no workspace, `notify/no-channel`, `notify/not-ready`. */
export async function sendNotification({ cwd, env, channel: name, text }: SendAsked): Promise<SentNotification> {
  const authority = await loadAuthority(cwd, env);
  const { channels, uncommitted } = await notifyChannels(authority, env);
  const { host, port } = requireChannel(channels, name, uncommitted);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  const command = text === undefined ? `notify test ${name}` : `notify send ${name}`;
  const request = {
    action: "notify.send",
    class: "N" as const,
    actor: { kind: "person" as const, name: personName() },
    host,
    port,
    args: { channel: name, topic: "person" },
  };
  const { run, decision, outcome, value } = await decidedAction<Pick<SentNotification, "state" | "why">>(
    { authority, stateDir },
    { command, request, amounts: { wallMs: waitMs }, env },
    async (open, { id }) => {
      const notice = text === undefined ? testNotice(name) : { title: `A message from ${personName()}`, text };
      const [row] = (await open.tell?.({ topic: "run", key: newId("m"), ...notice }, { channels: [name], decision: id })) ?? [];
      if (row === undefined) return { outcome: "failed", value: { state: "failed", why: "too many messages wait already: agentctl notify flush" } };
      const { state, error } = await tried(open.ledger, row);
      return { outcome: state === "sent" ? "ok" : "failed", value: { state: state === "queued" ? "waiting" : state, ...(error !== "" && { why: error }) } };
    },
  );
  const denied = outcome === "budget" ? { state: "failed" as const, why: "a budget is reached" } : { state: "denied" as const, why: decision.reason };
  return { run, channel: name, decision, ...(value ?? denied) };
}

/** Whoever sends it, this process or another one. */
async function tried(ledger: Ledger, row: NotificationRow): Promise<NotificationRow> {
  const untilMs = systemClock.monotonicMs() + waitMs;
  for (;;) {
    const now = findNotification(ledger, row.notification) ?? row;
    if (now.state !== "queued" || now.error !== "" || systemClock.monotonicMs() > untilMs) return now;
    await sleep(20);
  }
}

function testNotice(name: string): { title: string; text: string } {
  return { title: `agentctl reaches ${name}`, text: "This is a test message. Nothing happened." };
}

function requireChannel(channels: readonly NotifyChannel[], name: string, uncommitted: string | undefined): NotifyChannel {
  const found = channels.find((channel) => channel.name === name);
  const names = channels.map((channel) => channel.name);
  if (found === undefined) {
    const near = nearest(name, names);
    const hint = uncommitted !== undefined ? "commit agentctl.yaml" : near === undefined ? "agentctl notify" : `did you mean ${near}?`;
    throw new AgentctlError("notify/no-channel", `there is no channel ${JSON.stringify(name)}${uncommitted === undefined ? "" : `; ${uncommitted}`}`, {
      hint,
      exit: "usage",
    });
  }
  if (found.channel !== undefined) return found;
  throw new AgentctlError("notify/not-ready", `the channel ${name} cannot be used: ${found.problem}`, { hint: "agentctl notify", exit: "usage" });
}
