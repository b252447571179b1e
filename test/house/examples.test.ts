import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Config } from "@oclif/core/config";
import type { PJSON } from "@oclif/core/interfaces";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The words of a command line up to a pipe, a redirection or `&&`, quotes taken off. */
function words(line: string): string[] {
  const found = [...line.matchAll(/'([^']*)'|"([^"]*)"|([^\s'"]+)/g)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
  const end = found.findIndex((word) => /^(\||&&|[<>].*)$/.test(word));
  return end < 0 ? found : found.slice(0, end);
}

test("every command has a summary and examples, and every example is a command that is there, with flags and arguments that it takes", async () => {
  const pjson = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as PJSON;
  pjson.oclif.commands = { strategy: "pattern", target: "./commands", globPatterns: ["**/*.ts"] };
  const options = { root, pjson, ignoreManifest: true, enableAutoTranspile: false };
  const config = await Config.load(options);
  expect(config.commands.length).toBeGreaterThan(30);
  const wrong: string[] = [];
  for (const command of config.commands) {
    const examples = (command.examples ?? []).map(String);
    if (!command.summary || examples.length === 0) wrong.push(`${command.id} has no summary or no examples`);
    const typed = examples.map((example) => example.slice(example.indexOf("<%= config.bin %>") + "<%= config.bin %>".length));
    let own = 0;
    for (const line of typed) {
      const given = words(line);
      const count = [3, 2, 1].find((n) => config.commandIDs.includes(given.slice(0, n).join(":")));
      const used = count === undefined ? undefined : config.findCommand(given.slice(0, count).join(":"));
      if (count === undefined || used === undefined) {
        wrong.push(`${command.id}: ${line} is no command`);
        continue;
      }
      if (used.id === command.id) own += 1;
      const rest = given.slice(count);
      const flags = rest.filter((word) => word.startsWith("--")).map((word) => word.slice(2));
      const known = new Set(["json", ...Object.keys(used.flags)]);
      wrong.push(...flags.filter((flag) => !known.has(flag)).map((flag) => `${command.id}: ${line} has no flag --${flag}`));
      const values = rest.filter((word, index) => {
        const before = rest[index - 1]?.startsWith("--") === true ? used.flags[rest[index - 1]?.slice(2) ?? ""] : undefined;
        return !word.startsWith("--") && before?.type !== "option";
      });
      const required = Object.values(used.args).filter((arg) => arg.required).length;
      if (values.length < required || (used.strict !== false && values.length > Object.keys(used.args).length))
        wrong.push(`${command.id}: ${line} has ${values.length} arguments`);
      wrong.push(
        ...Object.entries(used.flags)
          .filter(([name, flag]) => flag.required === true && !flags.includes(name))
          .map(([name]) => `${command.id}: ${line} lacks --${name}`),
      );
    }
    if (own === 0) wrong.push(`${command.id} shows no example of itself`);
  }
  expect(wrong).toEqual([]);
});
