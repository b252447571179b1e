import type { AgentCase, SkillCase, StrategyCase } from "./cases.ts";

/** What an evaluation is about. */
export type TargetKind = "skill" | "agent" | "strategy";

interface Common<K extends TargetKind, C> {
  /** Name of its folder. */
  name: string;
  about: string;
  target: { kind: K; name: string };
  cases: readonly C[];
  /** 64 hex digits over all its files. */
  digest: string;
  /** Paths relative to its folder. */
  files: readonly EvaluationFile[];
}

export type SkillEvaluation = Common<"skill", SkillCase>;
export type AgentEvaluation = Common<"agent", AgentCase>;
export type StrategyEvaluation = Common<"strategy", StrategyCase>;
export type Evaluation = SkillEvaluation | AgentEvaluation | StrategyEvaluation;

export interface EvaluationFile {
  path: string;
  data: Uint8Array;
}

export const evaluationBounds = { files: 200, fileBytes: 16 * 1024 * 1024, bytes: 64 * 1024 * 1024 };
