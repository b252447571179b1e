import { systemClock } from "../base/clock.ts";
import { newId } from "../base/ids.ts";
import type { DecisionMade } from "../event/decision-made.ts";
import { withLease } from "../ledger/leases.ts";
import {
  dueNotification,
  endNotification,
  noteDecision,
  noteTry,
  putOff,
  routeNotifications,
  type NotificationRow,
  type NotificationState,
} from "../ledger/notifications.ts";
import type { ActionRequest, Decision } from "../policy/request.ts";
import type { OpenRun } from "./in-run.ts";
import { heldBack, messageOfRow } from "./notice.ts";
import type { NotifyChannel } from "./notify-channels.ts";
import { personName } from "./person.ts";

export interface Sending {
  open: Pick<OpenRun, "stateDir" | "ledger" | "recorder" | "mask">;
  channels: readonly NotifyChannel[];
  /** What policy says. */
  decide: (request: ActionRequest, id: string) => Decision;
  signal: AbortSignal;
  onEnd?: ((row: NotificationRow, state: Exclude<NotificationState, "queued">) => void) | undefined;
}

const tryTimeoutMs = 10_000;
const triesMax = 20;
const ageMsMax = 86_400_000;
const waitMsMax = 7_200_000;
/** While a variable is not set or a channel is gone: others may have it. */
const unusableWaitMs = 60_000;

/**
 * Sends what is due, the oldest first, until nothing is or `signal` is aborted. One process at a time does, so that nothing is sent twice; one that dies
 * between the service's yes and our note of it leaves a message that is sent again. False where another process is at it. Rejects for faults of ours only.
 */
export async function sendQueued(sending: Sending): Promise<boolean> {
  const { ledger } = sending.open;
  const done = await withLease(ledger, "notify", async () => {
    routeNotifications(ledger, sending.channels);
    for (let row = due(sending); row !== undefined && !sending.signal.aborted; row = due(sending)) await sendOne(sending, row);
    return true;
  });
  return done ?? false;
}

function due({ open }: Sending): NotificationRow | undefined {
  return dueNotification(open.ledger, { nowMs: systemClock.nowMs(), not: heldBack(open.stateDir), waitMsMax });
}

async function sendOne(sending: Sending, row: NotificationRow): Promise<void> {
  const { ledger } = sending.open;
  const nowMs = systemClock.nowMs();
  const found = sending.channels.find(({ name }) => name === row.channel);
  if (nowMs - row.queuedMs > ageMsMax || row.tries >= triesMax) return end(sending, row, "failed", row.error === "" ? "its time is over" : row.error);
  if (found?.channel === undefined) {
    return putOff(ledger, row, { nextMs: nowMs + unusableWaitMs, error: found?.problem ?? "there is no such channel", wholeChannel: false });
  }
  if (row.decision === undefined) {
    const decision = await decided(sending, row, found);
    if (decision.effect !== "allow") return end(sending, row, "denied", decision.reason);
    noteDecision(ledger, row.notification, decision.id);
  }
  // The try is on disk before it is made: who dies in it has made it.
  const tries = row.tries + 1;
  if (!noteTry(ledger, row.notification, nowMs + backoffMs(tries))) return;
  const { deliver } = await import("../notify/deliver.ts");
  const delivery = await deliver(found.channel, messageOfRow(row), { timeoutMs: tryTimeoutMs, signal: sending.signal }).catch((thrown: unknown) => {
    if (sending.signal.aborted) return { state: "later" as const, why: "broken off", afterMs: undefined };
    throw thrown;
  });
  const tried = { ...row, tries };
  if (delivery.state === "sent") return end(sending, tried, "sent", "");
  const why = sending.open.mask(delivery.why);
  if (delivery.state === "refused" || tries >= triesMax) return end(sending, tried, "failed", why);
  const asked = delivery.afterMs ?? 0;
  putOff(ledger, row, { nextMs: systemClock.nowMs() + Math.min(Math.max(asked, backoffMs(tries)), waitMsMax), error: why, wholeChannel: asked > 0 });
}

/** Who sends is the person whose process it is; an agent that reports by itself was decided before. */
async function decided({ open, decide }: Sending, { channel, topic }: NotificationRow, { host, port }: NotifyChannel): Promise<Decision> {
  const actor = { kind: "person" as const, name: personName() };
  const decision = decide(open.mask({ action: "notify.send", class: "N" as const, actor, host, port, args: { channel, topic } }), newId("d"));
  await open.recorder.append("decision.made", decision as DecisionMade);
  return decision;
}

/** Doubled twice a try: 1 s, 4 s, 16 s … 2 h. */
function backoffMs(tries: number): number {
  return Math.min(1000 * 4 ** Math.min(tries - 1, 10), waitMsMax);
}

async function end({ open, onEnd }: Sending, row: NotificationRow, state: Exclude<NotificationState, "queued">, why: string): Promise<void> {
  const { notification, channel, topic, run, tries } = row;
  endNotification(open.ledger, notification, { state, error: why, nowMs: systemClock.nowMs() });
  onEnd?.(row, state);
  const what = { notification, channel, topic, ...(run !== "" && { about: run }), tries };
  if (state === "sent") await open.recorder.append("notify.sent", what);
  else await open.recorder.append("notify.failed", { ...what, state, why });
}
