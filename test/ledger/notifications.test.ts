import fc from "fast-check";
import { expect, test } from "vitest";
import { openLedger } from "../../src/ledger/ledger.ts";
import {
  dueNotification,
  endNotification,
  listNotifications,
  nextNotificationMs,
  noteTry,
  putOff,
  queuedMax,
  queueNotification,
  routeNotifications,
} from "../../src/ledger/notifications.ts";
import { folder } from "../support/workspace.ts";

const ask = (key: string, channel: string, nowMs = 0) => ({ key, channel, topic: "run", run: "", message: "{}", decision: undefined, nowMs });
const channels = ["a", "b"].map((name) => ({ name, on: ["run"] }));

type Step = { do: "queue" | "leave" | "route" | "send" | "fail" | "rest"; key: number; channel: number };
const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom("queue", "leave", "route", "send", "fail", "rest"),
  key: fc.integer({ min: 0, max: 4 }),
  channel: fc.integer({ min: 0, max: 1 }),
});

test("whatever happens in whatever order, every notice that was left or queued is sent once to each of its channels", () => {
  const ledger = openLedger(folder());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      ledger.db.exec("DELETE FROM notifications");
      let nowMs = 1_000_000;
      const wanted = new Set<string>();
      const sent: string[] = [];
      const sendNext = (fails: boolean, rests: boolean): void => {
        const row = dueNotification(ledger, { nowMs, not: [], waitMsMax: 10_000 });
        if (row === undefined || row.channel === "") return;
        expect(noteTry(ledger, row.notification, nowMs + 100)).toBe(true);
        if (fails) return putOff(ledger, row, { nextMs: nowMs + 200, error: "later", wholeChannel: rests });
        endNotification(ledger, row.notification, { state: "sent", error: "", nowMs });
        sent.push(`${row.key} ${row.channel}`);
        expect(noteTry(ledger, row.notification, nowMs)).toBe(false);
      };
      for (const { do: what, key, channel } of steps) {
        nowMs += 10;
        const name = channels[channel]?.name ?? "";
        if (what === "queue") {
          queueNotification(ledger, ask(`k${key}`, name, nowMs));
          wanted.add(`k${key} ${name}`);
        } else if (what === "leave") {
          queueNotification(ledger, ask(`k${key}`, "", nowMs));
          for (const each of channels) wanted.add(`k${key} ${each.name}`);
        } else if (what === "route") routeNotifications(ledger, channels);
        else {
          routeNotifications(ledger, channels);
          sendNext(what !== "send", what === "rest");
        }
      }
      routeNotifications(ledger, channels);
      for (let left = 100; left > 0 && nextNotificationMs(ledger, []) !== undefined; left -= 1) {
        nowMs = Math.max(nowMs, nextNotificationMs(ledger, []) ?? 0);
        sendNext(false, false);
      }
      expect(sent.toSorted()).toEqual([...wanted].toSorted());
    }),
    { numRuns: 40 },
  );
  ledger.close();
});

test("the same key is told to a channel once, topics can be held back, a flood is refused, old ones go", () => {
  const ledger = openLedger(folder());
  expect(queueNotification(ledger, ask("k", "a"))).toMatchObject({ state: "queued" });
  expect(queueNotification(ledger, ask("k", "a"))).toBe("known");
  expect(dueNotification(ledger, { nowMs: 0, not: ["run"], waitMsMax: 1 })).toBeUndefined();
  expect([nextNotificationMs(ledger, ["run"]), nextNotificationMs(ledger, [])]).toEqual([undefined, 0]);
  for (let index = 1; index < queuedMax; index += 1) queueNotification(ledger, ask(`k${index}`, "a"));
  expect(queueNotification(ledger, ask("more", "a"))).toBe("full");
  const [row] = listNotifications(ledger, "queued");
  endNotification(ledger, row?.notification ?? "", { state: "failed", error: "no", nowMs: 0 });
  queueNotification(ledger, ask("new", "a", 31 * 86_400_000));
  expect(listNotifications(ledger, "failed")).toEqual([]);
  // A clock that was set back makes nothing wait for a month.
  endNotification(ledger, row?.notification ?? "", { state: "sent", error: "", nowMs: 0 });
  expect(dueNotification(ledger, { nowMs: -86_400_000, not: [], waitMsMax: 7_200_000 })).toBeDefined();
  ledger.close();
});
