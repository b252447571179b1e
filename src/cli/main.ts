import type { LoadOptions } from "@oclif/core/interfaces";
import { run } from "@oclif/core/run";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { writeError } from "./error-edge.ts";
import { unknownCommandWords } from "./usage-words.ts";

/** Runs what was typed. Never rejects: every end is an exit code. */
export async function main(loadOptions: LoadOptions, argv: string[] = process.argv.slice(2)): Promise<void> {
  // A reader that goes away (`| head`) is not an error.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit();
    });
  }
  try {
    await run(argv, loadOptions);
  } catch (thrown) {
    process.exitCode = writeError(await unknownCommand(thrown, loadOptions), argv.includes("--json"));
  }
}

/** oclif's "command a:b not found" as an error of ours that names the nearest command; anything else as it is. */
async function unknownCommand(thrown: unknown, loadOptions: LoadOptions): Promise<unknown> {
  const id = /^command (\S+) not found$/.exec(messageOf(thrown))?.[1];
  if (id === undefined) return thrown;
  const { Config } = await import("@oclif/core/config");
  const { message, hint } = unknownCommandWords(id, (await Config.load(loadOptions)).commandIDs);
  return new AgentctlError("cli/usage", message, { hint, exit: "usage", cause: thrown });
}
