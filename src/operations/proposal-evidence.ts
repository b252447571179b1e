import { AgentctlError } from "../base/errors.ts";
import type { Repository } from "../git/repository.ts";
import { ask } from "../trace/ask.ts";
import { findJournal, isRunName } from "../trace/places.ts";

const idsMax = 50;
const recordId = /^[a-z]{1,4}-[0-9a-z-]{4,40}$/;
const commitId = /^[0-9a-f]{40}$/;

const isOurs = (id: string): boolean => commitId.test(id) || recordId.test(id);

/** One thing that a proposal names. `found` is undefined for what is no id of ours: those are words, and nobody looks for them. */
export interface Evidence {
  id: string;
  found?: boolean | undefined;
}

/** Which of the ids that a proposal names are in this machine's record or repository. */
export async function knownEvidence(repository: Repository, stateDir: string, evidence: readonly string[]): Promise<Evidence[]> {
  const ids = evidence.slice(0, idsMax);
  const [commits, others] = [ids.filter((id) => commitId.test(id)), ids.filter((id) => recordId.test(id) && !isRunName(id))];
  const there = new Set(ids.filter((id) => isRunName(id) && findJournal(stateDir, id) !== undefined));
  const found = await repository.readCommits(commits);
  commits.forEach((id, index) => found[index] !== undefined && there.add(id));
  if (others.length > 0) for (const id of await recorded(stateDir, others)) there.add(id);
  return ids.map((id) => ({ id, ...(isOurs(id) && { found: there.has(id) }) }));
}

/** The ids are letters, digits and hyphens; so is what they are put between. */
async function recorded(stateDir: string, ids: readonly string[]): Promise<string[]> {
  const list = ids.map((id) => `'${id}'`).join(", ");
  const places = [
    ["decisions", "id"],
    ["backtests", "backtest"],
    ["approvals", "approval"],
    ["experiments", "experiment"],
  ] as const;
  const sql = places.map(([view, column]) => `SELECT ${column} AS id FROM ${view} WHERE ${column} IN (${list})`).join(" UNION ");
  try {
    return (await ask(stateDir, sql, { rowsMax: idsMax })).rows.map((row) => String(row[0]));
  } catch (thrown) {
    // A record that cannot be asked has nothing that could be found.
    if (thrown instanceof AgentctlError) return [];
    throw thrown;
  }
}
