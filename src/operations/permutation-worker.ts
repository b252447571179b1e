import { parentPort, workerData } from "node:worker_threads";
import { bestOfPermutation } from "../backtest/checks/declared-sharpes.ts";

/** A thread that trades permutations of the bars: what all of them share comes once, numbers come in lists and are answered in lists. */
const basis = workerData as Parameters<typeof bestOfPermutation>[0];

parentPort?.on("message", (numbers: number[]) => parentPort?.postMessage(numbers.map((number) => bestOfPermutation(basis, number))));
