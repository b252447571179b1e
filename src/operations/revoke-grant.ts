import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { nearest } from "../base/suggest.ts";
import { listGrants, revokeGrant } from "../ledger/grants.ts";
import { ensureStateDir, findWorkspace } from "../workspace/find.ts";
import { withLedger } from "./audit-state.ts";
import { outsidePolicy } from "./halt-work.ts";
import { inRun } from "./in-run.ts";
import { maskFor } from "./mask-for.ts";
import { personName } from "./person.ts";

export interface GrantRevoked {
  grant: string;
  /** False when it had ended before. */
  revoked: boolean;
  /** The run that recorded it. */
  run?: string | undefined;
}

/** Ends a grant at once, also while everything is halted: it only takes away. Error `grant/unknown` (exit usage) with the nearest. */
export async function endGrant(asked: { cwd: string; env: NodeJS.ProcessEnv; grant: string; note: string }): Promise<GrantRevoked> {
  const stateDir = ensureStateDir(findWorkspace(asked.cwd, asked.env));
  const known = withLedger(stateDir, (ledger) => listGrants(ledger, systemClock.nowMs())) ?? [];
  const found = known.find(({ grant }) => grant === asked.grant);
  if (found === undefined) {
    const near = nearest(
      asked.grant,
      known.map(({ grant }) => grant),
    );
    throw new AgentctlError("grant/unknown", `there is no grant ${JSON.stringify(asked.grant)}`, {
      hint: near === undefined ? "agentctl grant --all" : `did you mean ${near}?`,
      exit: "usage",
    });
  }
  if (found.state !== "active") return { grant: found.grant, revoked: false };
  const by = personName();
  const { grant } = found;
  return inRun(
    { stateDir, mask: maskFor(stateDir, asked.env), evenHalted: true, started: outsidePolicy(`grant revoke ${grant}`, by) },
    async ({ run, ledger, recorder }) => {
      const note = asked.note.trim().slice(0, 4000);
      await recorder.append("grant.revoked", { grant, by, ...(note !== "" && { note }) });
      return { outcome: "ok", result: { grant, revoked: revokeGrant(ledger, { grant, by, nowMs: systemClock.nowMs() }), run } };
    },
  );
}
