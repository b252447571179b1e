import type { Coded } from "../strategy.ts";
import { codeTemplates } from "./code.ts";

export type NewKind = "declared" | Coded["language"];

export interface NewFile {
  /** In the strategy's folder. */
  path: string;
  text: string;
}

/** What a new strategy trades. */
export interface NewMarket {
  name: string;
  timeframe: string;
  currency: string;
}

const signals = `# Columns have a name each; a rule acts from the bar after the one that it holds at.
signals:
  columns:
    quick: sma(close, fast)
    steady: sma(close, slow)
  enterLong: cross_over(quick, steady)
  exitLong: cross_under(quick, steady)
`;

/** The files of a strategy that loads, runs and trades, to be changed into what is wanted. */
export function newStrategy(name: string, kind: NewKind, market: NewMarket): NewFile[] {
  const code = kind === "declared" ? undefined : codeTemplates[kind];
  const rules =
    code === undefined
      ? signals
      : `# Runs in a container without network; it sees bars up to now, never those to come.\ncode: { language: ${kind}, file: ${code.file} }\n`;
  return [
    { path: "strategy.yaml", text: strategyText(name, rules, market) },
    ...(code === undefined ? [] : [{ path: code.file, text: code.text }]),
    { path: "README.md", text: readmeText(name) },
  ];
}

const strategyText = (name: string, rules: string, market: NewMarket): string => `# yaml-language-server: $schema=../../schemas/strategy.json
name: ${name}
about: Long while the fast average is above the slow one.
markets: [${market.name}]
timeframe: ${market.timeframe}

# What a run may set and a search may vary. Every variant that is ever run counts against the best of them.
parameters:
  fast: { type: integer, default: 10, min: 5, max: 30, step: 5, about: Bars of the fast average. }
  slow: { type: integer, default: 40, min: 20, max: 200, step: 20, about: Bars of the slow average. }
constraints: ["fast < slow"]

${rules}
sizing: { kind: equity, share: 0.95 }
account: { currency: ${market.currency}, cash: 100000 }

# Of each fill's value: commission, the distance between bid and ask (half of it is paid), and what the market moves meanwhile.
costs: { taker: 0.0005, spread: 0.0002, slippage: { model: share, share: 0.0002 } }
risk: { leverage: 1, stopLoss: 0.1 }
`;

const readmeText = (name: string): string => `# ${name}

**Idea.** Why should anybody lose the money that this earns? Say who, and why they go on doing it.

**Source.** Where the idea comes from, and how it was found: searched for, or expected beforehand.

**What to expect.** What would have to happen for it to be given up, written down before the first backtest.
`;
