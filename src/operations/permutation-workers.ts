import { availableParallelism } from "node:os";
import { setImmediate } from "node:timers/promises";
import { bestOfPermutation } from "../backtest/checks/declared-sharpes.ts";
import { askWorker, startWorker } from "./ask-worker.ts";

type Basis = Parameters<typeof bestOfPermutation>[0];

/** Below so many bars to go through, threads take longer to start than the work takes. */
const inlineBarsMax = 10_000_000;

/** The best variant on each of `count` permutations, on all cores. Which thread made which does not show in the answer. Rejects when work has to stop. */
export async function permutationBests(basis: Basis, count: number, stop: AbortSignal, threads = availableParallelism()): Promise<number[]> {
  const bars = basis.apart.reduce((sum, each) => sum + each.bars.length, 0);
  if (threads === 1 || bars * basis.variants.length * count <= inlineBarsMax) return inline(basis, count, stop);
  const bests = Array.from({ length: count }, () => Number.NaN);
  const numbers = bests.keys();
  const workers = Array.from({ length: Math.min(threads, count) }, () => startWorker("permutation-worker", basis));
  try {
    await Promise.all(
      workers.map(async (worker) => {
        for (const number of numbers) bests[number] = await askWorker<number>(worker, number, stop);
      }),
    );
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return bests;
}

/** In this thread; a halt and signals are heard between permutations. */
async function inline(basis: Basis, count: number, stop: AbortSignal): Promise<number[]> {
  const bests: number[] = [];
  for (let number = 0; number < count; number += 1) {
    stop.throwIfAborted();
    bests.push(bestOfPermutation(basis, number));
    await setImmediate();
  }
  return bests;
}
