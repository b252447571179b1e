import { isoTime } from "../base/clock.ts";
import { forgetConversation as forget, listConversations as listed } from "../ledger/conversations.ts";
import { findWorkspace } from "../workspace/find.ts";
import { withLedger } from "./audit-state.ts";
import { requireConversation } from "./conversation.ts";
import { personName } from "./person.ts";

export interface ConversationRow {
  conversation: string;
  turns: number;
  first: string;
  last: string;
}

/** The conversations of the person whose process this is, the newest first; never those of others. */
export function listConversations(asked: { cwd: string; env: NodeJS.ProcessEnv }): ConversationRow[] {
  const { stateDir } = findWorkspace(asked.cwd, asked.env);
  const rows = withLedger(stateDir, (ledger) => listed(ledger, personName())) ?? [];
  return rows.map(({ conversation, turns, firstMs, lastMs }) => ({ conversation, turns, first: isoTime(firstMs), last: isoTime(lastMs) }));
}

/** Forgets one of them: later runs are told nothing of it. The record of its runs stays. Error (exit usage): `memory/bad-conversation`. */
export function forgetConversation(asked: { cwd: string; env: NodeJS.ProcessEnv; name: string }): { conversation: string; turns: number } {
  const conversation = requireConversation(asked.name);
  const { stateDir } = findWorkspace(asked.cwd, asked.env);
  return { conversation, turns: withLedger(stateDir, (ledger) => forget(ledger, personName(), conversation)) ?? 0 };
}
