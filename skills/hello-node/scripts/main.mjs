import { text } from "node:stream/consumers";
import { greet } from "./greet.mjs";

try {
  process.stdout.write(`${JSON.stringify(greet(await text(process.stdin)))}\n`);
} catch (problem) {
  if (!(problem instanceof TypeError)) throw problem;
  process.stderr.write(`hello-node: ${problem.message}\n`);
  process.exitCode = 2;
}
