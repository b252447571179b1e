import type { FromSchema } from "json-schema-to-ts";

const metrics = { type: "object", additionalProperties: { type: ["number", "null"] } } as const;
const parameters = { type: "object", additionalProperties: { type: ["number", "string", "boolean"] } } as const;

/** Bars of one market. */
const bars = {
  symbol: { type: "string" },
  timeframe: { type: "string" },
  /** Of the whole data set, as in its manifest. */
  sha256: { type: "string" },
  rows: { type: "integer" },
  from: { type: "string" },
  to: { type: "string" },
} as const;

/** Bars that were traded over. */
const data = {
  type: "array",
  items: {
    type: "object",
    additionalProperties: false,
    required: ["name", "symbol", "timeframe", "sha256", "rows", "from", "to"],
    properties: { name: { type: "string" }, ...bars },
  },
} as const;

/** The intent: on disk before the first bar, with everything that the outcome depends on. */
export const backtestStarted = {
  type: "object",
  additionalProperties: false,
  required: ["backtest", "identity", "variant", "strategy", "digest", "commit", "committed", "files", "parameters", "settings", "data", "engine", "seed"],
  properties: {
    /** bt-… */
    backtest: { type: "string" },
    /** SHA-256 over digest, parameters, settings, data, engine, image and seed: the same identity must give the same orders. */
    identity: { type: "string" },
    /** SHA-256 over digest, parameters and settings without range: what counts as one trial, on whatever window it was tried. */
    variant: { type: "string" },
    strategy: { type: "string" },
    /** Over every file that its code can import. */
    digest: { type: "string" },
    /** The commit it was read at, or, when not committed, the one the tree stood on. */
    commit: { type: "string" },
    committed: { type: "boolean" },
    /** Its files by digest; those that no commit holds are kept as blobs. */
    files: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["path", "sha256"],
        properties: { path: { type: "string" }, sha256: { type: "string" } },
      },
    },
    parameters,
    settings: { type: "object" },
    data,
    engine: { type: "integer" },
    /** Image id that its code ran in. */
    image: { type: "string" },
    seed: { type: "integer" },
    /** Id of the decision that allowed it. */
    decision: { type: "string" },
    /** Why it ran, when not by itself: e.g. reproduce bt-…, gate g-… */
    purpose: { type: "string" },
  },
} as const;

/** The result of the backtest with the same id. Digests are over canonical rows; the rows lie in the lake. */
export const backtestFinished = {
  type: "object",
  additionalProperties: false,
  required: ["backtest", "outcome", "durationMs"],
  properties: {
    backtest: { type: "string" },
    outcome: { enum: ["ok", "failed", "timeout", "oom"] },
    why: { type: "string" },
    durationMs: { type: "number" },
    bars: { type: "integer" },
    warmup: { type: "integer" },
    orders: { type: "integer" },
    trades: { type: "integer" },
    ambiguous: { type: "integer" },
    ordersSha256: { type: "string" },
    tradesSha256: { type: "string" },
    equitySha256: { type: "string" },
    metrics,
  },
} as const;

export const experimentStarted = {
  type: "object",
  additionalProperties: false,
  required: ["experiment", "strategy", "digest", "data", "search", "trials", "seed"],
  properties: {
    /** e-… */
    experiment: { type: "string" },
    strategy: { type: "string" },
    digest: { type: "string" },
    data,
    /** Kind of search and everything that decides which trials there are, so that a resumed experiment plans the same ones. */
    search: { type: "object" },
    /** Planned. */
    trials: { type: "integer" },
    seed: { type: "integer" },
    /** The run whose experiment this one goes on with. */
    resumes: { type: "string" },
    decision: { type: "string" },
  },
} as const;

/** Variants that were tried, written by the engine in batches as they end; a trial that is not here did not happen. */
export const trialsRecorded = {
  type: "object",
  additionalProperties: false,
  required: ["experiment", "trials"],
  properties: {
    experiment: { type: "string" },
    trials: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["trial", "variant", "parameters", "window", "outcome", "metrics"],
        properties: {
          /** Number within the experiment, from 0; stable over interruptions. */
          trial: { type: "integer" },
          variant: { type: "string" },
          parameters,
          /** e.g. all, train 1/4, test 1/4 */
          window: { type: "string" },
          outcome: { enum: ["ok", "failed", "timeout", "oom"] },
          why: { type: "string" },
          score: { type: ["number", "null"] },
          metrics,
        },
      },
    },
  },
} as const;

export const experimentFinished = {
  type: "object",
  additionalProperties: false,
  required: ["experiment", "outcome", "trials", "durationMs"],
  properties: {
    experiment: { type: "string" },
    outcome: { enum: ["ok", "failed", "interrupted"] },
    /** Recorded, those of interrupted runs included. */
    trials: { type: "integer" },
    durationMs: { type: "number" },
    best: { type: "object" },
    report: { type: "object" },
  },
} as const;

export const gateFinished = {
  type: "object",
  additionalProperties: false,
  required: ["gate", "strategy", "digest", "data", "parameters", "passed", "checks", "trials", "seed", "durationMs"],
  properties: {
    /** g-… */
    gate: { type: "string" },
    /** The backtest of the judged variant. */
    backtest: { type: "string" },
    strategy: { type: "string" },
    digest: { type: "string" },
    commit: { type: "string" },
    committed: { type: "boolean" },
    data,
    parameters,
    passed: { type: "boolean" },
    /** Variants on record for this data when it was judged. */
    trials: { type: "integer" },
    /** Of every check that needs chance. */
    seed: { type: "integer" },
    checks: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["check", "passed", "figure", "relation", "threshold", "found", "meaning"],
        properties: {
          check: { type: "string" },
          passed: { type: "boolean" },
          figure: { type: ["number", "null"] },
          relation: { enum: ["≥", "≤", "="] },
          /** null where no policy sets one, which never passes. */
          threshold: { type: ["number", "null"] },
          unit: { type: "string" },
          found: { type: "string" },
          meaning: { type: "string" },
        },
      },
    },
    durationMs: { type: "number" },
  },
} as const;

/** Bars that came in. */
export const dataImported = {
  type: "object",
  additionalProperties: false,
  required: ["data", "symbol", "timeframe", "sha256", "rows", "from", "to", "missing", "source"],
  properties: {
    data: { type: "string" },
    ...bars,
    missing: { type: "integer" },
    source: { type: "object" },
    /** Digest of the bars that these replace. */
    replaces: { type: "string" },
  },
} as const;

export type BacktestStarted = FromSchema<typeof backtestStarted>;
export type BacktestFinished = FromSchema<typeof backtestFinished>;
export type ExperimentStarted = FromSchema<typeof experimentStarted>;
export type TrialsRecorded = FromSchema<typeof trialsRecorded>;
export type ExperimentFinished = FromSchema<typeof experimentFinished>;
export type GateFinished = FromSchema<typeof gateFinished>;
export type DataImported = FromSchema<typeof dataImported>;
