import { shipped } from "./skills.ts";
import { workspace, type TestWorkspace } from "./workspace.ts";

/** The bars of the S&P 500, by day, as they are shipped: the data set and the file that it is made of. */
export function sp500(): Record<string, string> {
  const data = shipped("data");
  const asset = shipped("skills/market-stats/assets");
  return { "data/sp500-daily.yaml": data["data/sp500-daily.yaml"]!, ...asset };
}

/** A declared strategy that is honest and small: long while the fast average is above the slow one. `more` are keys of strategy.yaml; undefined takes one out. */
export function smaCross(name = "sma-cross", more: Record<string, unknown> = {}): Record<string, string> {
  const keys: Record<string, unknown> = {
    name,
    about: "Long while the fast average is above the slow one.",
    markets: ["sp500-daily"],
    timeframe: "1d",
    parameters: { fast: { type: "integer", default: 10, min: 2, max: 60 }, slow: { type: "integer", default: 30, min: 10, max: 250, step: 10 } },
    constraints: ["fast < slow"],
    signals: {
      columns: { f: "sma(close, fast)", s: "sma(close, slow)" },
      enterLong: "cross_over(f, s)",
      exitLong: "cross_under(f, s)",
    },
    sizing: { kind: "equity", share: 1 },
    account: { currency: "USD", cash: 100_000 },
    costs: { taker: 0.001, spread: 0.0002, slippage: { model: "share", share: 0.0002 } },
    ...more,
  };
  const lines = Object.entries(keys)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
  return { [`strategies/${name}/strategy.yaml`]: lines.join(""), [`strategies/${name}/README.md`]: `# ${name}\n` };
}

/** A committed workspace with the shipped policies, the S&P bars and these files (strategies, mostly). */
export function strategyWorkspace(files: Record<string, string> = smaCross(), options: { commit?: boolean } = {}): TestWorkspace {
  return workspace({ "agentctl.yaml": "profile: small\n", ...shipped("policies"), ...sp500(), ...files }, options);
}
