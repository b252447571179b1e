import { Command } from "@oclif/core/command";
import { exitCodes, type ExitName } from "../base/errors.ts";
import type { RunFinished } from "../event/run-events.ts";
import { writeError } from "./error-edge.ts";
import { shownLine } from "./paint.ts";

/**
 * What every command is: words to stderr, data to stdout, a typed result that `--json` prints, and errors worded in one place.
 * `run()` parses, calls one operation, prints, returns the result.
 */
export abstract class AgentctlCommand extends Command {
  static override enableJsonFlag = true;

  /** A line for people: progress, explanations, next steps. What it quotes of others cannot act on the terminal. */
  protected words(line = ""): void {
    process.stderr.write(`${shownLine(line)}\n`);
  }

  /** A line of data, as it is for a program, made safe for a terminal; silent under `--json`, where the result itself is the data. */
  protected data(line = ""): void {
    if (!this.jsonEnabled()) process.stdout.write(`${process.stdout.isTTY ? shownLine(line) : line}\n`);
  }

  /** How the process ends when the answer is a "no", which is a value and not an error. */
  protected ends(name: ExitName): void {
    process.exitCode = exitCodes[name];
  }

  /** Refuses unknown words and flags, also in commands that read none. */
  protected override async init(): Promise<void> {
    await super.init();
    await this.parse(this.ctor);
  }

  protected override async catch(thrown: unknown): Promise<void> {
    // What could not be parsed is said once, by us.
    this.parsed = true;
    const typed = this.id === undefined ? undefined : { words: this.id.replaceAll(":", " "), flags: Object.keys(this.ctor.flags ?? {}) };
    process.exitCode = writeError(thrown, this.jsonEnabled(), typed);
  }
}

/** The exit of a run that ended so. */
export function endOf(outcome: RunFinished["outcome"]): ExitName {
  return outcome === "ok" ? "done" : outcome;
}
