import type { ModelUsage } from "../agent/model.ts";
import { tokensAtLeast, tokensAtMost } from "./estimate.ts";
import type { ReportedUsage } from "./provider.ts";

/** Beyond the estimate, that often: no tokenizer is as wasteful. */
const absurd = 4;

export interface Measured {
  /** All that was sent, as text. */
  sent: string;
  /** All that came, as text. */
  came: string;
  /** What was set aside for either. */
  estimate: ModelUsage;
}

/** What a try took. A server's word counts where it is plausible; elsewhere our own estimate does, and `why` says so. */
export function trustedUsage(reported: ReportedUsage | undefined, measured: Measured): { usage: ModelUsage; why?: string } {
  const { sent, came, estimate } = measured;
  const own = { inputTokens: estimate.inputTokens, outputTokens: tokensAtMost(came) };
  if (reported === undefined) return { usage: own, why: "no usage was reported; it is estimated" };
  const input = plausible(reported.inputTokens, tokensAtLeast(sent), estimate.inputTokens * absurd);
  // What is thought is counted and not always told: the most that was allowed is the measure.
  const output = plausible(reported.outputTokens, tokensAtLeast(came), Math.max(estimate.outputTokens, own.outputTokens) * absurd);
  const usage = { inputTokens: input ?? own.inputTokens, outputTokens: output ?? own.outputTokens };
  if (input !== undefined && output !== undefined) return { usage };
  const said = `${shown(reported.inputTokens)} in, ${shown(reported.outputTokens)} out`;
  return { usage, why: `the usage that was reported (${said}) is not plausible; what is not is estimated` };
}

/** What a file of the workspace says that a try took: it is believed, whatever it says. */
export function writtenUsage(written: ReportedUsage | undefined): ModelUsage {
  return { inputTokens: counted(written?.inputTokens), outputTokens: counted(written?.outputTokens) };
}

function counted(value: unknown): number {
  return plausible(value, 0, Number.MAX_SAFE_INTEGER) ?? 0;
}

function plausible(tokens: unknown, least: number, most: number): number | undefined {
  return typeof tokens === "number" && Number.isSafeInteger(tokens) && tokens >= least && tokens <= most ? tokens : undefined;
}

function shown(value: unknown): string {
  return typeof value === "number" || value === undefined || value === null ? String(value) : "no number";
}
