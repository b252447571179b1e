import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { scopeOf } from "../../../src/operations/scope.ts";
import { runSkill } from "../../../src/operations/tools/run-skill.ts";
import { called } from "../../operations/tools/in-context.ts";
import { cli } from "../../support/cli.ts";
import { bridgeAddress, egressEngine, serve, type TestServer } from "../../support/egress-world.ts";
import { describeReal } from "../../support/engine.ts";
import { containersOf, recordsOf, shipped, skill } from "../../support/skills.ts";
import { workspace } from "../../support/workspace.ts";

describeReal("a skill that declares hosts", () => {
  let engine: Awaited<ReturnType<typeof egressEngine>>["engine"];
  let server: TestServer;
  let dir = "";
  let asked: string[] = [];
  const networksOf = async (): Promise<string[]> => {
    const listed = await engine.docker.listNetworks({ filters: { label: [`agentctl.scope=${scopeOf(join(dir, ".git", "agentctl"))}`] } });
    return listed.map(({ Name }) => Name);
  };
  const start = (name: string): ReturnType<typeof spawn> => {
    const entry = fileURLToPath(new URL("../../../bin/dev.js", import.meta.url));
    return spawn(process.execPath, [entry, "skill", "run", name], { cwd: dir, stdio: "ignore" });
  };
  const ended = (child: ReturnType<typeof spawn>): Promise<number | null> => new Promise((done) => child.once("exit", done));

  beforeAll(async () => {
    ({ engine } = await egressEngine());
    const here = await bridgeAddress(engine);
    server = await serve(here, (request, response) => {
      asked.push(request.url ?? "");
      if (request.url === "/silent") return undefined;
      return response.end("42");
    });
    const { port } = server;
    const curl = (url: string): string => `curl -sS -m 50 http://${url} | head -c 200`;
    const metadata = (hosts: string): { language: "shell"; metadata: Record<string, string> } => ({
      language: "shell",
      metadata: { hosts, "timeout-ms": "60000" },
    });
    const rule = (id: string, host: string, effect: string): string =>
      `  - id: ${id}\n    match: { action: net.connect, host: ${host} }\n    effect: ${effect}\n    reason: a test\n    examples: { match: [{ action: net.connect, host: ${host} }], differ: [{ action: query.run }] }\n`;
    const testCase = (host: string, effect: string): string => `- name: ${host}\n  request: { action: net.connect, host: ${host} }\n  effect: ${effect}\n`;
    ({ dir } = workspace({
      "agentctl.yaml": `egress:\n  addresses: [prices.test=${here}, later.test=${here}]\n`,
      ...shipped("policies"),
      "policies/web/policy.yaml": `name: web\ndescription: test\nrules:\n${rule("prices", "prices.test", "allow")}${rule("later", "later.test", "approve")}`,
      "policies/web/cases.yaml": testCase("prices.test", "allow") + testCase("later.test", "approve"),
      ...skill("prices", `echo "$(${curl(`prices.test:${port}/price?key=1`)}) $(${curl(`later.test:${port}/`)})"`, metadata(`prices.test:${port}`)),
      ...skill("asking", curl(`later.test:${port}/`), metadata(`prices.test:${port} later.test:${port}`)),
      ...skill("denied", curl("elsewhere.test/"), metadata("elsewhere.test")),
      ...skill("wild", "echo {}", metadata("*.example.org")),
      ...skill("slow", `curl -sS http://prices.test:${port}/silent`, metadata(`prices.test:${port}`)),
      ...skill("plain", "curl -sS -m 5 http://prices.test/ 2>&1; echo $HTTP_PROXY", { language: "shell" }),
    }));
  });
  afterAll(() => server?.close());

  test("gets out to exactly these, and each request is on record and in the timeline", { timeout: 180_000 }, async () => {
    const { json } = await cli(dir, ["skill", "run", "prices", "--json"]);
    const result = json() as { run: string; call: { output: string; requests: object[] } };
    expect(result.call.output).toMatch(/^42 agentctl egress: later\.test:\d+ was not granted/);
    expect(result).toMatchObject({ outcome: "ok", call: { hosts: [`prices.test:${server.port}`], requests: [{ outcome: "passed" }, { outcome: "refused" }] } });
    const records = recordsOf(dir).find(([first]) => first?.run === result.run)!;
    expect(records.filter(({ kind }) => kind === "net.requested").map(({ data }) => data)).toMatchObject([
      { outcome: "passed", method: "GET", host: "prices.test", port: server.port, path: "/price", status: 200 },
      { outcome: "refused", host: "later.test" },
    ]);
    const shown = await cli(dir, ["run", "show", result.run]);
    expect(shown.stdout).toMatch(/passed {2}GET prices\.test:\d+ {2}\/price {2}at [\d.]+ {2}status 200/);
    expect(shown.stdout).toContain("was not granted to this call");
    const { stderr } = await cli(dir, ["skill", "run", "prices"]);
    expect(stderr).toMatch(/out to prices\.test:\d+ only: 2 requests, 1 refused/);
    expect(await networksOf()).toEqual([]);
    expect(await containersOf(dir)).toEqual([]);
  });

  test("does not start where policy asks for a person, denies a host, or cannot be asked about one", { timeout: 180_000 }, async () => {
    asked = [];
    const waiting = await cli(dir, ["skill", "run", "asking"], { expectExit: 8 });
    expect(waiting.stderr).toMatch(/approve[^]*next {7}agentctl policy explain d-/);
    const denied = await cli(dir, ["skill", "run", "denied"], { expectExit: 3 });
    expect(denied.stderr).toMatch(/deny[^]*net\.connect|elsewhere\.test/);
    const wild = await cli(dir, ["skill", "run", "wild"], { expectExit: 2 });
    expect(wild.stderr).toContain("exact names only");
    const plain = await cli(dir, ["skill", "run", "plain", "--json"]);
    expect((plain.json() as { call: { output: string } }).call.output).toMatch(/Could not resolve host/);
    expect(asked).toEqual([]);
    const started = recordsOf(dir).flatMap((records) => records.filter(({ kind, data }) => kind === "skill.started" && data["skill"] !== "prices"));
    expect(started.map(({ data }) => data["skill"])).toEqual(["plain"]);
  });

  test("as an agent's tool is decided as net.connect for each of them", { timeout: 180_000 }, async () => {
    const { decisions } = await called(dir, runSkill, { skill: "asking" });
    expect(decisions.map(({ request, effect }) => [request.action, request.host, effect]).slice(1)).toEqual([
      ["net.connect", "prices.test", "allow"],
      ["net.connect", "later.test", "approve"],
    ]);
    const { result } = await called(dir, runSkill, { skill: "prices" });
    expect(result?.text).toContain("42 agentctl egress");
  });

  test("fails when its proxy is killed, and leaves nothing when all of agentctl is", { timeout: 240_000 }, async () => {
    asked = [];
    const first = start("slow");
    await expect.poll(() => asked, { timeout: 30_000 }).toEqual(["/silent"]);
    const containers = await Promise.all((await containersOf(dir)).map((id) => engine.docker.getContainer(id).inspect()));
    const proxy = containers.find(({ NetworkSettings }) => "bridge" in NetworkSettings.Networks)!;
    await engine.docker.getContainer(proxy.Id).kill();
    expect(await ended(first)).toBe(1);
    const cut = recordsOf(dir)
      .at(-1)!
      .filter(({ kind }) => kind === "net.requested");
    expect(cut.map(({ data }) => data["outcome"])).toEqual(["cut"]);

    const second = start("slow");
    await expect.poll(() => asked.length, { timeout: 30_000 }).toBe(2);
    second.kill("SIGKILL");
    await ended(second);
    await expect.poll(async () => (await containersOf(dir, "running")).length, { timeout: 20_000 }).toBe(0);
    await cli(dir, ["skill", "run", "plain"]);
    expect(await networksOf()).toEqual([]);
    expect(await containersOf(dir)).toEqual([]);
  });
});
