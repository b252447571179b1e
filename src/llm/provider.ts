import type { ChatMessage, ToolCall, ToolSpec } from "../agent/message.ts";
import type { ModelAnswer, ModelRole } from "../agent/model.ts";

/** One request to one model, as every kind of provider takes it. */
export interface ProviderRequest {
  role: ModelRole;
  /** As the provider calls it. */
  model: string;
  messages: readonly ChatMessage[];
  tools: readonly ToolSpec[];
  outputTokensMax: number;
  temperature?: number | undefined;
  /** Ask for the probabilities of the tokens. */
  logprobs: boolean;
}

/** What a server says that it took; anything may stand here. */
export interface ReportedUsage {
  inputTokens: unknown;
  outputTokens: unknown;
}

/** A reply, read to its end. Texts are well-formed; nothing else about them is known. */
export interface ProviderAnswer {
  text: string;
  thinking?: string | undefined;
  toolCalls: readonly ToolCall[];
  finish: ModelAnswer["finish"];
  /** The model, or who runs it, would not answer; in their words. */
  refusal?: string | undefined;
  usage: ReportedUsage | undefined;
  /** Mean probability of the tokens, 0 to 1; undefined when it was not said. */
  confidence?: number | undefined;
}

export interface ProviderOptions {
  signal: AbortSignal;
  /** Text as it comes, in whole lines. */
  onText?: ((text: string) => void) | undefined;
}

/** Throws a ModelFault for whatever the provider did, the signal's reason when it was aborted. */
export interface Provider {
  /** Where it is asked; undefined for those that never touch the network. */
  address: { host: string; port: number } | undefined;
  ask(request: ProviderRequest, options: ProviderOptions): Promise<ProviderAnswer>;
}

/** What bounds every reply. */
export const replyLimits = {
  /** Of a whole reply, as it comes over the wire. */
  bytes: 8 * 1024 * 1024,
  /** Of one line of a stream. */
  lineBytes: 1024 * 1024,
  /** Of the body of an error. */
  errorBytes: 64 * 1024,
  toolCalls: 64,
  /** Of the arguments of one call. */
  argsDepth: 64,
};
