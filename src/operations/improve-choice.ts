import { standingOf, type Opportunity } from "../proposal/opportunity.ts";
import { quietMs, type KnownCauses } from "./improve-known.ts";

/** Runs of the agent that come to nothing, one after the other, before a cause is left to people. */
const triesMax = 2;
/** One that was interrupted is begun once and gone on with so often: what is on record of it is not paid for again. */
const resumesMax = 2;

export type OpportunityState = "chosen" | "known" | "waiting" | "tried" | "changed" | "gone" | "later";

/** What is to be done about a cause, and why. */
export interface Judged {
  opportunity: Opportunity;
  state: OpportunityState;
  why: string;
  /** The proposal that did not hold. */
  regressionOf?: string | undefined;
  /** A run that has drafted it already; its draft was never proposed. */
  ready?: string | undefined;
  /** A run that was killed or interrupted while it drafted it, and can go on. */
  resume?: string | undefined;
}

export interface ChoiceAsked {
  known: KnownCauses;
  /** Ids in the ledger. */
  proposed: ReadonlySet<string>;
  /** Digests of the skills of the commit, by name. */
  skills: ReadonlyMap<string, string>;
  /** Other things of the commit: `agents/quant`, `strategies/sma-cross`. */
  rooms: ReadonlySet<string>;
  limit: number;
  openMax: number;
  /** Whose interrupted runs may go on; undefined where another model than theirs is asked for. */
  resumes: string | undefined;
  nowMs: number;
}

/** Chooses the worst causes that nobody has seen to, as many as may be. */
export function choose(opportunities: readonly Opportunity[], asked: ChoiceAsked): Judged[] {
  const room = Math.max(0, asked.openMax - asked.known.open);
  let chosen = 0;
  return opportunities.map((opportunity) => {
    const judged = judge(opportunity, asked);
    if (judged.state !== "chosen") return judged;
    if (chosen >= room)
      return {
        ...judged,
        state: "later",
        why: `${asked.known.open + chosen} proposals of improve are open, at most ${asked.openMax} may be (improve.openMax)`,
      };
    if (chosen >= asked.limit) return { ...judged, state: "later", why: `at most ${asked.limit} a call (--limit)` };
    chosen += 1;
    return judged;
  });
}

function judge(opportunity: Opportunity, { known, proposed, skills, rooms, resumes, nowMs }: ChoiceAsked): Judged {
  const { signature, subject, name, agent, digest, lastMs } = opportunity;
  const is = (state: OpportunityState, why: string, more: Partial<Judged> = {}): Judged => ({ opportunity, state, why, ...more });
  const at =
    subject === "skill"
      ? `skills/${name}`
      : subject === "strategy"
        ? `strategies/${name}`
        : subject === "policy" || subject === "objective"
          ? undefined
          : `agents/${agent ?? name}`;
  if (at !== undefined && !rooms.has(at)) return is("gone", `the commit has no ${at}`);
  const earlier = known.proposals.get(signature) ?? [];
  const standing = standingOf(lastMs, earlier, { nowMs, quietMs });
  if (standing.state === "known") return is("known", standing.why);
  if (subject === "skill" && digest !== undefined && digest !== "" && skills.get(name) !== digest)
    return is("changed", "the skill of the commit is another one than that which was seen");
  const sinceMs = Math.max(nowMs - quietMs, ...earlier.map(({ closedMs = 0 }) => closedMs));
  const drafts = (known.drafts.get(signature) ?? []).filter(({ startedMs, outcome }) => startedMs > sinceMs && outcome !== "unstarted");
  const waiting = drafts.find(({ outcome }) => outcome === undefined || outcome === "waiting");
  if (waiting !== undefined)
    return is("waiting", waiting.outcome === undefined ? `${waiting.run} works on it` : `${waiting.run} waits for ${waiting.waitsFor.join(", ") || "people"}`);
  const again = standing.state === "again" ? { regressionOf: standing.proposal } : {};
  const why = standing.state === "again" ? standing.why : "nobody has seen to it";
  // Once: what was refused as it stands is refused again.
  const ready = drafts.find(
    ({ run, outcome, proposals }) =>
      outcome === "ok" && proposals.length > 0 && !proposals.some((id) => proposed.has(id)) && drafts.filter((each) => each.run === run).length === 1,
  );
  if (ready !== undefined) return is("chosen", `${ready.run} has drafted it already`, { ...again, ready: ready.run });
  const [last] = drafts;
  if (last?.outcome === "interrupted" && last.agent === resumes && drafts.filter(({ run }) => run === last.run).length <= resumesMax)
    return is("chosen", `${last.run} was interrupted, and goes on`, { ...again, resume: last.run });
  const tries = drafts.filter(({ proposals }) => !proposals.some((id) => proposed.has(id)));
  if (tries.length >= triesMax) return is("tried", `${tries.length} drafts came to nothing, the last in ${tries[0]?.run ?? ""}`);
  return is("chosen", why, again);
}
