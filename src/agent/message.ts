/** What a model and a run say to each other, in the same words for every provider. */

/** A call of a tool that a model asked for. */
export interface ToolCall {
  /** The model's own id of the call; unique within its answer. */
  id: string;
  name: string;
  /** Parsed JSON; undefined when it could not be parsed. */
  args: unknown;
  /** Why the call cannot be made as it is written, in words for the model. */
  problem?: string | undefined;
}

export type ChatMessage =
  | { role: "system"; text: string }
  | { role: "user"; text: string }
  | { role: "assistant"; text: string; toolCalls: readonly ToolCall[] }
  /** The result of the tool call with the id `call`. */
  | { role: "tool"; call: string; name: string; text: string };

/** A tool as a model sees it. */
export interface ToolSpec {
  name: string;
  description: string;
  /** JSON Schema 2020-12 of an object. */
  parameters: { readonly [key: string]: unknown };
}
