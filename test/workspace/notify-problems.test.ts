import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { AgentctlError } from "../../src/base/errors.ts";
import { loadConfig } from "../../src/workspace/config.ts";
import { isNotifyVariable, notifySecrets, withVariables } from "../../src/workspace/notify-variables.ts";
import { folder } from "../support/workspace.ts";

/** What a person reads of one channel, `ops`. */
function complaint(channel: string, env: NodeJS.ProcessEnv = {}): string {
  const dir = folder();
  writeFileSync(join(dir, "agentctl.yaml"), `notify:\n  channels:\n    ops: ${channel}\n`);
  try {
    loadConfig(dir, env);
    return "";
  } catch (thrown) {
    if (thrown instanceof AgentctlError) return thrown.message.split("\n").slice(1).join("\n");
    throw thrown;
  }
}

test.each([
  ['{ type: telegram, token: "${TELEGRAM_BOT_TOKEN}", chat: -100 }'],
  ['{ type: telegram, token: "${OPS_TELEGRAM}", chat: "@ops", apiUrl: "http://127.0.0.1:8081", template: "{title} {{}}" }'],
  ['{ type: discord, url: "${DISCORD_WEBHOOK_URL}", on: [] }'],
  ['{ type: webhook, url: "https://hooks.example.org/services/agentctl", secret: "${WEBHOOK_SECRET}", template: { a: ["{text}"] } }'],
  ['{ type: webhook, url: "https://hooks.example.org/${WEBHOOK_PATH}?k=${WEBHOOK_KEY}", headers: { authorization: "Bearer ${NOTIFY_TOKEN}" } }'],
])("%s can be used, and needs no variable to be set", (channel) => {
  expect(complaint(channel)).toBe("");
});

test.each([
  ['{ type: telegram, token: "123456:AAsecretSECRETsecret", chat: 1 }', '"token" is a secret, and is not written out'],
  ['{ type: telegram, token: "bot${TELEGRAM_BOT_TOKEN}", chat: 1 }', '"token" is a secret, and is not written out'],
  [
    '{ type: telegram, token: "${OPENAI_API_KEY}", chat: 1 }',
    '"token" names OPENAI_API_KEY, and channels take only variables with TELEGRAM, DISCORD, WEBHOOK or NOTIFY',
  ],
  ['{ type: telegram, token: "${TELEGRAM_BOT_TOKEN}" }', 'the channel "ops" is of type telegram and lacks the key "chat"'],
  ['{ type: discord, url: "https://discord.com/api/webhooks/1/sEcret" }', '"url" holds the token of a webhook, which is not written out'],
  ['{ type: discord, url: "${DISCORD_WEBHOOK_URL}", secret: "${WEBHOOK_SECRET}" }', 'is of type discord, which has no "secret"'],
  ['{ type: webhook, url: "https://hooks.slack.com/services/T0/B0/s3cr3tS3cr3tS3cr3t" }', '"url" holds what looks like a secret'],
  ['{ type: webhook, url: "https://u:s3cr3t@x.example/" }', '"url" holds a user name or password'],
  ['{ type: webhook, url: "ftp://x.example/" }', '"url" is no http or https URL'],
  ['{ type: webhook, url: "https://x.example/", headers: { X-Api-Key: s3cr3t } }', '"headers.X-Api-Key" is a secret, and is not written out'],
  ['{ type: webhook, url: "https://x.example/", template: "{title}" }', "must be a mapping: it becomes the JSON body"],
  ['{ type: webhook, url: "https://x.example/", template: { a: "{titel}" } }', "holds {titel}, which stands for nothing"],
  ['{ type: webhook, url: "https://x.example/", template: { a: "${WEBHOOK_SECRET}" } }', "takes no variables"],
  ['{ type: discord, url: "${DISCORD_WEBHOOK_URL}", template: "{title" }', "holds a lone {"],
  ["{ type: pager }", '"notify.channels.ops.type" is "pager"; allowed: telegram, discord, webhook'],
])("%s is refused, without its secret", (channel, message) => {
  const text = complaint(channel, { OPENAI_API_KEY: "sk-very-secret" });
  expect(text).toContain(message);
  expect(text).not.toMatch(/s3cr3t|sEcret|AAsecret|very-secret/);
});

test("only variables of notifications are filled in, and an address's parts are secrets too", () => {
  expect(["TELEGRAM_BOT_TOKEN", "MY_WEBHOOK", "notify", "OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY", "X-NOTIFY"].filter(isNotifyVariable)).toEqual([
    "TELEGRAM_BOT_TOKEN",
    "MY_WEBHOOK",
  ]);
  const env = { NOTIFY_A: " a ", OPENAI_API_KEY: "sk", DISCORD_URL: "https://discord.example/api/webhooks/1/abcdefghijklmnopqrst" };
  const { channel, missing } = withVariables({ type: "webhook", url: "x${NOTIFY_A}${OPENAI_API_KEY}${NOTIFY_B}" }, env);
  expect([channel.url, missing]).toEqual(["xa", ["OPENAI_API_KEY", "NOTIFY_B"]]);
  expect(notifySecrets(env)).toEqual(["a", env.DISCORD_URL, "abcdefghijklmnopqrst"]);
});
