import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import type { EventRecord } from "../event/events.ts";
import { laneOf, markUntrusted, takeLane, untrustedMaker, type Lane } from "../ledger/lanes.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { isKind } from "../trace/record.ts";
import type { OpenRun } from "./in-run.ts";

export type { Lane } from "../ledger/lanes.ts";

/** `held` is the lane that the run is in already; `why` says what brought it there, for people and models. */
export type LaneAnswer = { ok: true } | { ok: false; held: Lane; why: string };

export interface LaneContext {
  open: OpenRun;
  /** The run with all its parts. */
  root: string;
}

/**
 * Puts a run into a lane, unless it is in the other one. The ledger decides, so it holds for every process, part and configuration; the event `lane.claimed`
 * tells of a new claim. A lane once claimed stays: trust that a skill is given later does not change what the run has read.
 */
export async function claimLane({ open, root }: LaneContext, lane: Lane, why: string): Promise<LaneAnswer> {
  const said = open.mask(why.toWellFormed().slice(0, 500));
  const { row, made } = takeLane(open.ledger, { root, lane, why: said, claimedMs: systemClock.nowMs() });
  if (made) await open.recorder.append("lane.claimed", { root, lane, why: said });
  return row.lane === lane
    ? { ok: true }
    : { ok: false, held: row.lane, why: `${heldText[row.lane]} (${row.why}), so it can no longer ${barredText[row.lane]}` };
}

/** As `claimLane`, where a "no" ends the work. Error (exit denied): `sidecar/other-lane`. */
export async function requireLane(context: LaneContext, lane: Lane, why: string): Promise<void> {
  const answer = await claimLane(context, lane, why);
  if (!answer.ok) throw otherLane(answer.why);
}

export function otherLane(why: string): AgentctlError {
  return new AgentctlError("sidecar/other-lane", why, { hint: "do it in a run of its own: agentctl run start …", exit: "denied" });
}

/** The lane of a run and what brought it there: as the ledger knows it, else as its record tells. */
export function laneOnRecord(ledger: Ledger, root: string, records: readonly EventRecord[]): { lane: Lane; why: string } | undefined {
  const known = laneOf(ledger, root);
  if (known !== undefined) return known;
  for (const record of records) {
    if (isKind(record, "lane.claimed")) return record.data;
    if (isKind(record, "skill.started") && record.data.trust === "untrusted") return { lane: "untrusted", why: `the skill ${record.data.skill} ran` };
  }
  return undefined;
}

/** Remembers what a run in the lane `untrusted` made, by digest: whoever is given such a file later has that lane too. Empty files say nothing. */
export function noteUntrusted({ open, root }: LaneContext, files: readonly { sha256?: string | undefined; bytes?: number | undefined }[]): void {
  if (files.length === 0 || laneOf(open.ledger, root)?.lane !== "untrusted") return;
  markUntrusted(
    open.ledger,
    root,
    files.flatMap(({ sha256, bytes }) => (sha256 === undefined || bytes === 0 ? [] : [sha256])),
  );
}

/** Why a file of this digest belongs to the lane `untrusted`; undefined when it does not. */
export function untrustedFile(ledger: Ledger, { name, sha256 }: { name: string; sha256: string }): string | undefined {
  const maker = untrustedMaker(ledger, sha256);
  return maker === undefined ? undefined : `the file ${name} was made in ${maker}, where an untrusted skill had its hand in it`;
}

const heldText: Readonly<Record<Lane, string>> = {
  sidecar: "this run has used the Python sidecar",
  untrusted: "this run holds what an untrusted skill made",
};

const barredText: Readonly<Record<Lane, string>> = {
  sidecar: "use what untrusted skills make",
  untrusted: "use the Python sidecar",
};
