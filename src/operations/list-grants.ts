import { isoTime, systemClock } from "../base/clock.ts";
import { listGrants as rowsOf, type GrantRow } from "../ledger/grants.ts";
import { findWorkspace } from "../workspace/find.ts";
import { withLedger } from "./audit-state.ts";

export type GrantSummary = Omit<GrantRow, "givenMs" | "untilMs" | "revokedMs"> & { given: string; until: string; revoked?: string | undefined };

/** Standing permissions that hold; with `all` also those that have ended. */
export function listGrants(asked: { cwd: string; env: NodeJS.ProcessEnv; all: boolean }): GrantSummary[] {
  const { stateDir } = findWorkspace(asked.cwd, asked.env);
  const rows = withLedger(stateDir, (ledger) => rowsOf(ledger, systemClock.nowMs())) ?? [];
  return rows
    .filter(({ state }) => asked.all || state === "active")
    .map(({ givenMs, untilMs, revokedMs, ...grant }) => ({
      ...grant,
      given: isoTime(givenMs),
      until: isoTime(untilMs),
      ...(revokedMs !== undefined && { revoked: isoTime(revokedMs) }),
    }));
}
