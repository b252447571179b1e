/** A call of a skill and what has to come of it. */
export interface SkillCase {
  name: string;
  input?: unknown;
  /** Property of the input: file of the evaluation's folder that it names. */
  files?: Readonly<Record<string, string>>;
  expect: {
    /** `failed` is any end but a good one. Default ok. */
    outcome?: "ok" | "failed";
    /** What the output has to hold; more may stand in it. */
    output?: unknown;
    /** The output has nothing beyond `output`. */
    exact?: boolean;
    /** Numbers may be off by this share of themselves, or by this much around zero. */
    tolerance?: number;
    /** Paths of files that it has to give back. */
    artifacts?: readonly string[];
    maxMs?: number;
  };
}

/** An objective, what the model says to it, and what the agent has to make of that. */
export interface AgentCase {
  name: string;
  objective: string;
  /** File of the evaluation's folder that says what the model answers. */
  script: string;
  /** Tool: the text that it gives back; nothing is really called. */
  returns?: Readonly<Record<string, string>>;
  expect: {
    /** Default ok. */
    outcome?: "ok" | "failed" | "waiting" | "limit";
    /** Tools that have to have been allowed and called, and ones that may not have been. */
    calls?: readonly string[];
    never?: readonly string[];
    /** RE2 pattern. */
    answer?: string;
    maxIterations?: number;
    maxTokens?: number;
  };
}

/** A backtest with its own markets and what its figures have to be. */
export interface StrategyCase {
  name: string;
  parameters?: Readonly<Record<string, number | string | boolean>>;
  from?: string;
  to?: string;
  expect: { metrics: Readonly<Record<string, { min?: number; max?: number }>> };
}
