import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadAuthority } from "../../src/operations/load-authority.ts";
import { loadData } from "../../src/operations/load-data.ts";
import { readyStrategy } from "../../src/operations/ready-strategy.ts";
import { smaCross, sp500, strategyWorkspace } from "../support/strategies.ts";
import { folder, type TestWorkspace } from "../support/workspace.ts";

const manifest = sp500()["data/sp500-daily.yaml"]!;
const noSuchBars = manifest.replace(/^sha256: .*/m, `sha256: ${"a".repeat(64)}`);
const from = (path: string): string => noSuchBars.replace(/path: .*/, `path: ${path}`);

async function load(at: TestWorkspace, name = "x"): ReturnType<typeof loadData> {
  return loadData(await loadAuthority(at.dir, {}), join(at.dir, ".git/agentctl"), name);
}

describe("attack: a manifest that is no file of its own", () => {
  const at = strategyWorkspace();
  const path = join(at.dir, "data/x.yaml");
  const refused = { code: "market/unreadable", message: "data/x.yaml is not a plain file" };

  test.each(["/etc/passwd", "/dev/zero", "sp500-daily.yaml"])("a link to %s is not followed", async (target) => {
    rmSync(path, { force: true });
    symlinkSync(target, path);
    await expect(load(at)).rejects.toMatchObject(refused);
  });

  test("a pipe is not waited for", async () => {
    rmSync(path, { force: true });
    execFileSync("mkfifo", [path]);
    await expect(load(at)).rejects.toMatchObject(refused);
  });

  test("a folder data/ that is a link leads nowhere", async () => {
    renameSync(join(at.dir, "data"), join(at.dir, "elsewhere"));
    symlinkSync("elsewhere", join(at.dir, "data"));
    await expect(load(at, "sp500-daily")).rejects.toMatchObject({ code: "market/unreadable" });
  });
});

describe("attack: a manifest whose source is somebody else's file", () => {
  const at = strategyWorkspace();
  mkdirSync(join(at.dir, "prices"));
  execFileSync("mkfifo", [join(at.dir, "prices/pipe.csv")]);
  symlinkSync("/etc/passwd", join(at.dir, "prices/link.csv"));
  const outside = join(folder(), "prices.csv");
  writeFileSync(outside, "time,open,high,low,close\n");

  test.each([
    ["/etc/passwd", "outside the workspace"],
    ["/dev/zero", "outside the workspace"],
    ["../../../../../etc/passwd", "outside the workspace"],
    [outside, "outside the workspace"],
    ["prices/link.csv", "outside the workspace"],
    ["prices/pipe.csv", "not a plain file"],
    ["prices", "not a plain file"],
  ])("%s is not opened", async (path, why) => {
    at.write({ "data/x.yaml": from(path) });
    await expect(load(at)).rejects.toMatchObject({ code: "market/no-bars", message: expect.stringContaining(why) });
  });

  test("the command that mends it runs nothing else when it is copied", async () => {
    at.write({ "data/x.yaml": from("/gone.csv").replace(/^symbol: .*/m, `symbol: "x'; touch pwned; '"`) });
    await expect(load(at)).rejects.toMatchObject({ hint: expect.stringContaining(`--symbol 'x'\\''; touch pwned; '\\''' --timeframe`) });
  });
});

describe("attack: a manifest that says something else of its bars", () => {
  const at = strategyWorkspace();

  test.each([
    ["missing: 4", "missing: 0"],
    ["rows: 5105", "rows: 9999999"],
    ["from: 2000-01-03T00:00:00Z", "from: 1990-01-01T00:00:00Z"],
    ["to: 2020-04-17T00:00:00Z", "to: 2026-01-01T00:00:00Z"],
  ])("%s as %s", async (true_, forged) => {
    expect(manifest).toContain(true_);
    at.write({ "data/x.yaml": manifest.replace(true_, forged) });
    await expect(load(at)).rejects.toMatchObject({
      code: "market/other-bars",
      exit: "verification",
      message: `data/x.yaml says ${forged}, and its bars have ${true_.split(": ")[1]}`,
    });
  });

  test("what it says beyond that is said to be not of the commit", async () => {
    const other = strategyWorkspace(smaCross());
    const ready = (): Promise<boolean> => readyStrategy({ cwd: other.dir, env: {}, name: "sma-cross" }).then(({ committed }) => committed);
    expect(await ready()).toBe(true);
    other.write({ "data/sp500-daily.yaml": manifest.replace("unitDecimals: 4", "unitDecimals: 8") });
    expect(await ready()).toBe(false);
    other.write({ "data/sp500-daily.yaml": `# the same in other words\n${manifest}` });
    expect(await ready()).toBe(true);
  });
});
