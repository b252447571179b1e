import { buildMemory } from "../../src/operations/find-memory.ts";

/** Builds the index of a workspace over and over, anew each time, until it is killed: a process of its own for tests that kill it or let two of them meet. */
const [dir = "", rounds = "1"] = process.argv.slice(2);
for (let round = 0; round < Number(rounds); round += 1) {
  const { entries } = await buildMemory({ cwd: dir, env: {}, anew: true });
  process.stdout.write(`${entries}\n`);
}
