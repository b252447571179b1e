import { systemClock } from "../base/clock.ts";
import type { EventData, EventKind, Recorder } from "../event/events.ts";
import { breachWeights, noteBreach, unnotedRollbacks, type BreachRow, type Weighed } from "../ledger/autonomy.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { breachOf, declaredLevel, effectiveLevel, rolledBack, termsOf, type AutonomyHolder, type Breach } from "../policy/autonomy.ts";
import type { Actor, RiskClass } from "../policy/request.ts";
import { withLedger } from "./audit-state.ts";
import type { OpenRun } from "./in-run.ts";

/**
 * The level that an agent has in a class now: what agent.yaml declares, less what its breaches took, whichever process noted them. Read anew for each decision.
 * A ledger that cannot be read leaves level 1.
 */
export function levelNow(ledger: Ledger, agent: AutonomyHolder, riskClass: RiskClass): number {
  try {
    noteRollbacks(ledger, agent);
    return effectiveLevel(agent, riskClass, breachWeights(ledger, { agent: agent.name, renewed: renewedOf(agent), class: riskClass }));
  } catch {
    return 1;
  }
}

/** As `levelNow`, for who only looks: without a ledger nothing has happened yet. */
export function levelIn(stateDir: string, agent: AutonomyHolder, riskClass: RiskClass): number {
  try {
    return withLedger(stateDir, (ledger) => levelNow(ledger, agent, riskClass)) ?? declaredLevel(agent, riskClass);
  } catch {
    return 1;
  }
}

/** An agent as policy sees it, asking for something of this class: its level is read each time that it is looked at. */
export function agentActor(ledger: Ledger, agent: AutonomyHolder, riskClass: RiskClass): Actor {
  return {
    kind: "agent",
    name: agent.name,
    get level() {
      return levelNow(ledger, agent, riskClass);
    },
  };
}

/** A change that was rolled back counts at the level of the day on which it is first seen. */
function noteRollbacks(ledger: Ledger, agent: AutonomyHolder, run?: string): (Weighed & { what: string })[] {
  return unnotedRollbacks(ledger, agent.name).flatMap((proposal) => {
    const breach = rolledBack(proposal);
    return noteBreach(ledger, rowsOf(agent, breach, { source: breach.once, run })).map((weighed) => ({ ...weighed, what: breach.what }));
  });
}

/** Notes that changes of the agent's were taken back, which `end` writes down in the same step, and puts what that costs it on record. */
export async function lowerRolledBack(
  { recorder, ledger, run }: Pick<OpenRun, "recorder" | "ledger" | "run">,
  agent: AutonomyHolder,
  end: () => void,
): Promise<void> {
  const lowered = ledger.transaction(() => {
    end();
    return noteRollbacks(ledger, agent, run);
  });
  for (const { what, ...weighed } of lowered) await recordLowered(recorder, agent, weighed, { breach: what, run });
}

async function recordLowered(
  recorder: Recorder,
  agent: AutonomyHolder,
  { class: of, before, after }: Weighed,
  why: { breach: string; run: string },
): Promise<void> {
  const [from, to] = [effectiveLevel(agent, of, before), effectiveLevel(agent, of, after)];
  if (to < from) await recorder.append("autonomy.lowered", { agent: agent.name, class: of, from, to, ...why, terms: termsOf(agent) });
}

/** The run with an ear on its record: what is a breach of the agent's counts before the next decision, and is on record itself. */
export function watchBreaches(open: OpenRun, agent: AutonomyHolder): OpenRun {
  const { recorder, ledger, run } = open;
  let rejections = 0;
  const lower = async (breach: Breach): Promise<void> => {
    const what = open.mask(breach.what);
    // The row comes first: a crash in between must not leave the agent its level.
    const weighed = noteBreach(ledger, rowsOf(agent, { ...breach, what }, { source: `${run} ${breach.once}`, run }));
    for (const each of weighed) await recordLowered(recorder, agent, each, { breach: what, run });
  };
  const listening: Recorder = {
    run: recorder.run,
    async append<K extends EventKind>(kind: K, data: EventData[K]) {
      const record = await recorder.append(kind, data);
      const breach = breachOf({ kind, data }, { agent: agent.name, rejections });
      if (kind === "answer.judged" && !(data as EventData["answer.judged"]).accepted) rejections += 1;
      if (breach !== undefined) await lower(breach);
      return record;
    },
  };
  return { ...open, recorder: listening };
}

function rowsOf(agent: AutonomyHolder, { classes, weight, what }: Breach, { source, run }: { source: string; run?: string | undefined }): BreachRow[] {
  return classes.map((each) => ({
    agent: agent.name,
    source,
    class: each,
    declared: declaredLevel(agent, each),
    renewed: renewedOf(agent),
    weight,
    what,
    run,
    atMs: systemClock.nowMs(),
  }));
}

function renewedOf({ autonomy }: AutonomyHolder): string {
  return autonomy?.renewed ?? "";
}
