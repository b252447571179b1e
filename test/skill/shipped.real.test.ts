import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../src/base/ids.ts";
import { checkSchema } from "../../src/base/json-schema.ts";
import { connectEngine, type Engine } from "../../src/runner/engine.ts";
import { requireImage } from "../../src/runner/images.ts";
import { jobsSettled } from "../../src/runner/job-engine.ts";
import { defaultLimits, type JobResult } from "../../src/runner/job.ts";
import { runJob } from "../../src/runner/run-job.ts";
import { readFolder, type FolderFile } from "../../src/scan/folder.ts";
import { readSkill } from "../../src/skill/read.ts";
import { skillBounds, type Skill, type SkillRunner } from "../../src/skill/skill.ts";
import { engineExpected } from "../support/engine.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const ownTests: Record<SkillRunner, string[]> = {
  python: ["python3", "-m", "pytest", "-q", "tests"],
  node: ["node", "--test"],
  shell: ["bash", "tests/run.sh"],
};
const interpreters: Record<SkillRunner, string> = { python: "python3", node: "node", shell: "bash" };
const shipped: Record<string, { artifacts: string[]; pictures: Record<string, [number, number]> }> = {
  chart: { artifacts: ["chart.png"], pictures: { "chart.png": [1200, 700] } },
  "csv-profile": { artifacts: [], pictures: {} },
  "hello-bash": { artifacts: [], pictures: {} },
  "hello-node": { artifacts: [], pictures: {} },
  "market-stats": { artifacts: ["drawdown.png", "yearly.csv"], pictures: { "drawdown.png": [1200, 750] } },
};

const engine = engineExpected ? await connectEngine() : undefined;

async function load(folder: string, mode: "strict" | "lenient"): Promise<{ skill: Skill; files: FolderFile[]; findings: readonly unknown[] }> {
  const { files, findings } = await readFolder(join(root, folder), folder, skillBounds);
  const read = readSkill(folder, files, mode);
  if (read.skill === undefined) throw new Error(`${folder} cannot be read: ${JSON.stringify([...findings, ...read.findings])}`);
  return { skill: read.skill, files, findings: [...findings, ...read.findings] };
}

async function run(there: Engine, skill: Skill, files: readonly FolderFile[], command: readonly string[], stdin: string): Promise<JobResult> {
  const image = await requireImage(there, skill.runner ?? "python", { package: root });
  return await runJob(there, {
    image: image.id,
    command,
    cwd: "/work/skill",
    files: files.map(({ path, data }) => ({ path: `skill/${path}`, data })),
    stdin,
    limits: { ...defaultLimits, ...skill.limits },
    run: newId("r"),
  });
}

const text = (data: Uint8Array): string => new TextDecoder().decode(data);
const scriptOf = (skill: Skill): string[] => [interpreters[skill.runner ?? "python"], skill.run ?? ""];

/** Width and height in pixels from the first chunk of a PNG. */
function pixels(data: Uint8Array): [number, number] {
  const bytes = Buffer.from(data);
  expect(bytes.subarray(0, 16).toString("latin1")).toBe("\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
  expect(bytes.subarray(-8, -4).toString("latin1")).toBe("IEND");
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}

describe.skipIf(engine === undefined)("shipped skills", () => {
  const there = engine as Engine;
  afterAll(() => jobsSettled(there));

  describe.each(Object.keys(shipped))("%s", (name) => {
    let skill: Skill;
    let files: FolderFile[];
    let findings: readonly unknown[];
    beforeAll(async () => {
      ({ skill, files, findings } = await load(`skills/${name}`, "strict"));
    });

    test("is read without a finding", () => {
      expect(findings).toEqual([]);
    });

    test("its own tests pass in the container", async () => {
      const result = await run(there, skill, files, ownTests[skill.runner ?? "python"], "");
      expect([result.outcome, text(result.stdout), text(result.stderr)]).toEqual(["ok", expect.any(String), expect.any(String)]);
    });

    test("without input it gives what its output schema says, and its artifacts", async () => {
      expect(checkSchema(skill.inputSchema ?? {}, {})).toEqual([]);
      const result = await run(there, skill, files, scriptOf(skill), "{}");
      expect([result.outcome, text(result.stderr), result.refused]).toEqual(["ok", "", []]);
      expect(skill.outputSchema).toBeDefined();
      expect(checkSchema(skill.outputSchema ?? {}, JSON.parse(text(result.stdout)))).toEqual([]);
      const { artifacts, pictures } = shipped[name] ?? { artifacts: [], pictures: {} };
      expect(result.artifacts.map(({ path }) => path).toSorted()).toEqual(artifacts);
      for (const [path, size] of Object.entries(pictures)) {
        const picture = result.artifacts.find((artifact) => artifact.path === path);
        expect(pixels(picture?.data ?? new Uint8Array())).toEqual(size);
      }
    });
  });

  test("market-stats refuses bad data with one line and exit code 2", async () => {
    const { skill, files } = await load("skills/market-stats", "strict");
    const bad = { path: "assets/bad.csv", data: Buffer.from("date,close\n2020-01-02,1\n2020-01-03,-1\n") };
    const result = await run(there, skill, [...files, bad], scriptOf(skill), '{"file":"assets/bad.csv"}');
    expect([result.outcome, result.exitCode, text(result.stdout)]).toEqual(["failed", 2, ""]);
    expect(text(result.stderr)).toBe("market-stats: bad.csv line 3, column close: a price must be above 0, found -1\n");
  });
});

interface Attempt {
  attempt: string;
  tried: string;
  result: string;
  held: boolean | null;
  count?: number;
}

describe.skipIf(engine === undefined)("the hostile skill of the demo", () => {
  const there = engine as Engine;
  let result: JobResult;
  let skill: Skill;
  let attempts: Attempt[];
  beforeAll(async () => {
    const loaded = await load("demo/portfolio-helper", "lenient");
    ({ skill } = loaded);
    result = await run(there, skill, loaded.files, scriptOf(skill), "{}");
    ({ attempts } = JSON.parse(text(result.stdout)) as { attempts: Attempt[] });
  });
  afterAll(() => jobsSettled(there));

  test("ends by itself and says what its schema says", () => {
    expect([result.outcome, text(result.stderr)]).toEqual(["ok", ""]);
    expect(checkSchema(skill.outputSchema ?? {}, JSON.parse(text(result.stdout)))).toEqual([]);
  });

  test("is refused at every attempt, with the true reason", () => {
    const ends = attempts.filter(({ attempt }) => attempt !== "file theft by link").map(({ attempt, held, result: end }) => [attempt, held, end]);
    expect(ends).toEqual([
      ["name service", true, expect.stringMatching(/^gaierror: /)],
      ["internet", true, expect.stringContaining("Network is unreachable")],
      ["cloud credentials", true, expect.stringContaining("Network is unreachable")],
      ["password hashes", true, expect.stringContaining("Permission denied")],
      ["host files", true, expect.stringContaining("No such file or directory")],
      ["SSH keys", true, expect.stringContaining("No such file or directory")],
      ["container engine", true, expect.stringContaining("No such file or directory")],
      ["system settings", true, expect.stringContaining("Read-only file system")],
      ["own image", true, expect.stringContaining("Read-only file system")],
      ["secrets", true, expect.stringMatching(/^no secret among \d+ variables: /)],
      ["secrets of the launcher", true, expect.any(String)],
      ["fork bomb", true, expect.stringMatching(/^refused after \d+: .*Resource temporarily unavailable/)],
    ]);
  });

  test("its link out of the output folder is left behind, by name", () => {
    expect(attempts.find(({ attempt }) => attempt === "file theft by link")?.held).toBeNull();
    expect(result.artifacts).toEqual([]);
    expect(result.refused).toEqual([{ path: "positions.csv", why: expect.stringContaining("link") }]);
  });

  test("its fork bomb ends at the limit of processes", () => {
    const { count = -1 } = attempts.at(-1) ?? {};
    const { pids } = { ...defaultLimits, ...skill.limits };
    expect(count).toBeGreaterThan(pids / 2);
    expect(count).toBeLessThanOrEqual(pids);
  });
});
