import { systemClock } from "../base/clock.ts";
import type { EventData, EventKind, Recorder } from "../event/events.ts";
import { breachWeights, noteBreach, unnotedRollbacks, type BreachRow } from "../ledger/autonomy.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { breachOf, declaredLevel, effectiveLevel, rolledBack, termsOf, type AutonomyHolder, type Breach } from "../policy/autonomy.ts";
import type { Actor, RiskClass } from "../policy/request.ts";
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
function noteRollbacks(ledger: Ledger, agent: AutonomyHolder): void {
  for (const proposal of unnotedRollbacks(ledger, agent.name)) {
    const breach = rolledBack(proposal);
    noteBreach(ledger, rowsOf(agent, breach, { source: breach.once }));
  }
}

/** The run with an ear on its record: what is a breach of the agent's counts before the next decision, and is on record itself. */
export function watchBreaches(open: OpenRun, agent: AutonomyHolder): OpenRun {
  const { recorder, ledger, run } = open;
  let rejections = 0;
  const lower = async (breach: Breach): Promise<void> => {
    const what = open.mask(breach.what);
    // The row comes first: a crash in between must not leave the agent its level.
    for (const { class: of, before, after } of noteBreach(ledger, rowsOf(agent, { ...breach, what }, { source: `${run} ${breach.once}`, run }))) {
      const [from, to] = [effectiveLevel(agent, of, before), effectiveLevel(agent, of, after)];
      if (to < from) await recorder.append("autonomy.lowered", { agent: agent.name, class: of, from, to, breach: what, run, terms: termsOf(agent) });
    }
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

function rowsOf(agent: AutonomyHolder, { classes, weight, what }: Breach, { source, run }: { source: string; run?: string }): BreachRow[] {
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
