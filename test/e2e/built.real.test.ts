import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { root } from "../house/source.ts";
import { describeReal } from "../support/engine.ts";
import { folder, workspace } from "../support/workspace.ts";

/** npm itself may run on any Node; what it starts runs on this one. */
const environment = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`, NODE_V8_COVERAGE: undefined };

let installed: string;

beforeAll(() => {
  const packed = folder("agentctl-pack-");
  execFileSync("npm", ["pack", "--silent", "--pack-destination", packed], { cwd: root, env: environment, stdio: ["ignore", "ignore", "pipe"] });
  const tarball = execFileSync("ls", [packed], { encoding: "utf8" }).trim();
  expect(tarball).toMatch(/^agentctl-\d+\.\d+\.\d+\.tgz$/);
  installed = folder("agentctl-installed-");
  writeFileSync(join(installed, "package.json"), '{"private": true}');
  execFileSync("npm", ["install", "--silent", "--no-audit", "--no-fund", "--prefer-offline", join(packed, tarball)], {
    cwd: installed,
    env: environment,
    stdio: ["ignore", "ignore", "pipe"],
  });
}, 240_000);

test("installed from its tarball in an empty folder, it makes a workspace and decides", () => {
  const { dir, commit } = workspace();
  const agentctl = (...args: string[]) =>
    spawnSync(join(installed, "node_modules", ".bin", "agentctl"), args, { cwd: dir, env: environment, encoding: "utf8" });

  const init = agentctl("init");
  expect(init.stderr + init.stdout).toContain("policies/");
  expect(init.status).toBe(0);
  commit();
  const allowed = agentctl("policy", "check", "--json", "--action", "skill.run", "--class", "R", "--skill", "market-stats");
  expect(JSON.parse(allowed.stdout)).toMatchObject({ effect: "allow", rules: ["skills/own-skills-may-run"] });
  expect(allowed.status).toBe(0);
  expect(agentctl("policy", "check", "--action", "tool.call", "--class", "W", "--tool", "shell", "--agent", "quant", "--level", "2").status).toBe(3);
  expect(agentctl("policy", "test").status).toBe(0);
});

test("the package holds what users need and nothing else", () => {
  const held = execFileSync("ls", [join(installed, "node_modules", "agentctl")], { encoding: "utf8" })
    .trim()
    .split("\n");
  expect(held).toEqual(
    expect.arrayContaining(["LICENSE", "NOTICE", "README.md", "bin", "dist", "oclif.manifest.json", "policies", "runners", "schemas", "skills"]),
  );
  expect(held.filter((name) => ["test", "src", "commands", "bench", "demo", "node_modules"].includes(name))).toEqual([]);
});

const old = ["/usr/bin/node", "/usr/local/bin/node"].find(
  (path) => existsSync(path) && /^v(1\d|2[0-3])\./.test(execFileSync(path, ["--version"], { encoding: "utf8" })),
);

test.skipIf(old === undefined)("a real old Node parses run.js (skipped where there is none)", () => {
  const ended = spawnSync(old ?? "", [join(root, "bin", "run.js"), "--version"], { env: environment, encoding: "utf8" });
  expect(ended.stdout).toMatch(/^agentctl\/\d+\.\d+\.\d+ \S+ node-v(2[4-9]|[3-9]\d)\./);
});

describeReal("the demo", () => {
  test("tells the main job from init to the verified record, every figure computed in it", () => {
    const dir = folder("agentctl-demo-");
    const ended = spawnSync(process.execPath, [join(root, "demo", "demo.ts"), dir], { env: environment, encoding: "utf8" });
    expect(ended.status, ended.stderr).toBe(0);
    const said = ended.stderr + ended.stdout;
    // The figures of the S&P bars, as computed by hand in test/skill from the same file.
    expect(said).toMatch(/^bars +5105$/m);
    expect(said).toMatch(/^from +2000-01-03$/m);
    expect(said).toMatch(/^to +2020-04-17$/m);
    expect(said).toMatch(/deny +skills\/untrusted-skills-are-quarantined +policies\/skills\/policy\.yaml:\d+/);
    expect(said).toMatch(/internet +connect 1\.1\.1\.1:443 +OSError: \[Errno 101\] Network is unreachable +true/);
    expect(said).toMatch(/fork bomb +fork up to 2000 times +refused after \d\d?: /);
    expect(said).toMatch(/left out +positions\.csv +a link/);
    expect(said).toMatch(/deny +autonomy\/level-2-has-no-shell/);
    expect(said).toMatch(/^skill\.run +deny +\["skills\/untrusted-skills-are-quarantined"\] +1$/m);
    expect(said).toMatch(/^portfolio-helper +\S+ +trusted +ok +false +\d+$/m);
    // The fault that becomes a change: fails, is drafted, gated, refused without a signature, landed, answers, taken back.
    expect(said).toMatch(/^KeyError: 'adj_close'$/m);
    expect(said).toMatch(/^proposed +p-\S+ /m);
    expect(said).toMatch(/^refused +it needs a person$/m);
    expect(said).toMatch(/^landed +main [0-9a-f]{7} → [0-9a-f]{7} /m);
    expect(said).toMatch(/^holds +people who may, have approved exactly this$/m);
    expect(said).toMatch(/^months +49$/m);
    expect(execFileSync("git", ["log", "--first-parent", "--format=%s", "-n", "3"], { cwd: dir, encoding: "utf8" })).toMatch(
      /^Land p-\S+: Roll back (p-\S+)\nLand \1: recovery-time reads closes from files without an adjusted close\na skill, and the keys/,
    );
    expect(execFileSync("git", ["status", "--porcelain"], { cwd: dir, encoding: "utf8" })).toBe(`?? ${/(r-\S+\.html)$/m.exec(said)?.[1] ?? ""}\n`);
    const back = execFileSync("git", ["show", "HEAD:skills/recovery-time/scripts/main.py"], { cwd: dir, encoding: "utf8" });
    expect(back).toContain('float(row["adj_close"])');
  }, 600_000);
});
