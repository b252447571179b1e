import { barReturns, lastReturns, resultOf } from "./returns.ts";
import type { Subject } from "./subject.ts";

const known = new WeakMap<Subject, Promise<Float64Array[]>>();

/** Returns a bar of the sampled variants, the judged one first, all over the same bars. Two checks ask for them; they are run once. */
export function variantReturns(subject: Subject): Promise<Float64Array[]> {
  const earlier = known.get(subject);
  if (earlier !== undefined) return earlier;
  const asked = run(subject);
  known.set(subject, asked);
  return asked;
}

async function run(subject: Subject): Promise<Float64Array[]> {
  const { settings, variants } = subject;
  const answers = await subject.run(variants.sample.map((parameters) => ({ parameters, settings })));
  const returns = answers.map((answer) => barReturns(resultOf(answer), settings.account.cash).map((each) => (Number.isNaN(each) ? 0 : each)));
  const length = Math.max(...returns.map((each) => each.length));
  return returns.map((each) => lastReturns(each, length));
}
