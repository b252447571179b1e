import { spawn } from "node:child_process";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { armWhenNew } from "../../../src/ledger/halt.ts";
import { openLedger } from "../../../src/ledger/ledger.ts";
import { registerRun } from "../../../src/ledger/runs.ts";
import { queueNotice } from "../../../src/operations/notice.ts";
import { ensureStateDir } from "../../../src/workspace/find.ts";
import { cli } from "../../support/cli.ts";
import { noticeServer, type NoticeAnswer, type NoticeServer } from "../../support/notice-server.ts";
import { notifyAgents, notifyWorkspace, secrets } from "../../support/notify-world.ts";
import { noMask } from "../../support/record.ts";
import { recordsOf } from "../../support/skills.ts";

const open: NoticeServer[] = [];
afterAll(async () => void (await Promise.all(open.map((server) => server.close()))));

async function serve(...answers: readonly NoticeAnswer[]): Promise<NoticeServer> {
  const server = await noticeServer(...answers);
  open.push(server);
  return server;
}

const hook = ({ url }: NoticeServer, on: string): string => `    hook: { type: webhook, url: "${url}/in", on: ${on} }`;
const entry = fileURLToPath(new URL("../../../bin/dev.js", import.meta.url));

const agent = { tools: ["query"] };
const script = `
  - say: "done"
`;
const start = ["run", "start", "Say something", "--agent", "tester", "--json"];

/** Notices in the queue of a workspace, as a killed process leaves them. */
function queued(dir: string, count: number, channel = "hook"): void {
  const stateDir = ensureStateDir({ stateDir: join(dir, ".git", "agentctl") });
  armWhenNew(stateDir);
  const ledger = openLedger(stateDir);
  for (let index = 0; index < count; index += 1)
    queueNotice({ ledger, mask: noMask, run: "r-1" }, { topic: "incident", key: `k${index}`, title: `t${index}`, text: "x" }, channel);
  ledger.close();
}

test("killed while a service does not answer: nothing is lost, and what may have been taken comes again under the same id", async () => {
  const server = await serve("silence");
  const { dir } = notifyWorkspace(hook(server, "[run]"));
  const child = spawn(process.execPath, [entry, "notify", "send", "hook", "hello"], { cwd: dir, stdio: "ignore", env: { ...process.env, ...secrets } });
  const ended = new Promise((done) => void child.once("exit", done));
  await server.came(1);
  queued(dir, 2);
  child.kill("SIGKILL");
  await ended;
  expect((await cli(dir, ["notify", "--json"])).json()).toMatchObject({
    notifications: [{ state: "queued" }, { state: "queued" }, { state: "queued", tries: 1 }],
  });
  expect((await cli(dir, ["notify", "flush", "--json"])).json()).toMatchObject({ sent: 3, waiting: 0 });
  const ids = server.notices.map(({ headers }) => headers["x-agentctl-id"]);
  expect([ids.length, new Set(ids).size, ids.filter((id) => id === ids[0]).length]).toEqual([4, 3, 2]);
  await cli(dir, ["audit", "verify"]);
});

test("of two processes that send at once, each message is sent by one", async () => {
  const server = await serve();
  const { dir } = notifyWorkspace(hook(server, "[incident]"));
  queued(dir, 12);
  const both = await Promise.all([cli(dir, ["notify", "flush", "--json"]), cli(dir, ["notify", "flush", "--json"])]);
  const sent = both.map(({ json }) => (json() as { sent: number }).sent);
  expect((sent[0] ?? 0) + (sent[1] ?? 0)).toBe(12);
  expect(server.notices.map(({ body }) => body["title"])).toEqual(Array.from({ length: 12 }, (_, index) => `t${index}`));
});

test("a service that asks for rest is left alone, the others are not; a run is held up for two seconds at most and never fails", async () => {
  const server = await serve();
  const slow = await serve("silence", "silence");
  const limited = await serve({ status: 429, body: JSON.stringify({ message: "You are being rate limited.", retry_after: 3600.25, global: false }) });
  const { dir } = notifyAgents(
    [
      `    limited: { type: discord, url: "${limited.url}/api/webhooks/1/\${DISCORD_TOKEN}" }`,
      hook(server, "[incident]"),
      `    slow: { type: webhook, url: "${slow.url}" }`,
    ].join("\n"),
    [agent],
    script,
  );
  queued(dir, 2, "limited");
  queued(dir, 1, "hook");
  queued(dir, 1, "slow");
  await cli(dir, start, { env: secrets });
  const records = recordsOf(dir).flat() as unknown as { kind: string; ts: string; data: Record<string, unknown> }[];
  const [begun, ended] = [records[0], records.find(({ kind }) => kind === "run.finished")];
  const heldUpMs = Date.parse(ended?.ts ?? "") - Date.parse(begun?.ts ?? "") - Number(ended?.data["durationMs"]);
  expect([ended?.data["outcome"], heldUpMs > 1000, heldUpMs < 3000]).toEqual(["ok", true, true]);
  expect([limited.notices.length, server.notices.length]).toEqual([1, 1]);
  const { notifications } = (await cli(dir, ["notify", "--json"], { env: secrets })).json() as {
    notifications: { channel: string; next: string; error: string }[];
  };
  const rests = notifications.filter(({ channel }) => channel === "limited");
  expect(rests.map(({ next }) => Date.parse(next) - systemClock.nowMs() > 3_000_000)).toEqual([true, true]);
  expect(rests.some(({ error }) => error === "answered 429: too many messages")).toBe(true);
});

test("a run that crashed and a record that was changed are told once", async () => {
  const server = await serve();
  const { dir, write } = notifyAgents(hook(server, "[incident]"), [agent], script);
  await cli(dir, start);
  const ledger = openLedger(join(dir, ".git", "agentctl"));
  registerRun(ledger, {
    run: "r-crashed",
    command: "run start quant",
    actor: "ada",
    started: "2026-11-28T09:00:00.000Z",
    owner: { pid: 1, processStart: "1", boot: "another", host: hostname() },
  });
  ledger.close();
  await cli(dir, start);
  expect(server.notices.map(({ body }) => body["title"])).toEqual(["A run crashed: r-crashed"]);
  write({ ".git/agentctl/journal/r-strange.jsonl": "{}\n" });
  await cli(dir, ["audit", "verify"], { expectExit: 7 });
  await cli(dir, ["audit", "verify"], { expectExit: 7 });
  expect(server.notices.slice(1).map(({ body }) => body["title"])).toEqual([expect.stringMatching(/^The record has /)]);
});
