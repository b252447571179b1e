import { isoTime } from "../base/clock.ts";
import { listNotifications as rowsOf, type NotificationRow } from "../ledger/notifications.ts";
import type { NoticeTopic } from "../workspace/notify-schema.ts";
import { withLedger } from "./audit-state.ts";
import { loadAuthority } from "./load-authority.ts";
import { messageOfRow } from "./notice.ts";
import { notifyChannels } from "./notify-channels.ts";

export interface ListedNotification {
  notification: string;
  state: NotificationRow["state"];
  /** Empty: not given to channels yet. */
  channel: string;
  topic: string;
  title: string;
  run: string;
  tries: number;
  /** RFC 3339. */
  queued: string;
  /** Of those that wait. */
  next?: string | undefined;
  error: string;
}

export interface NotificationList {
  channels: { name: string; type: string; host: string | undefined; on: readonly NoticeTopic[]; problem: string | undefined }[];
  /** What waits, what was given up or denied, what was sent last. */
  notifications: ListedNotification[];
  uncommitted: string | undefined;
}

/** The channels in force and their messages, the newest first; sent ones only with `all`. Errors: those of reading the workspace and its authority. */
export async function listNotifications({ cwd, env, all }: { cwd: string; env: NodeJS.ProcessEnv; all: boolean }): Promise<NotificationList> {
  const authority = await loadAuthority(cwd, env);
  const { channels, uncommitted } = await notifyChannels(authority, env);
  const states = ["queued", "failed", "denied", ...(all ? (["sent"] as const) : [])] as const;
  const rows = withLedger(authority.workspace.stateDir, (ledger) => states.flatMap((state) => rowsOf(ledger, state))) ?? [];
  return {
    channels: channels.map(({ name, type, host, on, problem }) => ({ name, type, host, on, problem })),
    notifications: rows.map(listed),
    uncommitted,
  };
}

function listed(row: NotificationRow): ListedNotification {
  const { notification, state, channel, topic, run, tries, queuedMs, nextMs, error } = row;
  const { title } = messageOfRow(row);
  return { notification, state, channel, topic, title, run, tries, queued: isoTime(queuedMs), ...(state === "queued" && { next: isoTime(nextMs) }), error };
}
