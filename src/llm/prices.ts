import type { ModelUsage } from "../agent/model.ts";
import { decimalRate } from "../base/money.ts";
import { asNumber } from "../policy/amounts.ts";
import type { Candidate } from "./choose-models.ts";
import type { ModelSettings } from "./settings.ts";

/** US dollars per million tokens, which is millionths of a dollar per token. A long input may cost more per token: the last step that it is above. */
export interface Rates {
  input: readonly Step[];
  output: readonly Step[];
  /** Of each request, besides its tokens; US dollars. */
  requestUsd: number;
  source: "settings" | "price data" | "rate" | "no charge";
}

interface Step {
  /** Input tokens above which it counts. */
  above: number;
  usd: number;
}

export function flatRates(inputUsd: number, outputUsd: number, source: Rates["source"]): Rates {
  return { input: [{ above: -1, usd: inputUsd }], output: [{ above: -1, usd: outputUsd }], requestUsd: 0, source };
}

/**
 * What a model costs: by the settings, else by the price data for its provider's address, else nobody knows. What never leaves the machine is free.
 * `inputOnly`: of a model that writes nothing, which has no price for that.
 */
export async function ratesOf(
  settings: ModelSettings,
  candidate: Candidate,
  baseUrl: string | undefined,
  nowMs: number,
  { inputOnly = false }: { inputOnly?: boolean } = {},
): Promise<Rates | undefined> {
  const given = Object.entries(settings.prices).filter(([glob]) => globMatches(glob, candidate.id));
  // The one that says most about the name speaks.
  const [own] = given.toSorted(([a], [b]) => literals(b) - literals(a));
  if (own !== undefined) return flatRates(own[1].inputUsd, own[1].outputUsd, "settings");
  if (baseUrl === undefined) return flatRates(0, 0, "no charge");
  return listedRates(baseUrl, candidate.name, nowMs, inputOnly);
}

/** What a request costs in US dollars: exact, and rounded up to a millionth once. */
export function costUsd(rates: Rates, usage: ModelUsage): number {
  const scale = 12;
  const micros = (usd: number, count: number): bigint => {
    const { numerator, decimals } = decimalRate(usd);
    return BigInt(numerator) * 10n ** BigInt(scale - decimals) * BigInt(count);
  };
  const scaled =
    micros(stepFor(rates.input, usage.inputTokens), usage.inputTokens) +
    micros(stepFor(rates.output, usage.inputTokens), usage.outputTokens) +
    micros(rates.requestUsd, 1_000_000);
  const unit = 10n ** BigInt(scale);
  return asNumber("costUsd", scaled / unit + (scaled % unit > 0n ? 1n : 0n));
}

function stepFor(steps: readonly Step[], inputTokens: number): number {
  return steps.findLast(({ above }) => inputTokens > above)?.usd ?? 0;
}

function literals(glob: string): number {
  return glob.includes("*") ? glob.replaceAll("*", "").length : Number.POSITIVE_INFINITY;
}

/** `*` stands for any text; nothing else is special. Linear: each part is looked for once. */
export function globMatches(glob: string, text: string): boolean {
  const parts = glob.split("*");
  const [first = "", last = ""] = [parts[0], parts.at(-1)];
  if (parts.length === 1) return glob === text;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let from = first.length;
  const end = text.length - last.length;
  for (const part of parts.slice(1, -1)) {
    const at = text.indexOf(part, from);
    if (at < 0 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}

/** From the data that came with the package; it is never updated over the network. */
async function listedRates(baseUrl: string, model: string, nowMs: number, inputOnly: boolean): Promise<Rates | undefined> {
  // A hundred milliseconds: most models of a machine never need it.
  const { calcPrice } = await import("@pydantic/genai-prices");
  const found = calcPrice({ input_tokens: 0, output_tokens: 0 }, model, { providerApiUrl: baseUrl, timestamp: new Date(nowMs) });
  if (found === null) return undefined;
  const { input_mtok: input, output_mtok: output = inputOnly ? 0 : undefined, requests_kcount: requests } = found.model_price;
  // What is not priced by tokens is not priced by us.
  if (input === undefined || output === undefined || typeof requests === "object") return undefined;
  return { input: steps(input), output: steps(output), requestUsd: (requests ?? 0) / 1000, source: "price data" };
}

function steps(price: number | { base: number; tiers: readonly { start: number; price: number }[] }): Step[] {
  if (typeof price === "number") return [{ above: -1, usd: price }];
  const later = price.tiers.map(({ start, price: usd }) => ({ above: start, usd }));
  return [{ above: -1, usd: price.base }, ...later.toSorted((a, b) => a.above - b.above)];
}
