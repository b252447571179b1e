import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSkill } from "../../src/skill/read.ts";
import { skillBounds } from "../../src/skill/skill.ts";
import { writeSkill } from "../../src/skill/write.ts";
import { brief, filesOf } from "./files.ts";

const full = `---
name: market-stats
description: Computes return, volatility and drawdown of daily bars.
license: Apache-2.0
compatibility: needs pandas
allowed-tools: Bash(git status:*) Read
metadata:
  version: 1.2.0
  tags: market, statistics
  runner: python
  run: scripts/main.py
  class: R
  input-schema: references/input.json
  timeout-ms: "5000"
  memory-mib: "512"
  cpus: "0.5"
  hosts: api.example.org *.example.com:8443
  env: API_REGION
  packages: numpy pandas
  homepage: https://example.org
---

# Market stats
`;

const parts = { "SKILL.md": full, "scripts/main.py": "print('{}')\n", "references/input.json": '{"type":"object","properties":{"file":{"type":"string"}}}' };

function strict(text: string, more: Record<string, string> = {}) {
  return readSkill("skills/market-stats", filesOf({ ...parts, ...more, "SKILL.md": text }), "strict");
}

function lenient(text: string, folder = "skills/weather", more: Record<string, string> = {}) {
  return readSkill(folder, filesOf({ "SKILL.md": text, ...more }), "lenient");
}

/** Of a skill with these files beside a small SKILL.md. */
function digest(list: readonly { path: string; text: string }[]): string | undefined {
  const texts = Object.fromEntries(list.map((file) => [file.path, file.text]));
  return readSkill("skills/a-skill", filesOf({ "SKILL.md": "---\nname: a-skill\ndescription: d\n---\nx\n", ...texts }), "strict").skill?.digest;
}

describe("a strict skill", () => {
  it("is read whole", () => {
    const { skill, findings } = readSkill("skills/market-stats", filesOf(parts), "strict");
    expect(findings).toEqual([]);
    expect(skill).toMatchObject({
      name: "market-stats",
      description: "Computes return, volatility and drawdown of daily bars.",
      license: "Apache-2.0",
      compatibility: "needs pandas",
      allowedTools: ["Bash(git status:*)", "Read"],
      version: "1.2.0",
      tags: ["market", "statistics"],
      runner: "python",
      run: "scripts/main.py",
      class: "R",
      inputSchema: { type: "object", properties: { file: { type: "string" } } },
      outputSchema: undefined,
      limits: { timeoutMs: 5000, memoryMiB: 512, cpus: 0.5 },
      hosts: ["api.example.org", "*.example.com:8443"],
      env: ["API_REGION"],
      packages: ["numpy", "pandas"],
      body: "\n# Market stats\n",
      bodyLine: 22,
    });
    expect(skill?.metadata["homepage"]).toBe("https://example.org");
    expect(skill?.files.map((file) => file.path)).toEqual(["SKILL.md", "references/input.json", "scripts/main.py"]);
    expect(skill?.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it("defaults to class W, no limits and no script", () => {
    const { skill, findings } = strict("---\nname: market-stats\ndescription: d\n---\ntext\n");
    expect(findings).toEqual([]);
    expect(skill).toMatchObject({ class: "W", limits: {}, runner: undefined, run: undefined, tags: [], hosts: [], env: [], packages: [] });
  });

  it.each([
    ["an unknown key", full.replace("license:", "licence:"), 'error skill/frontmatter 4:1 unknown key "licence" in the document'],
    ["a duplicate key", full.replace("license: Apache-2.0", "name: other"), 'error base/yaml 4:1 the key "name" stands twice in its mapping'],
    [
      "a wrong name",
      full.replace("name: market-stats", "name: Market_Stats"),
      'error skill/frontmatter 2:7 "name" is "Market_Stats", which does not match ^[a-z0-9]+(-[a-z0-9]+)*$',
    ],
    [
      "another name than the folder's",
      full.replace("name: market-stats", "name: stats"),
      'error skill/name 2:7 the name is "stats", the folder is "market-stats"; they must be the same',
    ],
    [
      "a double hyphen",
      full.replace("name: market-stats", "name: market--stats"),
      'error skill/frontmatter 2:7 "name" is "market--stats", which does not match ^[a-z0-9]+(-[a-z0-9]+)*$',
    ],
    ["no description", full.replace(/description:.*\n/, ""), 'error skill/frontmatter 2:1 the document lacks the key "description"'],
    ["a number where text must be", full.replace('"5000"', "5000"), 'error skill/frontmatter 14:15 "metadata.timeout-ms" must be string, found 5000'],
    [
      "a limit out of range",
      full.replace('"5000"', '"99999999999"'),
      'error skill/metadata 14:15 "metadata.timeout-ms" is 99999999999; it must lie between 1 and 3600000',
    ],
    [
      "an unknown runner",
      full.replace("runner: python", "runner: pyhton"),
      'error skill/frontmatter 10:11 "metadata.runner" is "pyhton"; allowed: python, node, shell',
    ],
    ["a misspelt metadata key", full.replace("timeout-ms", "timeout_ms"), 'error skill/metadata 14:15 "metadata.timeout_ms" is not read'],
    [
      "a script that is not there",
      full.replace("scripts/main.py", "scripts/mian.py"),
      'error skill/script 11:8 "metadata.run" is scripts/mian.py, which is not a file of the skill',
    ],
    [
      "a script for another runner",
      full.replace("runner: python", "runner: node"),
      'error skill/script 11:8 the runner node starts files that end in .js or .mjs; "metadata.run" is scripts/main.py',
    ],
    [
      "a schema that is not there",
      full.replace("references/input.json", "references/none.json"),
      'error skill/schema 13:17 "metadata.input-schema" is references/none.json, which is not a file of the skill',
    ],
    [
      "a host that is none",
      full.replace("api.example.org ", "https://x/y "),
      'error skill/metadata 17:10 "metadata.hosts" names "https://x/y", which is not a host',
    ],
    ["no frontmatter", "# Market stats\n", "error skill/frontmatter 1:1 SKILL.md does not start with a line ---"],
    ["frontmatter without an end", "---\nname: market-stats\n", "error skill/frontmatter 3:1 the frontmatter does not end: no second line ---"],
    ["a list as frontmatter", "---\n- a\n---\n", "error skill/frontmatter 2:1 the document must be object, found a list of 1"],
  ])("is refused for %s", (_name, text, finding) => {
    const { skill, findings } = strict(text);
    expect(skill).toBeUndefined();
    expect(brief(findings)).toContain(finding);
    expect(findings.every((found) => found.file === "skills/market-stats/SKILL.md")).toBe(true);
  });

  it("names the quotes that are missing and the nearest runner", () => {
    expect(strict(full.replace('"5000"', "5000")).findings[0]?.hint).toBe("wall time for one run, in ms; a whole number in quotes");
    expect(strict(full.replace("runner: python", "runner: pyhton")).findings[0]?.hint).toBe('did you mean "python"?');
  });

  it.each([
    ["../x.sh", "it leads out of the folder"],
    ["a/../../x", "it leads out of the folder"],
    ["/etc/passwd", "it is absolute"],
    ["C:/x", "it is absolute"],
    ["a\\b", "it holds a backslash"],
    ["a//b", 'it has an empty or "." part'],
    ["x/.GIT/config", "it lies in a .git folder"],
    ["a\u202eb", "it holds characters that cannot be seen"],
  ])("refuses the file %j", (path, why) => {
    const { skill, findings } = strict(full, { [path]: "x" });
    expect(skill).toBeUndefined();
    expect(findings[0]?.message).toBe(`${JSON.stringify(path)} cannot be a file of a skill: ${why}`);
  });

  it("refuses files that differ only in case or Unicode form", () => {
    expect(strict(full, { "a/X.py": "", "a/x.py": "" }).findings[0]?.message).toBe('"a/X.py" and "a/x.py" are one file on some systems');
    expect(strict(full, { "\u00e9": "", "e\u0301": "" }).findings[0]?.rule).toBe("skill/bad-path");
  });

  it.each(["Market-Stats", "../market-stats/..", "márket", "-a", "a".repeat(65), ""])("refuses the folder %j", (folder) => {
    const { skill, findings } = readSkill(`skills/${folder}`, filesOf(parts), "strict");
    expect(skill).toBeUndefined();
    expect(findings.map((finding) => finding.rule)).toContain("skill/name");
  });

  it("refuses what is too large or not text", () => {
    const many = Object.fromEntries(Array.from({ length: skillBounds.files }, (_, index) => [`f${index}`, ""]));
    expect(strict(full, many).findings[0]?.message).toBe(`the skill has ${skillBounds.files + 3} files; at most 500 are read`);
    expect(strict(`${full}${" ".repeat(skillBounds.skillFileBytes)}`).findings[0]?.message).toContain("at most 1048576 are read");
    const latin = readSkill("skills/a", filesOf({ "SKILL.md": new Uint8Array([0x2d, 0xff, 0xfe]) }), "strict");
    expect(latin.findings[0]?.message).toBe("SKILL.md is not UTF-8 text");
    expect(readSkill("skills/a", filesOf({ "skill.md": full }), "strict").findings[0]?.message).toBe("there is no SKILL.md");
  });

  it("keeps a key called __proto__ a key", () => {
    const { skill } = strict(full.replace("  homepage: https://example.org", "  __proto__: polluted"));
    expect(Object.hasOwn(skill?.metadata ?? {}, "__proto__")).toBe(true);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("a lenient skill", () => {
  it("takes the folder's name, moves foreign keys, and says so", () => {
    const { skill, findings } = lenient(`---
name: Weather Pro
description: Tells the weather: today and tomorrow
version: 2.1
homepage: https://weather.example
author: someone
metadata: {"openclaw": {"requires": {"env": ["WEATHER_KEY"], "bins": ["curl"]}, "primaryEnv": "WEATHER_KEY"}, "rank": 3}
---
Ask.
`);
    expect(skill).toMatchObject({ name: "weather", description: "Tells the weather: today and tomorrow", version: "2.1", env: ["WEATHER_KEY"] });
    expect(skill?.metadata).toEqual({ version: "2.1", homepage: "https://weather.example", env: "WEATHER_KEY", rank: "3" });
    expect(brief(findings)).toEqual([
      "warning skill/unquoted-value 3:1 this value is not YAML without quotes; read as text",
      'note skill/dialect 4:1 "version" is not a key of the format; read as metadata.version',
      'note skill/dialect 5:1 "homepage" is not a key of the format; read as metadata.homepage',
      'note skill/dialect 6:1 unknown key "author" was left out',
      'note skill/dialect 7:12 "metadata.openclaw" is nested and was left out; it asks for the programs curl',
      'warning skill/name 2:7 the name is "Weather Pro", the folder is "weather"; they must be the same',
    ]);
  });

  it("is skipped without a description", () => {
    const { skill, findings } = lenient("---\nname: weather\n---\nAsk.\n");
    expect(skill).toBeUndefined();
    expect(findings.filter((finding) => finding.level === "error").map((finding) => finding.rule)).toEqual(["skill/no-description"]);
  });

  it("leaves out what does not fit instead of failing", () => {
    const { skill, findings } = lenient("---\nname: weather\ndescription: d\nmetadata:\n  runner: ruby\n  run: main.rb\n  timeout-ms: soon\n---\nx\n");
    expect(skill).toMatchObject({ runner: undefined, run: undefined, limits: {} });
    expect(new Set(findings.map((finding) => finding.level))).toEqual(new Set(["warning"]));
  });

  it("keeps a description that is too long, and reads skill.md", () => {
    const long = "x".repeat(1025);
    const { skill } = readSkill("skills/weather", filesOf({ "skill.md": `---\nname: weather\ndescription: ${long}\n---\nx\n` }), "lenient");
    expect(skill?.description).toBe(long);
  });

  it("is still refused for duplicate keys and paths that lead out", () => {
    expect(lenient("---\nname: weather\nname: x\ndescription: d\n---\n").skill).toBeUndefined();
    expect(lenient("---\nname: weather\ndescription: d\n---\n", "skills/weather", { "../x": "" }).skill).toBeUndefined();
  });
});

describe("properties", () => {
  const word = fc.string({ minLength: 1, maxLength: 30 }).filter((text) => text.trim() !== "");
  const front = fc.record(
    {
      name: fc.constant("a-skill"),
      description: word,
      license: word,
      compatibility: word,
      metadata: fc.dictionary(
        fc.string({ maxLength: 12 }).filter((key) => !/^[a-z_-]*$/.test(key)),
        fc.string(),
        { maxKeys: 4 },
      ),
    },
    { requiredKeys: ["name", "description"] },
  );

  it("reads back what was written", () => {
    fc.assert(
      fc.property(front, fc.string(), (written, body) => {
        const { skill, findings } = readSkill("skills/a-skill", filesOf({ "SKILL.md": writeSkill(written, `x${body}`) }), "strict");
        expect(findings.filter((finding) => finding.level === "error" && finding.rule !== "skill/metadata")).toEqual([]);
        if (skill === undefined) return;
        expect(skill.description).toBe(written.description);
        expect(skill.license).toBe(written.license);
        expect(skill.compatibility).toBe(written.compatibility);
        expect(skill.metadata).toEqual({ ...written.metadata });
        expect(skill.body).toBe(`x${body}`.replaceAll("\r\n", "\n"));
      }),
    );
  });

  it("gives the same digest in any order, and another for any other file", () => {
    const files = fc.uniqueArray(fc.record({ path: fc.stringMatching(/^[a-z]{1,6}$/), text: fc.string() }), {
      minLength: 1,
      maxLength: 6,
      selector: (file) => file.path,
    });
    fc.assert(
      fc.property(files, fc.nat(), (list, at) => {
        expect(digest(list.toReversed())).toBe(digest(list));
        const changed = list.map((file, index) => (index === at % list.length ? { ...file, text: `${file.text}!` } : file));
        expect(digest(changed)).not.toBe(digest(list));
        expect(digest(list)).toMatch(/^[0-9a-f]{64}$/);
      }),
    );
  });

  it("never throws, whatever the frontmatter is", () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom(
        "---",
        "name: a-skill",
        "description: d",
        "metadata:",
        "  run: ../x",
        "  __proto__: x",
        "&a [*a, *a]",
        "constructor: {prototype: 1}",
        "- ".repeat(200),
        "metadata: [1]",
      ),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(fc.array(line), fc.constantFrom("strict" as const, "lenient" as const), (lines, mode) => {
        const { skill, findings } = readSkill("skills/a-skill", filesOf({ "SKILL.md": `---\n${lines.join("\n")}\n---\nbody` }), mode);
        const stopped = findings.some((finding) => finding.level === "error");
        expect(skill?.name).toBe(stopped ? undefined : "a-skill");
      }),
      { numRuns: 500 },
    );
  });
});
