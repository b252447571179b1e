import { createHmac } from "node:crypto";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { cli } from "../../support/cli.ts";
import { noticeServer, type NoticeAnswer, type NoticeServer } from "../../support/notice-server.ts";
import { channelLines, notifyWorkspace, notifyYaml, secrets } from "../../support/notify-world.ts";

const open: NoticeServer[] = [];
afterAll(async () => void (await Promise.all(open.map((server) => server.close()))));

async function serve(...answers: readonly NoticeAnswer[]): Promise<NoticeServer> {
  const server = await noticeServer(...answers);
  open.push(server);
  return server;
}

/** Everything that was written below a folder. */
function grep(dir: string, word: string): string {
  try {
    return execFileSync("grep", ["-rlaF", word, dir], { encoding: "utf8" });
  } catch {
    return "";
  }
}

test("a message to each service, as they go over the wire; no secret in outputs or state", async () => {
  const server = await serve();
  const { dir } = notifyWorkspace(channelLines(server.url));
  const listed = await cli(dir, ["notify", "--json"], { env: secrets });
  expect(listed.json()).toMatchObject({
    channels: [{ name: "ops", type: "telegram", host: "127.0.0.1" }, { name: "team" }, { name: "hook" }],
    notifications: [],
  });
  const outputs = [listed];
  for (const channel of ["ops", "team", "hook"]) {
    const sent = await cli(dir, ["notify", "test", channel, "--json"], { env: secrets });
    expect(sent.json()).toMatchObject({ state: "sent", channel, decision: { effect: "allow", request: { action: "notify.send", class: "N" } } });
    outputs.push(sent);
  }
  const [telegram, discord, hook] = server.notices;
  expect(telegram).toMatchObject({
    path: `/bot${secrets.TELEGRAM_BOT_TOKEN}/sendMessage`,
    body: {
      chat_id: "-100123",
      text: expect.stringMatching(/^agentctl reaches ops\nThis is a test message\. Nothing happened\.\nr-/),
      link_preview_options: { is_disabled: true },
    },
  });
  expect(Object.keys(telegram?.body ?? {})).not.toContain("parse_mode");
  expect(discord).toMatchObject({ path: `/api/webhooks/42/${secrets.DISCORD_TOKEN}`, body: { allowed_mentions: { parse: [] }, flags: 4 } });
  expect(hook).toMatchObject({ path: "/in", body: { topic: "run", title: "agentctl reaches hook", id: expect.stringMatching(/^n-/) } });
  expect(hook?.headers).toMatchObject({
    authorization: `Bearer ${secrets.NOTIFY_TOKEN}`,
    "x-agentctl-signature": `sha256=${createHmac("sha256", secrets.WEBHOOK_SECRET)
      .update(hook?.text ?? "")
      .digest("hex")}`,
    "x-agentctl-id": hook?.body["id"],
  });
  outputs.push(await cli(dir, ["notify", "--all"], { env: secrets }), await cli(dir, ["config", "show", "--json"], { env: secrets }));
  outputs.push(await cli(dir, ["query", "select channel, state, tries from notifications order by ts"], { env: secrets }));
  expect(outputs.at(-1)?.stdout).toMatch(/ops\W+sent\W+1\W+team\W+sent\W+1\W+hook\W+sent\W+1/);
  for (const secret of Object.values(secrets)) {
    expect(outputs.map(({ stdout, stderr }) => stdout + stderr).join("")).not.toContain(secret);
    expect(grep(join(dir, ".git", "agentctl"), secret)).toBe("");
  }
});

test("what a service refuses is told without its echo of our secret, and what passes is tried again by the next run", async () => {
  const echo = { status: 401, body: JSON.stringify({ ok: false, description: `bad token ${secrets.TELEGRAM_BOT_TOKEN}` }) };
  const server = await serve(echo, { status: 500 });
  const { dir } = notifyWorkspace(channelLines(server.url));
  const refused = await cli(dir, ["notify", "test", "ops"], { env: secrets, expectExit: 1 });
  expect(refused.stdout).toMatch(/^failed {2}ops {2}answered 401: bad token «masked/);
  // 500, and the end of the run waits for the second try, a second later.
  await cli(dir, ["notify", "send", "team", "hello"], { env: secrets, expectExit: 1 });
  expect(server.notices.map(({ path }) => path.slice(0, 5))).toEqual(["/bot1", "/api/", "/api/"]);
  const all = await cli(dir, ["notify", "--all", "--json"], { env: secrets });
  expect(all.json()).toMatchObject({
    notifications: [
      { state: "failed", channel: "ops", tries: 1 },
      { state: "sent", channel: "team", tries: 2 },
    ],
  });
  expect((await cli(dir, ["notify", "flush"], { env: secrets })).stderr).toContain("nothing waits");
  expect((await cli(dir, ["notify", "flush", "--failed", "--json"], { env: secrets })).json()).toMatchObject({ sent: 1, failed: 0, waiting: 0 });
});

test("what is not committed does not count, and what cannot be used says why", async () => {
  const server = await serve();
  const { dir, write, commit } = notifyWorkspace(channelLines(server.url));
  write({ "agentctl.yaml": notifyYaml(channelLines("http://127.0.0.1:1").replaceAll("    ops:", "    new:")) });
  const list = await cli(dir, ["notify"], { env: { ...secrets, WEBHOOK_SECRET: undefined } });
  expect(list.stderr).toContain("warn  notify.channels of agentctl.yaml is not what is in");
  expect(list.stdout).toMatch(/ops +telegram +127\.0\.0\.1 +approval,\S+ +ready/);
  expect(list.stdout).toMatch(/hook +webhook +- +approval,\S+ +WEBHOOK_SECRET is not set/);
  expect((await cli(dir, ["notify", "test", "new"], { env: secrets, expectExit: 2 })).stderr).toMatch(
    /no channel "new"; notify\.channels of agentctl\.yaml is not/,
  );
  expect((await cli(dir, ["notify", "test", "hook"], { env: { ...secrets, WEBHOOK_SECRET: "" }, expectExit: 2 })).stderr).toContain(
    "WEBHOOK_SECRET is not set",
  );
  await cli(dir, ["notify", "test", "ops"], { env: secrets });
  expect(server.notices).toHaveLength(1);
  commit();
  await cli(dir, ["notify", "test", "ops"], { env: secrets, expectExit: 2 });
  const { checks } = (await cli(dir, ["doctor", "--json"], { env: { ...secrets, WEBHOOK_SECRET: "" }, expectExit: null })).json() as {
    checks: { id: string; level: string; found: string; mend?: string }[];
  };
  expect(checks.filter(({ id }) => id.startsWith("notify"))).toMatchObject([
    { level: "ok", found: "notify new (telegram) · team (discord)" },
    { id: "notify/hook", level: "warn", found: "the channel hook cannot be used: WEBHOOK_SECRET is not set", mend: "export WEBHOOK_SECRET=…" },
  ]);
  // A person's own environment is their own.
  const own = { AGENTCTL_NOTIFY_CHANNELS: JSON.stringify({ mine: { type: "webhook", url: `${server.url}/mine` } }) };
  await cli(dir, ["notify", "test", "mine"], { env: own });
  expect(server.notices.at(-1)?.path).toBe("/mine");
});

test("policy decides", async () => {
  const server = await serve();
  const deny = {
    "policies/quiet/policy.yaml": `name: quiet
description: Nobody is told.
rules:
  - id: silence
    match: { action: notify.send }
    effect: deny
    reason: nobody is told here
    examples:
      match: [{ action: notify.send }]
`,
    "policies/quiet/cases.yaml": "- name: a person\n  request: { action: notify.send }\n  effect: deny\n  rule: silence\n",
    "policies/quiet/README.md": "# quiet\n",
  };
  const { dir } = notifyWorkspace(channelLines(server.url), deny);
  expect((await cli(dir, ["notify", "test", "ops"], { env: secrets, expectExit: 3 })).stdout).toContain("denied  ops  nobody is told here");
  await cli(dir, ["halt", "--reason", "drill"], { env: secrets });
  expect((await cli(dir, ["notify", "--json"], { env: secrets })).json()).toMatchObject({
    notifications: [{ state: "denied", error: "nobody is told here" }, { state: "denied" }, { state: "denied" }],
  });
  expect(server.notices).toHaveLength(0);
});

test("halt and release are told after they hold, and a halt needs no service", async () => {
  const server = await serve();
  const { dir } = notifyWorkspace(channelLines(server.url, "[halt]"));
  const halted = await cli(dir, ["halt", "--reason", "odd @everyone orders"], { env: secrets });
  expect(halted.stdout).toMatch(/^halted/);
  expect(server.notices).toHaveLength(3);
  expect(server.notices[0]?.body["text"]).toMatch(/^Halted by \S+\nodd @\u200Beveryone orders\nr-\w+\nagentctl halt release --reason …$/);
  await cli(dir, ["notify", "flush"], { env: secrets });
  await cli(dir, ["halt", "release", "--reason", "fine", "--yes"], { env: secrets });
  expect(server.notices.slice(3).map(({ body }) => String(body["title"] ?? body["text"] ?? body["content"]).split("\n")[0])).toEqual(
    Array.from({ length: 3 }, () => expect.stringMatching(/^Released by \S+: work may go on$/) as string),
  );
  await server.close();
  await cli(dir, ["halt", "--reason", "again"], { env: secrets });
  expect((await cli(dir, ["notify", "--json"], { env: secrets })).json()).toMatchObject({
    notifications: [{ state: "queued" }, { state: "queued" }, { state: "queued" }],
  });
  await cli(dir, ["audit", "verify"]);
});
