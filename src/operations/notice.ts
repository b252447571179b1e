import { isoTime, systemClock } from "../base/clock.ts";
import { sha256 } from "../base/digest.ts";
import { readHalt } from "../ledger/halt.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { queueNotification, type NotificationRow } from "../ledger/notifications.ts";
import type { Message } from "../notify/message.ts";
import type { Recovery } from "../trace/recover-journal.ts";
import type { Mask } from "../trace/mask.ts";
import type { NoticeTopic } from "../workspace/notify-schema.ts";

/** Something that people may want to know at once. What is in it need not be masked. */
export interface Notice extends Pick<Message, "title" | "text" | "agent" | "approval" | "command"> {
  topic: NoticeTopic;
  /** The same notice has the same key; each channel is told of it once. */
  key: string;
}

export interface NoticePlace {
  ledger: Ledger;
  mask: Mask;
  /** In which it came up; empty outside of runs. */
  run: string;
}

/** Of a notice that nobody has given to channels yet. */
const unrouted = "";

const textUnitsMax = 16_000;

/** Puts a notice on disk for one channel, masked. Errors: those of the ledger. */
export function queueNotice({ ledger, mask, run }: NoticePlace, notice: Notice, channel: string, decision?: string): NotificationRow | "known" | "full" {
  const { topic, key, text, ...words } = notice;
  const nowMs = systemClock.nowMs();
  const message: Omit<Message, "id"> = { topic, ...words, text: text.slice(0, textUnitsMax), ...(run !== "" && { run }), time: isoTime(nowMs) };
  return queueNotification(ledger, { key, channel, topic, run, message: JSON.stringify(mask(message)), decision, nowMs });
}

/**
 * Leaves a notice for the next process that knows the channels: for those who must not read a configuration, as a halt. What cannot be left is not told; it
 * keeps nobody from anything.
 */
export function leaveNotice(place: NoticePlace, notice: Notice): void {
  try {
    queueNotice(place, notice, unrouted);
  } catch {
    // The record has it.
  }
}

/** The message of a row. */
export function messageOfRow({ notification, message }: NotificationRow): Message {
  return { ...(JSON.parse(message) as Omit<Message, "id">), id: notification };
}

/** Topics that nobody is told of now: while work is halted people are told why, and agents say nothing. */
export function heldBack(stateDir: string): NoticeTopic[] {
  return readHalt(stateDir).halted ? ["agent"] : [];
}

/** A process was gone, and its run was ended by somebody else. */
export function crashNotice({ run, outcome, faults }: Recovery): Notice {
  const broken = faults.length === 0 ? "" : ` Its record has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}: agentctl audit verify.`;
  const text = `Its process was gone. The run was ended as ${outcome}.${broken}`;
  return { topic: "incident", key: `crash ${run}`, title: `A run crashed: ${run}`, text, command: `agentctl run show ${run}` };
}

/** Work was stopped, or may go on. */
export function haltNotice(run: string, { by, reason, released }: { by: string; reason: string; released: boolean }): Notice {
  const title = released ? `Released by ${by}: work may go on` : `Halted by ${by}`;
  const command = released ? "agentctl halt status" : "agentctl halt release --reason …";
  return { topic: "halt", key: `halt ${run}`, title, text: reason, command };
}

/** The record is not what it was. The same faults are told once. */
export function faultsNotice(faults: readonly { file: string; kind: string; message: string }[]): Notice {
  const lines = faults.slice(0, 5).map(({ file, kind, message }) => `${file}  ${kind}  ${message}`);
  const more = faults.length > lines.length ? [`and ${faults.length - lines.length} more`] : [];
  const title = `The record has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}`;
  return { topic: "incident", key: `faults ${sha256(JSON.stringify(faults))}`, title, text: [...lines, ...more].join("\n"), command: "agentctl audit verify" };
}
