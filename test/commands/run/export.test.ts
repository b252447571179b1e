import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, expect, test } from "vitest";
import { exportOtlp, type ExportedOtlp } from "../../../src/operations/export-otlp.ts";
import { recordedAgentRun } from "../../support/agent-record.ts";
import { cli, type CliAnswer } from "../../support/cli.ts";
import { otlpServer, readOtlp, type OtlpServer } from "../../support/otlp.ts";
import { recordState, started } from "../../support/record.ts";
import { shipped } from "../../support/skills.ts";
import { workspace, type TestWorkspace } from "../../support/workspace.ts";

const collector = `name: collector
description: Lets people send traces to the collector on this machine.
rules:
  - id: collector
    match: { action: net.connect, actor: person, host: 127.0.0.1 }
    effect: allow
    reason: the collector is on this machine
    examples:
      match: [{ action: net.connect, host: 127.0.0.1, port: 4318 }]
      differ: [{ action: net.connect, host: example.org, port: 443 }]
`;

let ws: TestWorkspace;
let server: OtlpServer | undefined;
const served = async (...answers: Parameters<typeof otlpServer>): Promise<OtlpServer> => (server = await otlpServer(...answers));
const exported = async (argv: string[], options: Parameters<typeof cli>[2] = {}): Promise<CliAnswer> => cli(ws.dir, ["run", "export", ...argv], options);

beforeAll(async () => {
  ws = workspace({
    "agentctl.yaml": "profile: small\n",
    ...shipped("policies"),
    "policies/collector/policy.yaml": collector,
    "policies/collector/cases.yaml": "- name: here\n  request: { action: net.connect, host: 127.0.0.1, port: 80 }\n  effect: allow\n",
  });
  await cli(ws.dir, ["halt", "status"]);
  const state = recordState({ stateDir: join(ws.dir, ".git/agentctl") });
  await recordedAgentRun(state, { root: "r-done", objective: "What did sk_live_topsecretvalue42 cost?" });
  await state.whole("r-skill", 4);
  const journal = state.begin("r-open");
  await journal.append("run.started", started);
  journal.close();
});
afterEach(async () => {
  await server?.close();
  server = undefined;
});

test("a run goes to a receiver as one trace, without what people and models wrote, and the export is on record as a decision", async () => {
  const { url, requests, port } = await served();
  const { stdout, stderr } = await exported(["r-do", "--otlp", url]);
  expect(stdout).toBe("r-done\n");
  expect(stderr).toContain(`sent 8 spans of 1 run to ${url}/v1/traces`);
  expect(requests).toHaveLength(1);
  expect(requests[0]).toMatchObject({ path: "/v1/traces", headers: { "content-type": "application/json" } });
  expect(requests[0]?.spans.map(({ name }) => name).toSorted()).toEqual([
    "chat gpt-small",
    "chat gpt-small",
    "chat gpt-small",
    "execute_tool propose_change",
    "execute_tool read_file",
    "execute_tool shell",
    "invoke_agent quant",
    "subtask s1",
  ]);
  expect(JSON.stringify(requests[0]?.spans, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value))).not.toMatch(/drawdown|topsecret/);
  const asked = await cli(ws.dir, ["query", `SELECT action, host, effect FROM decisions WHERE action = 'net.connect'`, "--format", "json"]);
  expect(asked.stdout).toContain('"127.0.0.1"');
  expect(port).toBeGreaterThan(0);
});

test("a host that policy does not know is not reached", async () => {
  const { json } = await exported(["r-done", "--otlp", "http://collector.example.org:4318", "--json"], { expectExit: 3 });
  expect(json()).toMatchObject({ outcome: "denied", denied: { effect: "deny" } });
});

test("tried again when the receiver is busy, as it asks; what it refuses is said", async () => {
  const busy = await served([
    { status: 429, headers: { "retry-after": "0" } },
    { status: 503 },
    { status: 200, body: '{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}' },
  ]);
  const partly = await exported(["r-done", "--otlp", `${busy.url}/v1/traces`], { expectExit: 1 });
  expect(partly.stderr).toContain("warn  2 spans not taken: too old");
  expect(busy.requests).toHaveLength(3);
  expect(new Set(busy.requests.map(({ spans }) => JSON.stringify(spans.map(({ spanId }) => spanId)))).size).toBe(1);
  await busy.close();
  const refusing = await served([{ status: 401 }]);
  expect((await exported(["r-done", "--otlp", refusing.url], { expectExit: 1 })).stderr).toContain("answered 401");
  expect(refusing.requests).toHaveLength(1);
});

test("a file gets the same JSON; --content adds what is on record, masked; --since takes what has ended, without the exports themselves", async () => {
  const env = { MY_API_KEY: "sk_live_topsecretvalue42" };
  const { json } = await exported(["--since", "2026-11-01", "--file", "trace.json", "--content", "--json"], { env });
  const written = readFileSync(join(ws.dir, "trace.json"), "utf8");
  const spans = written
    .trimEnd()
    .split("\n")
    .flatMap((line) => readOtlp(JSON.parse(line)));
  const { runs } = json() as ExportedOtlp;
  expect(runs.toSorted()).toEqual(["r-done", "r-skill", "r-vdone"]);
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(3);
  const root = spans.find(({ name }) => name === "invoke_agent quant");
  expect(root?.attributes["gen_ai.input.messages"]).toContain("What did ");
  expect(root?.attributes["gen_ai.output.messages"]).toContain("The worst drawdown was 33.9 %");
  expect(written).not.toContain("topsecretvalue");
});

test("an address and headers of the configuration count when they are committed, and the headers go to that address only", async () => {
  const own = await served();
  const yaml = `profile: small\ntelemetry:\n  otlpUrl: ${own.url}\n  otlpHeaders: ["authorization=Bearer%20\${OTLP_TOKEN}"]\n`;
  ws.write({ "agentctl.yaml": yaml });
  const env = { ...process.env, OTLP_TOKEN: "tok_1234567890abcdef", AWS_SECRET: "aws_1234567890abcdef" };
  const send = async (url?: string): Promise<ExportedOtlp> => exportOtlp({ cwd: ws.dir, env, run: "r-done", url, content: false });
  await expect(send()).rejects.toMatchObject({ code: "workspace/telemetry-not-committed", exit: "usage" });
  ws.commit();
  await exported(["r-done"], { env });
  expect(own.requests[0]?.headers["authorization"]).toBe("Bearer tok_1234567890abcdef");
  const other = await otlpServer();
  try {
    await send(other.url);
    expect(other.requests[0]?.headers["authorization"]).toBeUndefined();
  } finally {
    await other.close();
  }
  ws.write({ "agentctl.yaml": yaml.replace("OTLP_TOKEN", "AWS_SECRET") });
  ws.commit();
  await expect(send()).rejects.toMatchObject({ code: "workspace/bad-config", message: expect.stringContaining("takes AWS_SECRET") as string });
  ws.write({ "agentctl.yaml": yaml.replace("authorization=", "no header ") });
  ws.commit();
  const said = await send().catch((thrown: unknown) => thrown);
  expect(said).toMatchObject({ code: "workspace/bad-config" });
  expect(String(said)).not.toContain("tok_");
  ws.write({ "agentctl.yaml": "profile: small\n" });
  ws.commit();
  await expect(send()).rejects.toMatchObject({ code: "telemetry/no-target" });
  await expect(send("http://user:word@127.0.0.1:1")).rejects.toMatchObject({ code: "telemetry/bad-url" });
});

test("one run or a time, and a run that is there", async () => {
  expect((await exported([], { expectExit: 2 })).stderr).toContain("one run, or --since");
  expect((await exported(["r-none", "--file", "x"], { expectExit: 2 })).stderr).toContain("r-none");
});
