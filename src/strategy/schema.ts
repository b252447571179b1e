import { gateLimitProperties } from "../base/gate-limits.ts";
import type { JsonSchema } from "../base/json-schema.ts";

/** Names of strategies, and of data sets and gates where they are mentioned. */
export const strategyNamePattern = "^[a-z0-9]+(-[a-z0-9]+)*$";
/** Names that stand in expressions. */
const wordPattern = "^[a-z][A-Za-z0-9_]{0,39}$";
const timeframePattern = "^[1-9][0-9]{0,3}[smhdw]$";

export const signalNames = ["enterLong", "exitLong", "enterShort", "exitShort", "limit", "stop", "stopLoss", "takeProfit", "trailingStop", "weight"] as const;

/** The longest expression that is read, in characters. */
export const expressionCharactersMax = 1_000;

const name = { type: "string", pattern: strategyNamePattern, maxLength: 64 } as const;
const timeframe = { type: "string", pattern: timeframePattern, examples: ["15m", "1h", "1d", "1w"] } as const;
const file = { type: "string", minLength: 1, maxLength: 255 } as const;
const positive = { type: "number", exclusiveMinimum: 0, maximum: 1e15 } as const;
const share = (description: string): JsonSchema => ({ type: "number", minimum: 0, maximum: 1, description });
const someShare = (description: string): JsonSchema => ({ type: "number", exclusiveMinimum: 0, maximum: 1, description });
/** A number or a truth value is an expression too: `exitShort: false`, `weight: 1`. */
const expression = { type: ["string", "number", "boolean"], minLength: 1, maxLength: expressionCharactersMax } as const;
const scalar = { type: ["number", "string", "boolean"], maxLength: 64 } as const;

const mapping = (properties: Readonly<Record<string, JsonSchema>>, required: readonly string[], description?: string): JsonSchema => ({
  type: "object",
  additionalProperties: false,
  required,
  properties,
  ...(description === undefined ? {} : { description }),
});

/** Names of one's own as keys. */
const named = (values: JsonSchema, max: number, description: string): JsonSchema => ({
  type: "object",
  propertyNames: { pattern: wordPattern },
  additionalProperties: values,
  maxProperties: max,
  description,
});

const parameter = mapping(
  {
    type: { enum: ["integer", "number", "choice"] },
    default: scalar,
    about: { type: "string", maxLength: 400 },
    min: { type: "number" },
    max: { type: "number" },
    step: { ...positive, description: "Distance between the values of a grid search; 1 for integers when not given." },
    values: { type: "array", items: scalar, minItems: 1, maxItems: 1_000, description: "Of a choice." },
  },
  ["type", "default"],
);

const rules = Object.fromEntries(signalNames.map((signal) => [signal, expression]));

const slippage: JsonSchema = {
  type: "object",
  required: ["model"],
  properties: { model: { enum: ["none", "share", "range", "volume"] } },
  allOf: [
    variantOf("model", "none", {}),
    variantOf("model", "share", { share: share("Of the price.") }),
    variantOf("model", "range", { share: share("Of the bar's high − low.") }),
    variantOf("model", "volume", { impact: { type: "number", minimum: 0, maximum: 100, description: "price × impact × √(units / the bar's volume)" } }),
  ],
};

const sizing: JsonSchema = {
  type: "object",
  required: ["kind"],
  properties: { kind: { enum: ["units", "value", "equity", "risk"] } },
  allOf: [
    variantOf("kind", "units", { units: positive }),
    variantOf("kind", "value", { value: positive }),
    variantOf("kind", "equity", { share: { ...positive, maximum: 100, description: "Of equity, a position; above 1 only with leverage." } }),
    variantOf("kind", "risk", { share: someShare("Of equity, lost when the stop-loss is hit.") }),
  ],
};

function variantOf(key: string, value: string, properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  // `else`, since an object with `then` is one that `await` takes for a promise.
  return {
    if: { properties: { [key]: { not: { const: value } } } },
    else: mapping({ [key]: { const: value }, ...properties }, [key, ...Object.keys(properties)]),
  };
}

/** strategies/<name>/strategy.yaml. Either `signals` or `code` says when to trade. */
export const strategySchema: JsonSchema = {
  title: "A trading strategy: what it trades, when, how much, and at what costs",
  ...mapping(
    {
      name: { ...name, description: "The name of its folder." },
      about: { type: "string", minLength: 1, maxLength: 400 },
      markets: { type: "array", items: name, minItems: 1, maxItems: 64, uniqueItems: true, description: "Data sets: data/<name>.yaml." },
      timeframe: { ...timeframe, description: "Of the bars it is called for, e.g. 1h or 1d: that of the data, or a multiple of it." },
      timeframes: named(timeframe, 8, "Higher timeframes by the name they have in expressions, e.g. week: 1w makes week.close."),
      parameters: named(parameter, 64, "What may be set for a run, and searched."),
      constraints: { type: "array", items: expression, maxItems: 32, description: "Conditions over parameters that every variant meets, e.g. fast < slow." },
      signals: mapping(
        { columns: named(expression, 64, "Columns by name; each may use those above it."), ...rules },
        [],
        "Rules as expressions over bars, indicators and parameters. They act from the next bar on.",
      ),
      code: mapping({ language: { enum: ["typescript", "python"] }, file: { ...file, description: "In its folder." } }, ["language", "file"]),
      sizing,
      account: mapping(
        {
          currency: { type: "string", pattern: "^[A-Z0-9]{2,10}$" },
          cash: { ...positive, description: "At the start." },
          decimals: { type: "integer", minimum: 0, maximum: 8, description: "To which money is booked; 2 when not given." },
        },
        [],
      ),
      costs: mapping(
        {
          taker: share("Fee of market, stop and trailing orders, of their value."),
          maker: share("Fee of limit orders that rested; that of takers when not given."),
          fixed: { type: "number", minimum: 0, maximum: 1e9, description: "Money an order." },
          spread: share("Between bid and ask, of the price; a taker pays half."),
          slippage,
          borrow: share("A year, of the value of short positions."),
        },
        ["taker"],
      ),
      risk: mapping(
        {
          leverage: { type: "number", exclusiveMinimum: 0, maximum: 100, description: "Gross value over equity at most; 1 when not given." },
          positions: { type: "integer", minimum: 1, maximum: 10_000, description: "Open at most." },
          stopLoss: someShare("Of the entry price, for entries that bring no stop of their own."),
          takeProfit: { ...positive, maximum: 1_000, description: "Of the entry price." },
          trailingStop: someShare("Of the entry price."),
          drawdownMax: someShare("All is closed, and nothing more opened, once equity is so far below its peak."),
        },
        [],
      ),
      fill: { enum: ["next-open", "this-close"], description: "next-open when not given. this-close trades at the close it decided on: the gate refuses it." },
      warmup: { type: "integer", minimum: 0, maximum: 1_000_000, description: "Bars before the first order beyond what the indicators need." },
      gates: mapping(gateLimitProperties, [], "Limits of the gate that are stricter than policy's."),
      knownBad: { ...name, description: "The check that must refuse this one: it is shipped to show a mistake." },
      include: { type: "array", items: file, maxItems: 64, uniqueItems: true, description: "Other files its code needs, relative to strategies/." },
    },
    ["name", "about", "markets", "timeframe", "costs"],
  ),
};
