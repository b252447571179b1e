import type { Ledger } from "../ledger/ledger.ts";
import { listNotifications, nextNotificationMs, queueFailedAgain, routeNotifications, type NotificationState } from "../ledger/notifications.ts";
import { systemClock } from "../base/clock.ts";
import { findWorkspace } from "../workspace/find.ts";
import { withLedger } from "./audit-state.ts";
import { workspaceFacts } from "./decided-action.ts";
import { inRun } from "./in-run.ts";
import { loadAuthority } from "./load-authority.ts";
import { maskFor } from "./mask-for.ts";
import { tellingOf } from "./open-notifier.ts";
import { personName } from "./person.ts";

export interface FlushResult {
  /** The run that recorded it; undefined when nothing waited. */
  run?: string | undefined;
  sent: number;
  /** Given up. */
  failed: number;
  /** By policy. */
  denied: number;
  waiting: number;
}

export interface FlushAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** How long it may take. */
  waitMs: number;
  /** Those that were given up, too. */
  failed?: boolean | undefined;
}

/**
 * Sends what waits, in a run of its own, also while work is halted: that is when people must hear of it. Errors: those of reading the workspace and its
 * authority.
 */
export async function flushNotifications({ cwd, env, waitMs, failed }: FlushAsked): Promise<FlushResult> {
  const { stateDir } = findWorkspace(cwd, env);
  const none = { sent: 0, failed: 0, denied: 0, waiting: 0 };
  if (withLedger(stateDir, (ledger) => hasWork(ledger, failed === true)) !== true) return none;
  const authority = await loadAuthority(cwd, env);
  const { config, commit, set } = authority;
  const telling = tellingOf(authority, env);
  // Who has no channels gets no run of it.
  if ((await telling.channels).length === 0) return { ...none, waiting: withLedger(stateDir, withoutChannels) ?? 0 };
  const mask = maskFor(stateDir, env, { names: config.values.mask.names, secrets: config.secrets });
  const started = {
    command: "notify flush",
    actor: { kind: "person" as const, name: personName() },
    workspace: await workspaceFacts(authority),
    policy: { commit, digest: set.digest },
  };
  return inRun<FlushResult>({ stateDir, mask, started, evenHalted: true }, async (open) => {
    const counted: Record<Exclude<NotificationState, "queued">, number> = { sent: 0, failed: 0, denied: 0 };
    const { openNotifier } = await import("./open-notifier.ts");
    await openNotifier(open, telling, (_row, state) => void (counted[state] += 1)).close(waitMs);
    return { outcome: "ok", result: { run: open.run, ...counted, waiting: listNotifications(open.ledger, "queued").length } };
  });
}

function hasWork(ledger: Ledger, failed: boolean): boolean {
  if (failed) queueFailedAgain(ledger, systemClock.nowMs());
  return nextNotificationMs(ledger, []) !== undefined;
}

/** What was left for any channel is for nobody; what was meant for one that is gone waits. */
function withoutChannels(ledger: Ledger): number {
  routeNotifications(ledger, []);
  return listNotifications(ledger, "queued").length;
}

/** After something that must not wait for messages was done and told. What cannot be sent now is sent by the next run. */
export async function flushQuietly(asked: Pick<FlushAsked, "cwd" | "env">): Promise<void> {
  await flushNotifications({ ...asked, waitMs: 2000 }).catch(() => undefined);
}
