import { systemClock } from "../base/clock.ts";
import { findGrant, useGrant, type GrantRow } from "../ledger/grants.ts";
import type { Decision } from "../policy/request.ts";
import type { OpenRun } from "./in-run.ts";

/**
 * The grants that together stand in for the approval of one call, each once; undefined when one of the decisions that ask is left without. A denial and two
 * keys have none. With `asksAnyway` the call itself asks too, although policy allows it. Uses are counted.
 */
export function standingGrants(open: Pick<OpenRun, "ledger">, agent: string, decisions: readonly Decision[], asksAnyway = false): GrantRow[] | undefined {
  if (decisions.some(({ effect }) => effect === "deny" || effect === "two-key")) return undefined;
  const asking = decisions.filter(({ effect, request }) => effect === "approve" || (asksAnyway && request.action === "tool.call"));
  if (asking.length === 0) return undefined;
  const nowMs = systemClock.nowMs();
  return open.ledger.transaction(() => {
    // Uses are counted when all of it is covered, else none is.
    if (asking.some(({ request }) => findGrant(open.ledger, request, agent, nowMs) === undefined)) return undefined;
    const used = asking.flatMap(({ request }) => useGrant(open.ledger, request, agent, nowMs) ?? []);
    return [...new Map(used.map((grant) => [grant.grant, grant])).values()];
  });
}
