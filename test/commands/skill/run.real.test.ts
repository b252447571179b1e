import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { cli } from "../../support/cli.ts";
import { describeReal } from "../../support/engine.ts";
import { containersOf, recordsOf, shipped, skill, skillWorkspace } from "../../support/skills.ts";
import { folder, workspace } from "../../support/workspace.ts";

const hello = `
import json, os, sys
name = json.load(sys.stdin).get("name", "world")
open(os.environ["AGENTCTL_OUT"] + "/greeting.txt", "w").write("hello " + name)
print("greeting", name, file=sys.stderr)
print(json.dumps({"greeting": "hello " + name, "again": json.load(open("/work/input.json"))}))
`;
const schema = JSON.stringify({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  additionalProperties: false,
  properties: { name: { type: "string" }, file: { type: "string" } },
});
const greeter = skill("greeter", hello, { metadata: { "input-schema": "references/input.json" }, files: { "references/input.json": schema } });

describeReal("skill run", () => {
  test("a skill runs, and everything about it is on record", async () => {
    const { dir } = skillWorkspace(greeter);
    const { json, stderr } = await cli(dir, ["skill", "run", "greeter", "--input", '{"name":"ana"}', "--out", "out", "--json"]);
    expect(json()).toMatchObject({
      outcome: "ok",
      call: { outcome: "ok", output: { greeting: "hello ana", again: { name: "ana" } } },
      decision: { effect: "allow", rules: ["skills/own-skills-may-run"] },
    });
    expect(stderr).toContain("greeting ana");
    expect(readFileSync(join(dir, "out", "greeting.txt"), "utf8")).toBe("hello ana");

    const [records] = recordsOf(dir);
    expect(records?.map((record) => record.kind)).toEqual([
      "run.started",
      "decision.made",
      "budget.reserved",
      "skill.started",
      "skill.finished",
      "budget.settled",
      "run.finished",
    ]);
    expect(records?.[1]?.data).toMatchObject({
      effect: "allow",
      request: { action: "skill.run", class: "R", actor: { kind: "person" }, skill: { name: "greeter", trust: "own", committed: true } },
    });
    expect(records?.[4]?.data).toMatchObject({ outcome: "ok", exitCode: 0, artifacts: [{ path: "greeting.txt", bytes: 9 }] });
    const [artifact] = records![4]!.data["artifacts"] as { sha256: string }[];
    expect(readFileSync(join(dir, ".git", "agentctl", "blobs", artifact!.sha256), "utf8")).toBe("hello ana");
    expect(await containersOf(dir)).toEqual([]);

    const again = await cli(dir, ["skill", "run", "greeter", "--out", "out"], { expectExit: 1 });
    expect(again.stderr).toMatch(/out\/greeting\.txt exists already/);
  });

  test("a given file is read-only under /work/files, and its property names it", async () => {
    const script = `
import json, os, sys
path = json.load(sys.stdin)["file"]
try:
    open(path, "a").write("x")
    wrote = True
except OSError:
    wrote = False
print(json.dumps({"path": path, "text": open(path).read(), "wrote": wrote}))`;
    const { dir, write } = skillWorkspace(skill("reader", script));
    write({ "data/prices.csv": "date,close\n" });
    const { json } = await cli(dir, ["skill", "run", "reader", "--file", "file=data/prices.csv", "--json"]);
    expect(json()).toMatchObject({ call: { output: { path: "/work/files/prices.csv", text: "date,close\n", wrote: false } } });
  });

  test.each([
    ["an unknown property", ["--input", '{"nme":"x"}'], /unknown key "nme" in the document \(did you mean "name"\?\)/],
    ["a wrong type", ["--input", '{"name":3}'], /"name" must be string, found 3/],
    ["no JSON", ["--input", "{name"], /the input is not JSON/],
    ["a file that is not there", ["--file", "file=nowhere.csv"], /nowhere\.csv is not a file/],
    ["a file flag without a property", ["--file", "nowhere.csv"], /is not PROPERTY=PATH/],
  ])("refused before anything starts: %s", async (_what, flags, message) => {
    const { dir } = skillWorkspace(greeter);
    const { stderr } = await cli(dir, ["skill", "run", "greeter", ...flags], { expectExit: 2 });
    expect(stderr).toMatch(message);
    expect(
      existsSync(join(dir, ".git", "agentctl", "journal")) && readdirSync(join(dir, ".git", "agentctl", "journal")).some((name) => name.startsWith("r-")),
    ).toBe(false);
  });

  test.each([
    ["fails", "print('half'); raise SystemExit(5)", {}, "failed", 1, { exitCode: 5 }],
    ["dies of a signal", "import os; os.kill(os.getpid(), 11)", {}, "crashed", 1, { signal: "SIGSEGV" }],
    [
      "ignores SIGTERM and never ends",
      "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)",
      { "timeout-ms": "700" },
      "timeout",
      124,
      {},
    ],
    ["eats memory", "x = bytearray(500_000_000)\nfor i in range(0, len(x), 4096): x[i] = 1", { "memory-mib": "64" }, "oom", 1, { oomKilled: true }],
    ["floods its output", "while True: print('x' * 1000)", {}, "output-overflow", 1, {}],
    ["forks without end", "import os\ntry:\n  while True: os.fork()\nexcept OSError: os._exit(9)", { "timeout-ms": "3000" }, undefined, undefined, {}],
  ])("told apart: one that %s", async (_what, script, metadata, outcome, exit, more) => {
    const { dir } = skillWorkspace(skill("odd", script, { metadata }));
    const { json, exitCode } = await cli(dir, ["skill", "run", "odd", "--json"], { expectExit: null });
    const last = recordsOf(dir)
      .at(-1)!
      .find((record) => record.kind === "skill.finished")!;
    if (outcome === undefined) expect(["failed", "timeout", "crashed"]).toContain((json() as { call: { outcome: string } }).call.outcome);
    else {
      expect(json()).toMatchObject({ call: { outcome } });
      expect(last.data).toMatchObject({ outcome, ...more });
      expect(exitCode).toBe(exit);
    }
    expect(await containersOf(dir)).toEqual([]);
  });

  test("output that does not fit what the skill declares is not taken for a result", async () => {
    const files = { "references/output.json": JSON.stringify({ type: "object", required: ["total"], properties: { total: { type: "number" } } }) };
    const { dir } = skillWorkspace({
      ...skill("liar", `print('{"total": "many"}')`, { metadata: { "output-schema": "references/output.json" }, files }),
      ...skill("mute", "pass", { metadata: { "output-schema": "references/output.json" }, files }),
    });
    const liar = await cli(dir, ["skill", "run", "liar"], { expectExit: 1 });
    expect(liar.stderr).toContain('bad-output  its output does not fit what it declares: "total" must be number, found "many"');
    const mute = await cli(dir, ["skill", "run", "mute"], { expectExit: 1 });
    expect(mute.stderr).toContain("bad-output  it printed no JSON, and declares an output");
  });

  test("links in the output folder are left out and named; escapes in the words of a skill do not reach the terminal", async () => {
    const script = `
import os, json
out = os.environ["AGENTCTL_OUT"]
os.symlink("/etc/passwd", out + "/users.txt")
os.mkdir(out + "/sub"); os.symlink("/", out + "/sub/root")
open(out + "/ok.txt", "w").write("fine")
print(json.dumps({"title": "\\x1b]0;owned\\x07"}))`;
    const { dir } = skillWorkspace(skill("linker", script));
    const { stdout, stderr } = await cli(dir, ["skill", "run", "linker", "--out", "out"]);
    expect(readdirSync(join(dir, "out"), { recursive: true })).toEqual(["ok.txt"]);
    expect(stderr).toMatch(/left out +sub\/root +a link/);
    expect(stderr).toMatch(/left out +users\.txt +a link/);
    expect(stdout + stderr).not.toContain("\x1b");
    expect(stdout).toContain("«U+001B»]0;owned«U+0007»");
  });

  test("secrets of the environment reach neither the container nor the record", async () => {
    const canary = "canary-9f8e7d6c5b4a";
    const script = `import json, os, sys; print(json.dumps({"env": dict(os.environ), "input": json.load(sys.stdin)}))`;
    const { dir } = skillWorkspace(skill("teller", script));
    const { stdout } = await cli(dir, ["skill", "run", "teller", "--input", JSON.stringify({ note: `use ${canary}` }), "--json"], {
      env: { BROKER_API_KEY: canary },
    });
    expect(stdout).not.toContain(canary);
    expect(stdout).toContain("«masked:BROKER_API_KEY#");
    expect(stdout).not.toContain('"BROKER_API_KEY":');
    const state = join(dir, ".git", "agentctl");
    const files = readdirSync(state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const told = files.filter((entry) => readFileSync(join(entry.parentPath, entry.name)).includes(canary));
    expect(told.map((entry) => entry.name)).toEqual([]);
  });

  test("policy denies: exit 3, nothing starts, the denial is on record", async () => {
    const lock = { "skills/lock.yaml": `odd:\n  source: /elsewhere\n  digest: "${"0".repeat(64)}"\n  trust: untrusted\n  addedBy: ana\n` };
    const { dir } = skillWorkspace({ ...skill("odd", "print(1)"), ...lock });
    const { stderr } = await cli(dir, ["skill", "run", "odd"], { expectExit: 3 });
    expect(stderr).toMatch(
      /deny +skills\/untrusted-skills-are-quarantined +policies\/skills\/policy\.yaml:\d+\nwhy +.+\nwould +agentctl skill trust odd --reason …, then commit/,
    );
    expect(recordsOf(dir)[0]?.map((record) => record.kind)).toEqual(["run.started", "decision.made", "run.finished"]);
    expect(recordsOf(dir)[0]?.[2]?.data).toMatchObject({ outcome: "denied" });
  });

  test("a budget that cannot bear it: exit 5, the limit is named, nothing starts; what is granted is settled", async () => {
    const tight = shipped("policies/budgets")["policies/budgets/policy.yaml"]!.replace("wallMs: 3600000", "wallMs: 20000");
    const cases = "- name: a long run is refused\n  reserve: { ask: { wallMs: 30000 } }\n  granted: false\n  limit: run\n";
    const { dir } = skillWorkspace({ ...greeter, "policies/budgets/policy.yaml": tight, "policies/budgets/cases.yaml": cases });
    const { stderr } = await cli(dir, ["skill", "run", "greeter"], { expectExit: 5 });
    expect(stderr).toMatch(/budget +budgets\/run\nwhy +budgets\/run: 30000 wallMs asked, 20000 left of 20000/);
    expect(recordsOf(dir)[0]?.map((record) => record.kind)).toEqual(["run.started", "decision.made", "budget.reserved", "run.finished"]);
    expect(recordsOf(dir)[0]?.[2]?.data).toMatchObject({ granted: false, limit: "budgets/run" });
  });

  test("trust on disk counts for nothing until it is committed, and an edited policy neither", async () => {
    const { dir, write } = skillWorkspace({ ...skill("odd", "print(1)"), "policies/skills/policy.yaml": "name: skills\nrules: [broken\n" });
    const denied = await cli(dir, ["skill", "run", "odd"], { expectExit: 3 });
    expect(denied.stderr).toMatch(/policies\/skills\/policy\.yaml/);
    write({ "policies/skills/policy.yaml": "name: skills\ndescription: all\nrules: []\n" });
    await cli(dir, ["skill", "run", "odd"], { expectExit: 3 });
  });

  test.each([
    ["no engine", { DOCKER_HOST: "unix:///nonexistent/docker.sock" }, /no Docker engine answers at unix:\/\/\/nonexistent\/docker\.sock/],
    ["an unreadable state directory", { AGENTCTL_STATE_DIR: "/dev/null" }, /state folder \/dev\/null cannot be used/],
    ["a wrong configuration", { AGENTCTL_LIMITS_MEMORY_MIB: "lots" }, /AGENTCTL_LIMITS_MEMORY_MIB/],
  ])("%s is named, with its mend", async (_what, env, message) => {
    const { dir } = skillWorkspace(greeter);
    const { stderr, exitCode } = await cli(dir, ["skill", "run", "greeter"], { env, expectExit: null });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^mend {3}\S/m);
    expect([1, 2]).toContain(exitCode);
  });

  test("no repository, no commit, no such skill", async () => {
    const bare = await cli(folder(), ["skill", "run", "greeter"], { expectExit: 2 });
    expect(bare.stderr).toMatch(/is not inside a git repository\nmend +agentctl init/);
    const { dir } = workspace({ "agentctl.yaml": "", ...greeter }, { commit: false });
    const early = await cli(dir, ["skill", "run", "greeter"], { expectExit: 1 });
    expect(early.stderr).toMatch(/has no commits, and policy is read from a commit\nmend +git add -A && git commit/);
    const unknown = await cli(skillWorkspace(greeter).dir, ["skill", "run", "greter"], { expectExit: 2 });
    expect(unknown.stderr).toMatch(/there is no skill "greter"\nmend +did you mean greeter\?/);
  });

  test("a link in the skill's own folder is refused, not followed", async () => {
    const { dir } = skillWorkspace(greeter);
    symlinkSync("/etc/passwd", join(dir, "skills", "greeter", "users.txt"));
    const { stderr } = await cli(dir, ["skill", "run", "greeter"], { expectExit: 2 });
    expect(stderr).toContain("users.txt is a link; only plain files are read");
  });

  test("eight at once: each has its own run, and the record holds", async () => {
    const { dir } = skillWorkspace(greeter);
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => cli(dir, ["skill", "run", "greeter", "--input", `{"name":"n${n}"}`, "--json"])));
    const results = answers.map((answer) => answer.json() as { run: string; call: { output: { greeting: string } } });
    expect(results.map((result) => result.call.output.greeting)).toEqual(Array.from({ length: 8 }, (_, n) => `hello n${n}`));
    expect(new Set(results.map((result) => result.run)).size).toBe(8);
    await cli(dir, ["audit", "verify"]);
    expect(await containersOf(dir)).toEqual([]);
  });

  test("kill -9 of the command: its container ends, what it had recorded stays, and the next run clears up after it", async () => {
    const { dir } = skillWorkspace({
      ...greeter,
      ...skill("slow", "import time\nprint('up', flush=True)\ntime.sleep(60)", { metadata: { "timeout-ms": "60000" } }),
    });
    const child = spawn(process.execPath, [fileURLToPath(new URL("../../../bin/dev.js", import.meta.url)), "skill", "run", "slow"], {
      cwd: dir,
      stdio: "ignore",
    });
    await expect
      .poll(() => existsSync(join(dir, ".git", "agentctl", "journal")) && recordsOf(dir)[0]?.some((record) => record.kind === "skill.started"), {
        timeout: 15_000,
      })
      .toBe(true);
    child.kill("SIGKILL");
    await expect.poll(() => containersOf(dir, "running"), { timeout: 10_000 }).toEqual([]);
    await cli(dir, ["audit", "verify"]);
    const { json } = await cli(dir, ["run", "--json"]);
    expect(json()).toMatchObject([{ command: "skill run slow", outcome: "interrupted" }]);
    await cli(dir, ["skill", "run", "greeter"]);
    expect(await containersOf(dir)).toEqual([]);
    expect(
      recordsOf(dir)
        .find((records) => records[0]!.data["command"] === "skill run slow")
        ?.at(-1)?.data,
    ).toMatchObject({ outcome: "interrupted" });
  });

  test("on a full disk nothing starts, and it is said", async () => {
    const { dir } = skillWorkspace(greeter);
    const small = folder();
    mkdirSync(join(small, "state"));
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", join(small, "state")]);
    try {
      await cli(dir, ["halt", "status"], { env: { AGENTCTL_STATE_DIR: join(small, "state") } });
      try {
        writeFileSync(join(small, "state", "filler"), Buffer.alloc(1024 * 1024));
      } catch {
        // Full is what it is to be.
      }
      const { stderr } = await cli(dir, ["skill", "run", "greeter"], { env: { AGENTCTL_STATE_DIR: join(small, "state") }, expectExit: 1 });
      expect(stderr).toMatch(/disk is full/);
      expect(stderr).not.toContain("greeting");
    } finally {
      execFileSync("umount", ["-l", join(small, "state")]);
    }
  });
});
