import { safeText } from "../base/safe-text.ts";
import type { Proposal } from "../proposal/proposal.ts";
import type { LandingAllowed } from "./judge-landing.ts";

const line = (text: string): string => safeText(text, { oneLine: true }).slice(0, 200);

/** The message of a merge: what landed, who approved it, on what evidence; the title is words of the proposer. */
export function landingMessage(
  { id, title }: Pick<Proposal, "id" | "title">,
  { approvals, counted, gates }: Pick<LandingAllowed, "approvals" | "counted" | "gates">,
  { version, by }: { version: number; by: string },
): string {
  const { needed, risk } = approvals.needs;
  const trailers = [
    `Proposal-Id: ${id}`,
    `Proposal-Class: ${needed?.class ?? risk.class} ${risk.kinds.join(",")}`,
    ...counted.map(({ who, how, fingerprint }) => `Approved-By: ${line(who)} (${fingerprint ?? how})`),
    `Gates: ${gates}`,
    `Policy-Version: ${version}`,
    `Landed-By: ${line(by)}`,
  ];
  return `Land ${id}: ${line(title)}\n\n${trailers.join("\n")}\n`;
}
