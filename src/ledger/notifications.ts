import { newId } from "../base/ids.ts";
import type { Ledger } from "./ledger.ts";

/**
 * What people are to be told: on disk before it is sent, one row a message and channel. `message` is JSON, masked. The same key is told to a channel once.
 * queued → sent; failed: given up; denied: by policy.
 */
export const schema = `
  CREATE TABLE notifications (
    notification TEXT PRIMARY KEY,
    key TEXT NOT NULL,
    channel TEXT NOT NULL,
    topic TEXT NOT NULL,
    run TEXT NOT NULL,
    message TEXT NOT NULL,
    decision TEXT,
    state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'failed', 'denied')),
    tries INTEGER NOT NULL,
    queued_ms INTEGER NOT NULL,
    next_ms INTEGER NOT NULL,
    ended_ms INTEGER,
    error TEXT NOT NULL,
    UNIQUE (key, channel)
  ) STRICT;
  CREATE INDEX notifications_queued ON notifications (next_ms) WHERE state = 'queued';
`;

export type NotificationState = "queued" | "sent" | "failed" | "denied";

export interface NotificationRow {
  /** n-… */
  notification: string;
  key: string;
  channel: string;
  topic: string;
  /** In which it came up; empty outside of runs. */
  run: string;
  /** JSON. */
  message: string;
  /** Of the decision that allowed it, where one was made already. */
  decision: string | undefined;
  state: NotificationState;
  tries: number;
  queuedMs: number;
  /** Not tried before. */
  nextMs: number;
  endedMs: number | undefined;
  /** Of the last try; empty while there is none. */
  error: string;
}

export type NotificationAsk = Pick<NotificationRow, "key" | "channel" | "topic" | "run" | "message" | "decision"> & { nowMs: number };

/** More are not kept waiting: whoever floods the queue must not fill the disk. */
export const queuedMax = 1000;
const keptMs = 30 * 86_400_000;

/** On disk when it returns. The row, or why there is none: it was queued before, or too many wait. */
export function queueNotification(ledger: Ledger, ask: NotificationAsk): NotificationRow | "known" | "full" {
  return ledger.transaction((db) => {
    db.prepare("DELETE FROM notifications WHERE state <> 'queued' AND ended_ms < ?").run(ask.nowMs - keptMs);
    if (db.prepare("SELECT 1 FROM notifications WHERE key = ? AND channel = ?").get(ask.key, ask.channel) !== undefined) return "known";
    if (Number(db.prepare("SELECT count(*) AS n FROM notifications WHERE state = 'queued'").get()?.["n"]) >= queuedMax) return "full";
    const { key, channel, topic, run, message, decision, nowMs } = ask;
    const notification = newId("n");
    db.prepare(
      `INSERT INTO notifications (notification, key, channel, topic, run, message, decision, state, tries, queued_ms, next_ms, error)
       VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', 0, ?, ?, '')`,
    ).run(notification, key, channel, topic, run, message, decision ?? null, nowMs, nowMs);
    return { ...ask, notification, state: "queued", tries: 0, queuedMs: nowMs, nextMs: nowMs, endedMs: undefined, error: "" };
  });
}

/** The next one whose time has come, the oldest first; of these topics all but `not`. A clock that was set back makes none wait longer than `waitMsMax`. */
export function dueNotification(
  ledger: Ledger,
  { nowMs, not, waitMsMax }: { nowMs: number; not: readonly string[]; waitMsMax: number },
): NotificationRow | undefined {
  const places = not.map(() => "?").join(", ");
  const row = ledger.db
    .prepare(
      `SELECT * FROM notifications WHERE state = 'queued' AND (next_ms <= ? OR next_ms > ?) AND topic NOT IN (${places}) ORDER BY queued_ms, rowid LIMIT 1`,
    )
    .get(nowMs, nowMs + waitMsMax, ...not);
  return row === undefined ? undefined : rowOf(row);
}

/** Notices without a channel become one for each channel that is told of their topic; where there is none, none. */
export function routeNotifications(ledger: Ledger, channels: readonly { name: string; on: readonly string[] }[]): void {
  // Most often there is nothing to do, and no lock to take.
  if (ledger.db.prepare("SELECT 1 FROM notifications WHERE channel = '' LIMIT 1").get() === undefined) return;
  ledger.transaction((db) => {
    for (const { notification, key, topic, run, message, decision, queuedMs } of db
      .prepare("SELECT * FROM notifications WHERE channel = ''")
      .all()
      .map(rowOf)) {
      db.prepare("DELETE FROM notifications WHERE notification = ?").run(notification);
      for (const { name } of channels.filter(({ on }) => on.includes(topic))) {
        queueNotification(ledger, { key, channel: name, topic, run, message, decision, nowMs: queuedMs });
      }
    }
  });
}

/** The decision by which it may be sent. */
export function noteDecision(ledger: Ledger, notification: string, decision: string): void {
  ledger.transaction((db) => db.prepare("UPDATE notifications SET decision = ? WHERE notification = ?").run(decision, notification));
}

/** When the next one is due; undefined when none waits, those of the topics `not` aside. */
export function nextNotificationMs(ledger: Ledger, not: readonly string[]): number | undefined {
  const places = not.map(() => "?").join(", ");
  const row = ledger.db.prepare(`SELECT min(next_ms) AS next FROM notifications WHERE state = 'queued' AND topic NOT IN (${places})`).get(...not);
  return typeof row?.["next"] === "number" ? row["next"] : undefined;
}

/** Before a try: that it was made is known even if nobody lives to tell what came of it. False where somebody else ended it. */
export function noteTry(ledger: Ledger, notification: string, nextMs: number): boolean {
  return ledger.transaction(
    (db) =>
      db.prepare("UPDATE notifications SET tries = tries + 1, next_ms = ? WHERE notification = ? AND state = 'queued'").run(nextMs, notification).changes > 0,
  );
}

export function endNotification(
  ledger: Ledger,
  notification: string,
  { state, error, nowMs }: { state: Exclude<NotificationState, "queued">; error: string; nowMs: number },
): void {
  ledger.transaction((db) =>
    db.prepare("UPDATE notifications SET state = ?, error = ?, ended_ms = ? WHERE notification = ?").run(state, error, nowMs, notification),
  );
}

/** It is tried again at `nextMs`; so is nothing else on its channel before, where the service asked for rest. */
export function putOff(
  ledger: Ledger,
  { notification, channel }: NotificationRow,
  { nextMs, error, wholeChannel }: { nextMs: number; error: string; wholeChannel: boolean },
): void {
  ledger.transaction((db) => {
    db.prepare("UPDATE notifications SET next_ms = ?, error = ? WHERE notification = ?").run(nextMs, error, notification);
    if (wholeChannel) db.prepare("UPDATE notifications SET next_ms = max(next_ms, ?) WHERE channel = ? AND state = 'queued'").run(nextMs, channel);
  });
}

/** Those that were given up wait again, as if they were new. Answers how many. */
export function queueFailedAgain(ledger: Ledger, nowMs: number): number {
  return ledger.transaction((db) =>
    Number(
      db.prepare("UPDATE notifications SET state = 'queued', tries = 0, queued_ms = ?, next_ms = ?, ended_ms = NULL WHERE state = 'failed'").run(nowMs, nowMs)
        .changes,
    ),
  );
}

export function findNotification(ledger: Ledger, notification: string): NotificationRow | undefined {
  const row = ledger.db.prepare("SELECT * FROM notifications WHERE notification = ?").get(notification);
  return row === undefined ? undefined : rowOf(row);
}

/** The newest first; of the sent ones not more than the last hundred. */
export function listNotifications(ledger: Ledger, state: NotificationState): NotificationRow[] {
  return ledger.db
    .prepare("SELECT * FROM notifications WHERE state = ? ORDER BY queued_ms DESC, rowid DESC LIMIT ?")
    .all(state, state === "sent" ? 100 : queuedMax)
    .map(rowOf);
}

/** How many a run has queued on a topic. */
export function countOf(ledger: Ledger, topic: string, keyPrefix: string): number {
  const row = ledger.db.prepare("SELECT count(*) AS n FROM notifications WHERE topic = ? AND substr(key, 1, ?) = ?").get(topic, keyPrefix.length, keyPrefix);
  return Number(row?.["n"]);
}

function rowOf(row: Record<string, unknown>): NotificationRow {
  const text = (name: string): string => String(row[name]);
  const number = (name: string): number | undefined => (row[name] === null ? undefined : Number(row[name]));
  return {
    notification: text("notification"),
    key: text("key"),
    channel: text("channel"),
    topic: text("topic"),
    run: text("run"),
    message: text("message"),
    decision: row["decision"] === null ? undefined : text("decision"),
    state: text("state") as NotificationState,
    tries: number("tries") ?? 0,
    queuedMs: number("queued_ms") ?? 0,
    nextMs: number("next_ms") ?? 0,
    endedMs: number("ended_ms"),
    error: text("error"),
  };
}
