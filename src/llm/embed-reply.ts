import { isMapping } from "../base/mapping.ts";
import { ModelFault } from "./fault.ts";

const dimensionsMax = 16_384;

/** What an embeddings endpoint answered for `count` texts, in their order, each vector of length one; `tokens` is its word for what it read. */
export function embedReply(body: string, count: number): { vectors: Float32Array[]; tokens: unknown } {
  const value = jsonOf(body);
  const data = isMapping(value) ? value["data"] : undefined;
  if (!Array.isArray(data)) throw unreadable("has no list of vectors");
  const vectors: (Float32Array | undefined)[] = Array.from({ length: count }, () => undefined);
  data.slice(0, count + 1).forEach((item: unknown, place) => {
    const index = isMapping(item) ? (item["index"] ?? place) : place;
    if (typeof index !== "number" || !Number.isSafeInteger(index) || index < 0 || index >= count || vectors[index] !== undefined)
      throw unreadable(`has vectors for other texts than the ${count} that were sent`);
    vectors[index] = vectorOf(isMapping(item) ? item["embedding"] : undefined);
  });
  const whole = vectors.filter((vector) => vector !== undefined);
  if (whole.length !== count) throw unreadable(`has ${whole.length} vectors for ${count} texts`);
  if (whole.some(({ length }) => length !== whole[0]?.length)) throw unreadable("has vectors of several lengths");
  const usage = isMapping(value) ? value["usage"] : undefined;
  return { vectors: whole, tokens: isMapping(usage) ? (usage["prompt_tokens"] ?? usage["total_tokens"]) : undefined };
}

function vectorOf(numbers: unknown): Float32Array {
  if (!Array.isArray(numbers) || numbers.length === 0 || numbers.length > dimensionsMax)
    throw unreadable(`has a vector that is no list of 1 to ${dimensionsMax} numbers`);
  if (!numbers.every((each) => typeof each === "number" && Number.isFinite(each))) throw unreadable("has a vector with something else than numbers");
  const vector = Float64Array.from(numbers as number[]);
  const length = Math.hypot(...vector);
  if (!(length > 0) || !Number.isFinite(length)) throw unreadable("has a vector that points nowhere");
  return Float32Array.from(vector, (each) => each / length);
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw unreadable("is no JSON");
  }
}

function unreadable(what: string): ModelFault {
  return new ModelFault("unparsable", `the reply ${what}`, { spent: "input" });
}
