import { stripVTControlCharacters } from "node:util";
import { nearest } from "../base/suggest.ts";

/** Something typed that cannot be understood, in our words. */
export interface UsageWords {
  message: string;
  hint: string;
}

/** What is known of the command that was typed: its words, and the names of its flags. */
export interface TypedCommand {
  words: string;
  flags: readonly string[];
}

/** oclif's words about flags and arguments in ours: one fault a line, without its headings; the mend is the nearest flag, or the command's own help. */
export function parseWords(text: string, typed: TypedCommand | undefined): UsageWords {
  const lines = stripVTControlCharacters(text)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^(See more help|The following errors? occurred:$)/.test(line));
  const joined = lines
    .join("\n       ")
    .replaceAll(/Missing required flag (\S+)/g, "the flag --$1 is missing")
    .replace(/^Missing \d+ required args?:\s+(\S+)\s+/, (_found: string, name: string) => `the argument ${name.toUpperCase()} is missing: `)
    .replace(/^Parsing (--\S+)\s+Expected/, "$1: expected")
    .replace(/^Nonexistent flags?: /, "there is no flag ");
  const help = `agentctl ${typed === undefined ? "" : `${typed.words} `}--help`;
  const unknown = /^there is no flag --([\w-]+)$/.exec(joined)?.[1];
  const near = unknown === undefined ? undefined : nearest(unknown, ["json", "help", ...(typed?.flags ?? [])]);
  return { message: joined.charAt(0).toLowerCase() + joined.slice(1), hint: near === undefined ? help : `did you mean --${near}?  ${help}` };
}

/** What to say when no command is called `id` (words joined by colons). `known` are the ids of all commands. */
export function unknownCommandWords(id: string, known: readonly string[]): UsageWords {
  if (id.startsWith("-")) return { message: `there is no flag ${id}`, hint: "agentctl --help" };
  const words = id.split(":");
  for (let count = words.length - 1; count > 0; count--) {
    const parent = words.slice(0, count).join(":");
    const rest = words.slice(count);
    const help = `agentctl ${words.slice(0, count).join(" ")} --help`;
    const below = known.filter((other) => other.startsWith(`${parent}:`)).map((other) => other.slice(parent.length + 1));
    if (below.length === 0 && known.includes(parent)) return { message: `unexpected argument: ${rest.join(" ")}`, hint: help };
    if (below.length > 0) return noCommand(words, didYouMean(rest.join(":"), below, `${parent}:`) ?? help);
  }
  return noCommand(words, didYouMean(id, known) ?? "agentctl --help");
}

function noCommand(words: readonly string[], hint: string): UsageWords {
  return { message: `there is no command "${words.join(" ")}"`, hint };
}

function didYouMean(found: string, known: readonly string[], before = ""): string | undefined {
  const near = nearest(found, known);
  const words = `${before}${near ?? ""}`.replaceAll(":", " ");
  return near === undefined ? undefined : `did you mean "${words}"?  agentctl ${words} --help`;
}
