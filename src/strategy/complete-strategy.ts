import { signalNames } from "./schema.ts";
import type { Account, Coded, Costs, Declared, Parameter, Risk, Sizing, SignalName, Strategy } from "./strategy.ts";

type Written = string | number | boolean;

/** strategy.yaml as strategySchema lets it through. */
export interface RawStrategy {
  name: string;
  about: string;
  markets: string[];
  timeframe: string;
  timeframes?: Record<string, string>;
  parameters?: Record<string, Parameter>;
  constraints?: Written[];
  signals?: { columns?: Record<string, Written> } & Partial<Record<SignalName, Written>>;
  code?: Omit<Coded, "kind">;
  sizing?: Sizing;
  account?: Partial<Account>;
  costs: Partial<Costs> & Pick<Costs, "taker">;
  risk?: Partial<Risk>;
  fill?: Strategy["fill"];
  warmup?: number;
  gates?: Record<string, number>;
  knownBad?: string;
  include?: string[];
}

/** Fills in what was left out. */
export function completeStrategy(raw: RawStrategy): Strategy {
  return {
    name: raw.name,
    about: raw.about,
    markets: raw.markets,
    timeframe: raw.timeframe,
    timeframes: raw.timeframes ?? {},
    parameters: raw.parameters ?? {},
    constraints: (raw.constraints ?? []).map(String),
    signals: raw.code === undefined ? declared(raw.signals ?? {}) : { kind: "code", ...raw.code },
    sizing: raw.sizing ?? { kind: "equity", share: 1 },
    account: { currency: "USD", cash: 100_000, decimals: 2, ...raw.account },
    costs: { maker: raw.costs.taker, fixed: 0, spread: 0, slippage: { model: "none" }, borrow: 0, ...raw.costs },
    risk: { leverage: 1, ...raw.risk },
    fill: raw.fill ?? "next-open",
    warmup: raw.warmup ?? 0,
    gates: raw.gates ?? {},
    knownBad: raw.knownBad,
    include: raw.include ?? [],
  };
}

function declared({ columns = {}, ...rules }: NonNullable<RawStrategy["signals"]>): Declared {
  return {
    kind: "declared",
    columns: Object.fromEntries(Object.entries(columns).map(([name, text]) => [name, String(text)])),
    rules: Object.fromEntries(signalNames.flatMap((name) => (rules[name] === undefined ? [] : [[name, String(rules[name])]]))),
  };
}
