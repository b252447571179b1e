import type { ChatMessage } from "../agent/message.ts";
import type { AskOptions, ModelAttempt, ModelRequest, ModelUsage } from "../agent/model.ts";
import type { Clock } from "../base/clock.ts";
import type { Candidate } from "./choose-models.ts";
import { inputTokensAtMost, replyText, requestText } from "./estimate.ts";
import { ModelFault } from "./fault.ts";
import type { GatewayPorts } from "./ports.ts";
import { costUsd, flatRates, type Rates } from "./prices.ts";
import type { Provider, ProviderAnswer } from "./provider.ts";
import { tagMessages } from "./tag-prompt.ts";
import { isUnreadable, type UnreadableCall } from "./tool-args.ts";
import { trustedUsage, writtenUsage } from "./usage.ts";

/** One model, ready to be asked. */
export interface Asked {
  candidate: Candidate;
  provider: Provider;
  /** Undefined: nobody knows the price. */
  rates: Rates | undefined;
  request: ModelRequest;
  ports: Pick<GatewayPorts, "permit" | "purse">;
  clock: Clock;
  /** A text of an error, fit to be shown. */
  tidy(text: string): string;
  options: AskOptions;
}

export interface Tried {
  attempt: ModelAttempt;
  usage: ModelUsage;
  costUsd: number;
  answer?: ProviderAnswer | undefined;
  fault?: ModelFault | undefined;
  /** Calls that the model may write once more. */
  unreadable?: readonly UnreadableCall[] | undefined;
  /** Of a budget that refused. */
  limit?: string | undefined;
}

const nothing: ModelUsage = { inputTokens: 0, outputTokens: 0 };

/**
 * One try: policy is asked, then the budgets, then the model; what was set aside is settled whatever happens. Throws the signal's reason when it was
 * aborted, and what the ports throw.
 */
export async function tryModel(asked: Asked, messages: readonly ChatMessage[]): Promise<Tried> {
  const { candidate, provider, ports, clock, options } = asked;
  const startedMs = clock.monotonicMs();
  const attempt = (outcome: ModelAttempt["outcome"], why: string | undefined): ModelAttempt => ({
    model: candidate.id,
    outcome,
    ...(why !== undefined && { why: asked.tidy(why) }),
    durationMs: Math.round(clock.monotonicMs() - startedMs),
  });
  const failed = (fault: ModelFault, more: Partial<Tried> = {}): Tried => ({
    attempt: attempt(fault.outcome, fault.message),
    usage: nothing,
    costUsd: 0,
    fault,
    ...more,
  });

  const permit = provider.address === undefined ? { allowed: true as const } : await ports.permit({ model: candidate.id, ...provider.address });
  if (!permit.allowed) return failed(new ModelFault("denied", permit.why));
  options.signal.throwIfAborted();

  const sent =
    candidate.provider.toolCalls === "tags" ? { messages: tagMessages(messages, asked.request.tools), tools: [] } : { messages, tools: asked.request.tools };
  const worst: ModelUsage = { inputTokens: inputTokensAtMost(sent.messages, sent.tools), outputTokens: asked.request.outputTokensMax };
  const reserved = await ports.purse.reserve({
    model: candidate.id,
    tokens: worst.inputTokens + worst.outputTokens,
    costUsd: asked.rates === undefined ? 0 : costUsd(asked.rates, worst),
    priceKnown: asked.rates !== undefined,
  });
  if (!reserved.granted) return failed(new ModelFault("budget", reserved.reason), { limit: reserved.limit });

  const rates = asked.rates ?? flatRates(reserved.costRateUsd ?? 0, reserved.costRateUsd ?? 0, "rate");
  const spent = { usage: worst };
  try {
    const answer = await provider.ask(providerRequest(asked, messages), options);
    const trusted: ReturnType<typeof trustedUsage> =
      provider.address === undefined
        ? { usage: writtenUsage(answer.usage) }
        : trustedUsage(answer.usage, { sent: requestText(sent.messages, sent.tools), came: replyText(answer), estimate: worst });
    spent.usage = trusted.usage;
    const taken = { usage: spent.usage, costUsd: costUsd(rates, spent.usage) };
    const { fault, unreadable, doubt } = judged(answer, candidate);
    if (fault !== undefined) return failed(fault, { ...taken, unreadable });
    const why = [trusted.why, doubt].filter((part) => part !== undefined).join("; ");
    return { attempt: attempt("ok", why === "" ? undefined : why), ...taken, answer };
  } catch (thrown) {
    if (!(thrown instanceof ModelFault)) throw thrown;
    // What nobody knows counts as it was set aside.
    if (thrown.spent === "nothing") spent.usage = nothing;
    if (thrown.spent === "input") spent.usage = { ...worst, outputTokens: 0 };
    return failed(thrown, { usage: spent.usage, costUsd: costUsd(rates, spent.usage) });
  } finally {
    const { inputTokens, outputTokens } = spent.usage;
    await ports.purse.settle(reserved.reservation, { tokens: inputTokens + outputTokens, costUsd: costUsd(rates, spent.usage) });
  }
}

function providerRequest({ candidate, request }: Asked, messages: readonly ChatMessage[]): Parameters<Provider["ask"]>[0] {
  const { role, tools, outputTokensMax, temperature } = request;
  return { role, model: candidate.name, messages, tools, outputTokensMax, temperature, logprobs: candidate.confidenceMin !== undefined };
}

/** Whether a reply that came to its end is an answer. */
function judged(answer: ProviderAnswer, { confidenceMin }: Candidate): Pick<Tried, "fault" | "unreadable"> & { doubt?: string } {
  if (answer.refusal !== undefined) return { fault: new ModelFault("refused", answer.refusal) };
  const unreadable = answer.toolCalls.filter(isUnreadable);
  const [first] = unreadable;
  if (first !== undefined) return { unreadable, fault: new ModelFault("unparsable", `the call of ${first.name} cannot be read: ${first.problem}`) };
  if (confidenceMin === undefined) return {};
  if (answer.confidence === undefined) return { doubt: "how sure it is was asked, and it did not say" };
  if (answer.confidence >= confidenceMin) return {};
  return { fault: new ModelFault("unsure", `the mean probability of its tokens is ${answer.confidence.toFixed(3)}, below ${confidenceMin}`) };
}
