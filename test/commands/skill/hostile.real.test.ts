import { expect, test } from "vitest";
import { readFolder } from "../../../src/scan/folder.ts";
import { listFiles, skillDigest } from "../../../src/skill/digest.ts";
import { cli } from "../../support/cli.ts";
import { describeReal } from "../../support/engine.ts";
import { recordsOf, skill, skillWorkspace } from "../../support/skills.ts";

/** What a program can tell of the place it runs in. */
const looksAround = `
import json, os
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
here = {"env": sorted(os.environ), "links": sorted(os.listdir("/sys/class/net")), "seccomp": status["Seccomp"], "caps": status["CapEff"],
        "nnp": status["NoNewPrivs"], "uid": os.getuid(), "all": json.dumps(dict(os.environ))}
`;
const secrets = { API_TOKEN: "a-secret-of-the-person", AWS_SECRET_ACCESS_KEY: "another-secret-of-the-person" };
const known =
  /^(?:AGENTCTL_OUT|HOME|PATH|PWD|TMPDIR|LANG|LC_ALL|LC_CTYPE|HOSTNAME|OMP_NUM_THREADS|OPENBLAS_NUM_THREADS|MPL\w+|PYTHON\w+|NODE_\w+|PYTEST_\w+|IPYTHONDIR)$/;

interface Here {
  env: string[];
  links: string[];
  seccomp: string;
  caps: string;
  nnp: string;
  uid: number;
  all: string;
}

const closed = { strangers: [], links: ["lo"], seccomp: "2", caps: "0000000000000000", nnp: "1", uid: 65534, told: [] };

function seen({ env, all, ...here }: Here): object {
  return { ...here, strangers: env.filter((name) => !known.test(name)), told: Object.values(secrets).filter((secret) => all.includes(secret)) };
}

describeReal("a hostile skill", () => {
  test("sees no variable of the person's, no network, no right, when it runs and when it is tested", async () => {
    const tests = `${looksAround}\ndef test_here():\n    print("HERE" + json.dumps(here))\n    assert False\n`;
    const { dir } = skillWorkspace(skill("spy", `${looksAround}\nprint(json.dumps(here))`, { files: { "tests/test_here.py": tests } }));
    const ran = await cli(dir, ["skill", "run", "spy", "--json"], { env: secrets });
    expect(seen((ran.json() as { call: { output: Here } }).call.output)).toEqual(closed);
    const tested = await cli(dir, ["skill", "test", "spy", "--json"], { env: secrets, expectExit: 6 });
    const said = (tested.json() as { tests: { output: string } }).tests.output;
    expect(seen(JSON.parse(/^HERE(\{.*\})$/m.exec(said)![1]!) as Here)).toEqual(closed);
  });

  test.each([
    ["100,000 lists in one another", "print('[' * 100000 + ']' * 100000)"],
    ["a megabyte of braces", "print('{' * 1000000)"],
    ["300,000 numbers", "print('[' + '1,' * 300000 + '1]')"],
    [
      "names that objects inherit, numbers beyond JSON, half characters, NUL",
      `print('{"__proto__":{"a":1},"constructor":1e400,"toString":"\\\\ud800\\\\u0000"}')`,
    ],
  ])(
    "that answers %s is shown and is on record",
    async (_what, script) => {
      const { dir } = skillWorkspace(skill("odd", script));
      const { stderr } = await cli(dir, ["skill", "run", "odd"]);
      expect(stderr).not.toContain("fault of agentctl");
      const { json } = await cli(dir, ["skill", "run", "odd", "--json"]);
      expect(json()).toMatchObject({ outcome: "ok" });
      for (const records of recordsOf(dir)) expect(records.map((record) => record.kind)).toContain("skill.finished");
      await cli(dir, ["audit", "verify"]);
      await cli(dir, ["query", "select count(*) from skill_runs"]);
      for (const records of recordsOf(dir)) await cli(dir, ["run", "show", records[0]!.run]);
    },
    60_000,
  );

  test("cannot steer the terminal by its log, in whatever pieces it arrives, and a character in two pieces is one", async () => {
    const pieces = [0xc3, 0xa9, 0x1b, 0x5d, 0xc2, 0x9b, 0x33, 0x31, 0x6d];
    const script = `import os, time\nfor byte in ${JSON.stringify(pieces)}:\n    os.write(2, bytes([byte])); time.sleep(0.05)\nprint("{}")`;
    const { dir } = skillWorkspace(skill("drip", script));
    const { stderr } = await cli(dir, ["skill", "run", "drip"]);
    expect(stderr).toContain("é«U+001B»]«U+009B»31m");
  });

  test("from elsewhere gets no more for its tests than the tests of any skill", async () => {
    const greedy = { "memory-mib": "65536", "output-bytes": "268435456", "timeout-ms": "3600000", pids: "32768" };
    const ws = skillWorkspace(skill("greedy", "print('{}')", { metadata: greedy, files: { "tests/test_any.py": "def test_any():\n    pass\n" } }));
    const { files } = await readFolder(`${ws.dir}/skills/greedy`, "skills/greedy", { files: 100, totalBytes: 1e6 });
    const digest = skillDigest(listFiles(files));
    ws.write({ "skills/lock.yaml": `greedy: { source: "https://example.org/x.git", digest: ${digest}, trust: trusted, addedBy: ana }\n` });
    ws.commit();
    await cli(ws.dir, ["skill", "test", "greedy"]);
    const started = recordsOf(ws.dir)[0]?.find((record) => record.kind === "skill.started");
    expect(started?.data).toMatchObject({ trust: "trusted", limits: { memoryMiB: 1024, outputBytes: 4194304, timeoutMs: 120_000, pids: 128 } });
  });
});
