import { parentPort, workerData } from "node:worker_threads";
import { bestOfPermutation } from "../backtest/checks/declared-sharpes.ts";

/** A thread that trades permutations of the bars: what all of them share comes once, then the number of one after the other. */
const basis = workerData as Parameters<typeof bestOfPermutation>[0];

parentPort?.on("message", (number: number) => parentPort?.postMessage(bestOfPermutation(basis, number)));
