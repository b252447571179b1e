import { safeText } from "../base/safe-text.ts";
import type { SignerChange } from "../operations/change-signers.ts";
import type { SignerSummary } from "../operations/list-signers.ts";
import { table } from "./table.ts";

const field = (label: string, text: string): string => `${label.padEnd(11)} ${safeText(text, { oneLine: true })}`;

/** A line a signer. */
export function signerRows(signers: readonly SignerSummary[]): string[] {
  const rows = signers.map(({ name, keyType, fingerprint, state, until, from, github, yours }) => ({
    signer: safeText(name, { oneLine: true }),
    key: keyType.replace(/@openssh\.com$/, "").replace(/^(sk-)?ssh-/, "$1"),
    fingerprint,
    state: state === "other" ? "not for approvals" : state,
    valid: state === "later" ? `from ${from ?? ""}` : until === undefined ? "-" : `until ${until}`,
    github: github ?? "-",
    yours: yours ? "yes" : "",
  }));
  return table(rows, ["signer", "key", "fingerprint", "state", "valid", "github", "yours"]);
}

export function signerLines({ name, keyType, fingerprint, namespaces, state, from, until, github, yours, line }: SignerSummary): string[] {
  return [
    field("signer", `${name}  ${state === "other" ? "not for approvals" : state}${yours ? "  (your key)" : ""}`),
    field("key", `${keyType}  ${fingerprint}`),
    field("signs", namespaces.join(", ")),
    ...(from === undefined ? [] : [field("from", from)]),
    ...(until === undefined ? [] : [field("until", until)]),
    ...(github === undefined ? [] : [field("github", github)]),
    field("stands in", `policies/signers:${line}`),
  ];
}

export function changedLines({ proposal, line, decision, already }: SignerChange, sign: "+" | "-"): { data: string[]; words: string[] } {
  if (proposal === undefined)
    return { data: [], words: [`denied    ${safeText(decision.reason, { oneLine: true })}     agentctl policy explain ${decision.id}`] };
  return {
    data: [`${already === true ? "there" : "proposed"}  ${proposal.id}  ${sign} ${safeText(line, { oneLine: true })}`],
    words: [`next      agentctl proposal gate ${proposal.id}     takes two people with their keys`],
  };
}
