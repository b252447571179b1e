import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../base/clock.ts";
import type { EventData, EventKind, Recorder } from "../event/events.ts";
import { nextNotificationMs, type NotificationRow } from "../ledger/notifications.ts";
import { decide } from "../policy/decide.ts";
import type { OpenRun } from "./in-run.ts";
import type { Authority } from "./load-authority.ts";
import { heldBack, queueNotice, type Notice } from "./notice.ts";
import { noticeOfEvent, type Hearing } from "./notice-of-event.ts";
import { notifyChannels, type NotifyChannel } from "./notify-channels.ts";
import type { Sending } from "./send-queued.ts";

/** What a run needs to tell people something. */
export interface Telling {
  channels: Promise<readonly NotifyChannel[]>;
  decide: Sending["decide"];
}

/** By the authority of a workspace. Its channels are read while other things are done; where they cannot be read nobody is told. */
export function tellingOf(authority: Authority, env: NodeJS.ProcessEnv): Telling {
  return {
    channels: notifyChannels(authority, env).then(
      ({ channels }) => channels,
      () => [],
    ),
    decide: (request, id) => decide(request, authority.set, { id, commit: authority.commit }),
  };
}

/** The part of a run that tells people what happens in it. Nothing here fails the run or holds it up, but for `close`, and that for two seconds at most. */
export interface Notifier {
  /** Queues what an event is worth. Called before it is recorded: an approval that is on record is one that people are told of. */
  hear<K extends EventKind>(kind: K, data: EventData[K]): Promise<void>;
  /** Queues a notice for every channel of its topic, or for these; answers the rows that were new. */
  tell(notice: Notice, to?: { channels: readonly string[]; decision: string }): Promise<NotificationRow[]>;
  /** Sends what waits, for so long at most. */
  close(waitMs: number): Promise<void>;
}

export type NotifierPlace = Pick<OpenRun, "run" | "stateDir" | "ledger" | "recorder" | "mask">;

export function openNotifier(open: NotifierPlace, telling: Telling, onEnd?: Sending["onEnd"]): Notifier {
  const pump = openPump(open, telling, onEnd);
  const hearing: Hearing = { ledger: open.ledger, run: open.run };
  const tell: Notifier["tell"] = async (notice, to) => {
    const told = (await telling.channels).filter(({ name, on }) => (to === undefined ? on.includes(notice.topic) : to.channels.includes(name)));
    const rows = told.map(({ name }) => queueNotice(open, notice, name, to?.decision)).filter((row) => typeof row === "object");
    if (rows.length > 0) pump.wake();
    return rows;
  };
  // What was left by others is sent along.
  pump.wake();
  return {
    hear: async (kind, data) =>
      quietly(async () => {
        const notice = noticeOfEvent(hearing, kind, data);
        if (notice !== undefined) await tell(notice);
      }),
    tell,
    close: pump.close,
  };
}

/** Records as before, and is heard. */
export function heardRecorder(recorder: Recorder, { hear }: Notifier): Recorder {
  return {
    run: recorder.run,
    async append<K extends EventKind>(kind: K, data: EventData[K]) {
      await hear(kind, data);
      return recorder.append(kind, data);
    },
  };
}

/** Sends in the background, one after the other. */
function openPump(open: NotifierPlace, telling: Telling, onEnd: Sending["onEnd"]): { wake(): void; close(waitMs: number): Promise<void> } {
  const stop = new AbortController();
  let running: Promise<void> | undefined;
  let again = false;
  let timer: NodeJS.Timeout | undefined;
  /** Until the next one is due; undefined when none waits. */
  const nextMs = (): number | undefined => {
    const atMs = nextNotificationMs(open.ledger, heldBack(open.stateDir));
    return atMs === undefined ? undefined : atMs - systemClock.nowMs();
  };
  const send = async (): Promise<void> => {
    const channels = await telling.channels;
    if (nextMs() === undefined) return;
    const { sendQueued } = await import("./send-queued.ts");
    await sendQueued({ open, channels, decide: telling.decide, signal: stop.signal, onEnd });
  };
  const wake = (): void => {
    again = true;
    running ??= (async () => {
      while (again && !stop.signal.aborted) {
        again = false;
        await quietly(send);
      }
      running = undefined;
      const waitMs = stop.signal.aborted ? undefined : await quietly(nextMs);
      clearTimeout(timer);
      // A run of hours tries again meanwhile, and looks what became of what another process was sending.
      if (waitMs !== undefined) timer = setTimeout(wake, Math.min(Math.max(waitMs, 1000), 60_000)).unref();
    })();
  };
  return {
    wake,
    async close(waitMs) {
      const untilMs = systemClock.monotonicMs() + waitMs;
      const late = setTimeout(() => stop.abort(), waitMs);
      await running;
      // Another process may be at it, or a try that failed be due again.
      for (let leftMs = waitMs; leftMs > 0 && ((await quietly(nextMs)) ?? Infinity) <= leftMs; leftMs = untilMs - systemClock.monotonicMs()) {
        wake();
        await running;
        await sleep(Math.min(50, Math.max(0, untilMs - systemClock.monotonicMs())));
      }
      clearTimeout(late);
      stop.abort();
      clearTimeout(timer);
      await running;
    },
  };
}

/** What cannot be told ends no work; `agentctl notify` shows what waits. */
async function quietly<T>(work: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch {
    return undefined;
  }
}
