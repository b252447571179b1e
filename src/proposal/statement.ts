import { canonicalJson } from "../base/canonical-json.ts";
import { messageOf } from "../base/errors.ts";
import { isMapping } from "../base/mapping.ts";
import type { ApprovalEffect } from "../policy/approval.ts";
import type { RiskClass } from "../policy/request.ts";
import { isProposalId } from "./message.ts";
import { proposalKinds, type ProposalKind } from "./proposal.ts";

/** What a person signs. It binds the answer to one change of one repository on one base with one set of gate results; anything else is another statement. */
export interface ProposalStatement {
  /** Another `type` than that of approvals of calls, under the same namespace: the one is never the other. */
  type: "agentctl-proposal-v1";
  /** First commit of the repository. */
  repository: string;
  proposal: string;
  kinds: readonly ProposalKind[];
  class: RiskClass;
  effect: ApprovalEffect;
  /** The ref that it is to land on. */
  target: string;
  base: string;
  head: string;
  /** The tree that the target is to have. */
  tree: string;
  policy: { commit: string; version: number };
  /** Digest of the report of the gates; null in a rejection without one. */
  gates: string | null;
  /** Head of the newest closed record that the signer saw, a witness of it; null where there is none. */
  audit: { run: string; seq: number; hash: string } | null;
  /** Random; good once. */
  nonce: string;
  /** RFC 3339; what the signer says. Validity is judged by when it was received. */
  issued: string;
  expires: string;
  decision: "approve" | "reject";
  note: string;
}

/** The exact bytes that are signed: canonical JSON and a line feed. */
export function statementText(statement: ProposalStatement): string {
  return `${canonicalJson(statement)}\n`;
}

export const statementBounds = { bytes: 64 * 1024, note: 4_000 };

type Test = (value: unknown) => boolean;

const text: Test = (value) => typeof value === "string";
const matching =
  (shape: RegExp): Test =>
  (value) =>
    typeof value === "string" && shape.test(value);
const oid = matching(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/);
const digest = matching(/^[0-9a-f]{64}$/);
const whole: Test = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const time: Test = (value) => typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value) && !Number.isNaN(Date.parse(value));
const exactly =
  (fields: { readonly [name: string]: Test }): Test =>
  (value) =>
    isMapping(value) && Object.keys(value).length === Object.keys(fields).length && Object.entries(fields).every(([name, test]) => test(value[name]));

const fields: Record<keyof ProposalStatement, Test> = {
  type: (value) => value === "agentctl-proposal-v1",
  repository: oid,
  proposal: (value) => typeof value === "string" && isProposalId(value),
  kinds: (value) => Array.isArray(value) && new Set(value).size === value.length && value.every((kind) => (proposalKinds as readonly unknown[]).includes(kind)),
  class: matching(/^[RWBNCT]$/),
  effect: matching(/^(approve|two-key)$/),
  target: matching(/^refs\/[^\s\p{Cc}]+$/u),
  base: oid,
  head: oid,
  tree: oid,
  policy: exactly({ commit: oid, version: whole }),
  gates: (value) => value === null || digest(value),
  audit: (value) => value === null || exactly({ run: text, seq: whole, hash: text })(value),
  nonce: matching(/^[0-9A-Za-z_-]{16,64}$/),
  issued: time,
  expires: time,
  decision: matching(/^(approve|reject)$/),
  note: (value) => typeof value === "string" && value.length <= statementBounds.note,
};

/**
 * Reads what somebody signed: only the very bytes that `statementText` would write again, with exactly these fields. So a field that stands twice, one more of
 * them, other spaces or another order are no statement.
 */
export function readStatement(signed: string): { statement: ProposalStatement } | { problem: string } {
  if (Buffer.byteLength(signed) > statementBounds.bytes) return { problem: `it has more than ${statementBounds.bytes} bytes` };
  let value: unknown;
  try {
    value = JSON.parse(signed);
  } catch (cause) {
    return { problem: `it is no JSON: ${messageOf(cause)}` };
  }
  if (!isMapping(value)) return { problem: "it is no statement" };
  const names = Object.keys(fields) as (keyof ProposalStatement)[];
  const wrong = names.find((name) => !fields[name](value[name]));
  if (wrong !== undefined) return { problem: `its ${wrong} is missing or none` };
  const odd = Object.keys(value).find((name) => !Object.hasOwn(fields, name));
  if (odd !== undefined) return { problem: `it has a field ${JSON.stringify(odd)} that no statement has` };
  const statement = value as unknown as ProposalStatement;
  try {
    if (statementText(statement) !== signed) return { problem: "it is not written in the one way that is signed (canonical JSON and a line feed)" };
  } catch (cause) {
    return { problem: messageOf(cause) };
  }
  return { statement };
}
