import { AgentctlError } from "../base/errors.ts";
import type { MemoryIndex } from "../ledger/memory-index.ts";
import { dimensionsOf, passagesWithout, putVectors } from "../ledger/memory-vectors.ts";
import type { Embedded } from "../llm/embed.ts";
import type { AutonomyHolder } from "../policy/autonomy.ts";
import type { Actor, Decision } from "../policy/request.ts";
import { agentActor } from "./autonomy-level.ts";
import { requireCommittedKeys } from "./committed-keys.ts";
import { requireCommittedModels } from "./committed-models.ts";
import { requireGoing, type OpenRun } from "./in-run.ts";
import type { Authority } from "./load-authority.ts";
import { modelPermit } from "./model-permit.ts";
import { modelPurse } from "./model-purse.ts";
import { modelSettings } from "./model-settings.ts";
import { personName } from "./person.ts";

export interface EmbedderAsked {
  authority: Authority;
  env: NodeJS.ProcessEnv;
  open: OpenRun;
  /** Who asks; without one it is the person. */
  agent?: AutonomyHolder | undefined;
  signal?: AbortSignal | undefined;
  onDecision?: ((run: string, decision: Decision) => void) | undefined;
}

/** What makes vectors of texts, within a run: decided, borne and recorded as any model. */
export interface Embedder {
  model: string;
  embed(texts: readonly string[]): Promise<Embedded>;
}

/**
 * The embedder that the committed configuration names; else why there is none, in words. Errors (exit usage): `llm/no-embeddings` when it asks for what its
 * provider has not; `workspace/bad-config`.
 */
export async function openEmbedder(asked: EmbedderAsked): Promise<Embedder | { why: string }> {
  const { authority, env, open, agent, signal, onDecision } = asked;
  const { config } = authority;
  const model = config.values.memory.embeddings;
  if (model === undefined) return { why: "searched by words only: memory.embeddings names no model" };
  const uncommitted = await whyUncommitted(authority, env);
  if (uncommitted !== undefined) return { why: `searched by words only: ${uncommitted}` };
  const settings = modelSettings(config, env);
  const actor: Actor = agent === undefined ? { kind: "person", name: personName() } : agentActor(open.ledger, agent, "R");
  const names = Object.values(settings.providers).flatMap(({ keyEnv }) => (keyEnv === undefined ? [] : [keyEnv]));
  const ports = {
    permit: modelPermit({ authority, open, actor, role: () => undefined, onDecision }),
    purse: modelPurse({ open, budgets: authority.set.budgets, agent: agent?.name }),
    env: Object.fromEntries(names.map((name) => [name, env[name]])),
    mask: open.mask,
  };
  const { embedTexts } = await import("../llm/embed.ts");
  const stop = signal === undefined ? open.stop : AbortSignal.any([signal, open.stop]);
  return {
    model,
    async embed(texts) {
      requireGoing(open);
      return embedTexts({ settings, ports, model, signal: stop }, open.mask([...texts]));
    },
  };
}

/** Notes and questions go where these keys say. */
async function whyUncommitted(authority: Authority, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    await requireCommittedKeys(authority.config, env, {
      keys: ["memory.embeddings"],
      code: "workspace/memory-not-committed",
      otherwise: "notes would be sent where nobody agreed to",
    });
    await requireCommittedModels(authority, env);
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof AgentctlError) || !thrown.code.endsWith("-not-committed")) throw thrown;
    return thrown.message;
  }
}

export interface EmbedProgress {
  made: number;
  tokens: number;
  costUsd: number;
  /** What stopped it before all passages had a vector. */
  why?: string | undefined;
}

/** Makes vectors of passages that have none, at most `most`; each batch is kept as soon as it came, so what was paid for is never lost. */
export async function embedMissing(index: MemoryIndex, embedder: Embedder, most: number, onBatch?: (made: number) => void): Promise<EmbedProgress> {
  const { embedBatch } = await import("../llm/embed.ts");
  const progress: EmbedProgress = { made: 0, tokens: 0, costUsd: 0 };
  while (progress.made < most) {
    const passages = passagesWithout(index, embedder.model, Math.min(embedBatch, most - progress.made));
    if (passages.length === 0) break;
    const answer = await embedder.embed(passages.map(({ text }) => text));
    if (!answer.ok) return { ...progress, why: answer.why };
    const dimensions = dimensionsOf(index, embedder.model);
    const found = answer.vectors[0]?.length;
    if (dimensions !== undefined && found !== dimensions)
      return { ...progress, why: `${embedder.model} made vectors of ${dimensions} numbers before, and makes some of ${found} now` };
    const made = passages.flatMap(({ digest }, at) => {
      const vector = answer.vectors[at];
      return vector === undefined ? [] : [{ digest, vector }];
    });
    putVectors(index, embedder.model, made);
    progress.made += made.length;
    progress.tokens += answer.tokens;
    progress.costUsd += answer.costUsd;
    onBatch?.(progress.made);
  }
  return progress;
}
