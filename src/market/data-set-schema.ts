import type { JsonSchema } from "../base/json-schema.ts";

/** Names of data sets: those of files and folders. */
export const dataNamePattern = "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$";

const line = { type: "string", minLength: 1, maxLength: 1024, pattern: "^[^\\n\\r]*$" };
const digest = { type: "string", pattern: "^[0-9a-f]{64}$" };
const time = { type: "string", pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{3})?Z$" };
const decimals = { type: "integer", minimum: 0, maximum: 18 };
const timeframe = { type: "string", pattern: "^[1-9][0-9]{0,4}[smhdw]$" };
const name = { type: "string", pattern: dataNamePattern };

const source = {
  type: "object",
  additionalProperties: false,
  required: ["kind"],
  properties: {
    kind: { enum: ["file", "exchange", "resampled"] },
    path: { ...line, description: "file: relative to the workspace" },
    sha256: { ...digest, description: "of the file, or of the bars that were resampled" },
    mapping: { type: "object", additionalProperties: { type: "string" }, description: "file: which of its columns is which of the bars" },
    timezone: { ...line, description: "file: zone of times that name none" },
    timeFormat: { ...line, description: "file: how its times are written, in strptime's words" },
    decimal: { enum: [".", ","], description: "file: what stands before the decimals" },
    sort: { type: "boolean", description: "file: its rows are not in the order of time" },
    overlaps: { enum: ["refuse", "in-order"], description: "file: local times that a zone has twice" },
    badMax: { type: "integer", minimum: 0, description: "file: rows that may be left out" },
    since: { ...time, description: "bars from here on" },
    until: { ...time, description: "bars before" },
    exchange: { ...line, description: "exchange: its name in ccxt" },
    symbol: { ...line, description: "exchange: its name of what is traded" },
    endpoint: { ...line, description: "exchange: asked in the place of its own address" },
    data: { ...name, description: "resampled: the data set it was made from" },
  },
  anyOf: [
    { properties: { kind: { const: "file" } }, required: ["path", "sha256"] },
    { properties: { kind: { const: "exchange" } }, required: ["exchange", "symbol", "since"] },
    { properties: { kind: { const: "resampled" } }, required: ["data", "sha256"] },
  ],
} as const;

/** data/<name>.yaml. The name is that of the file. */
export const dataSetSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Bars of a market (data/<name>.yaml)",
  type: "object",
  additionalProperties: false,
  required: [
    "symbol",
    "timeframe",
    "calendar",
    "currency",
    "priceDecimals",
    "unitDecimals",
    "rows",
    "from",
    "to",
    "sha256",
    "gaps",
    "missing",
    "source",
    "licence",
  ],
  properties: {
    symbol: { ...line, description: "the field's name of what is traded, e.g. BTC/USDT" },
    timeframe: { ...timeframe, description: "of one bar, e.g. 1m, 1h, 1d, 1w" },
    calendar: { enum: ["always", "sessions"], description: "always: around the clock; sessions: nights, weekends and holidays are no gaps" },
    currency: { ...line, description: "of the prices" },
    priceDecimals: { ...decimals, description: "of a price" },
    unitDecimals: { ...decimals, description: "of a quantity; 0 when only whole units are traded" },
    rows: { type: "integer", minimum: 1 },
    from: { ...time, description: "opening time of the first bar" },
    to: { ...time, description: "opening time of the last bar" },
    sha256: { ...digest, description: "over the columns ts, open, high, low, close, volume as little-endian doubles" },
    gaps: {
      type: "array",
      maxItems: 20,
      description: "missing stretches, the largest first",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["after", "before", "bars"],
        properties: { after: time, before: time, bars: { type: "integer", minimum: 1 } },
      },
    },
    missing: { type: "integer", minimum: 0, description: "bars missing in all gaps" },
    source,
    licence: { ...line, description: "what the bars may be used for" },
  },
};
