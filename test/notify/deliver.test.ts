import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { fillPlaceholders, placeholderProblem } from "../../src/base/placeholders.ts";
import { deliver } from "../../src/notify/deliver.ts";
import type { Channel, Message } from "../../src/notify/message.ts";
import { cutText, quietText } from "../../src/notify/quiet-text.ts";
import { noticeServer, type NoticeAnswer, type NoticeServer } from "../support/notice-server.ts";

const open: NoticeServer[] = [];
afterEach(async () => void (await Promise.all(open.splice(0).map((server) => server.close()))));

async function serve(...answers: readonly NoticeAnswer[]): Promise<NoticeServer> {
  const server = await noticeServer(...answers);
  open.push(server);
  return server;
}

const message: Message = { id: "n-1", topic: "run", title: "quant ended: ok", text: "all fine", run: "r-1", time: "2026-11-28T09:00:00.000Z" };
const telegram = ({ url }: NoticeServer, template?: string): Channel => ({ type: "telegram", apiUrl: url, token: "1:T", chat: "@ops", template });
const discord = ({ url }: NoticeServer, template?: string): Channel => ({ type: "discord", url: `${url}/api/webhooks/1/t`, template });
const webhook = ({ url }: NoticeServer, template?: Record<string, unknown>): Channel => ({ type: "webhook", url, template });
const sendTo = (channel: Channel, more: Partial<Message> = {}) => deliver(channel, { ...message, ...more }, { timeoutMs: 2000 });
const json = (status: number, value: unknown, headers: Record<string, string> = {}): NoticeAnswer => ({ status, headers, body: JSON.stringify(value) });

test("what each service answers, and what it means", async () => {
  const server = await serve(
    json(429, { ok: false, error_code: 429, description: "Too Many Requests: retry after 7", parameters: { retry_after: 7 } }),
    json(403, { ok: false, error_code: 403, description: "Forbidden: bot was kicked" }),
    json(200, { ok: false }),
    json(502, { ok: false, description: "Bad Gateway" }),
    { status: 429, headers: { "retry-after": "65" }, body: '{"message":"limited","retry_after":0.35,"global":false}' },
    json(429, { retry_after: 64.57 }),
    json(404, { message: "Unknown Webhook", code: 10_015 }),
    { status: 307, headers: { location: "http://127.0.0.1:1/" } },
    "reset",
    { status: 200, body: "x".repeat(1_000_000) },
    "endless",
  );
  expect(await sendTo(telegram(server))).toEqual({ state: "later", why: "answered 429: Too Many Requests: retry after 7", afterMs: 7000 });
  expect(await sendTo(telegram(server))).toEqual({ state: "refused", why: "answered 403: Forbidden: bot was kicked" });
  expect(await sendTo(telegram(server))).toMatchObject({ state: "later" });
  expect(await sendTo(telegram(server))).toMatchObject({ state: "later" });
  expect(await sendTo(discord(server))).toMatchObject({ state: "later", afterMs: 65_000 });
  expect(await sendTo(discord(server))).toMatchObject({ state: "later", afterMs: 64_570 });
  expect(await sendTo(discord(server))).toEqual({ state: "refused", why: "answered 404" });
  expect(await sendTo(discord(server))).toEqual({ state: "refused", why: "answered 307, and redirects are not followed" });
  expect(await sendTo(webhook(server))).toMatchObject({ state: "later", why: expect.stringMatching(/could not be asked/) });
  expect(await sendTo(webhook(server))).toEqual({ state: "sent" });
  expect(await sendTo(webhook(server))).toEqual({ state: "sent" });
  expect(await sendTo(webhook(server))).toEqual({ state: "sent" });
  expect(await sendTo(discord(server))).toEqual({ state: "sent" });
  expect(await sendTo(telegram(server))).toEqual({ state: "sent" });
});

test("the longest message fits each service, and what to type is not what is cut", async () => {
  const server = await serve();
  const long = { text: "*_[x](y)_* 😀".repeat(2000), command: "agentctl run show r-1" };
  for (const channel of [telegram(server), discord(server), webhook(server)]) expect(await sendTo(channel, long)).toEqual({ state: "sent" });
  const texts = server.notices.map(({ body }) => String(body["text"] ?? body["content"]));
  expect(texts[0]?.length).toBeGreaterThan(4000);
  expect(texts[1]?.length).toBeGreaterThan(1900);
  expect(texts.slice(0, 2).every((text) => text.endsWith("…\nr-1\nagentctl run show r-1"))).toBe(true);
  expect(texts.every((text) => text.isWellFormed())).toBe(true);
});

test("foreign text mentions nobody, hides nothing and links to nothing under other words", async () => {
  const server = await serve();
  const hostile = { title: "a\n**b**\u202Ec", text: "@everyone <@&1> <https://e.example|ok> [ok](https://e.example) # big\n# big `x` a@b.example" };
  await sendTo(discord(server), hostile);
  await sendTo(telegram(server), hostile);
  const gap = "\u200B";
  expect(server.notices[1]?.body["text"]).toBe(
    `a«U+000A»**b**«U+202E»c\n@${gap}everyone <${gap}@&1> <${gap}https://e.example|ok> [ok]${gap}(https://e.example) # big\n# big \`x\` a@b.example\nr-1`,
  );
  expect(server.notices[0]?.body["content"]).toBe(
    String.raw`a«U+000A»\*\*b\*\*«U+202E»c` +
      `\n@${gap}everyone <${gap}@&1\\> <${gap}https://e.example\\|ok\\> \\[ok\\]${gap}(https://e.example) # big\n\\# big \\\`x\\\` a@b.example\nr-1`,
  );
});

test("templates: filled once, safe in JSON, whatever the values are", async () => {
  const server = await serve();
  const hostile = { title: '{"a":1}","b":"{text}', text: "{title} {{run}} \\" };
  const template = { "summary {x}": "{{{title}}}", nested: [{ details: "{text}|{approval}|" }, 5, null], constant: "x" };
  await sendTo(webhook(server, template), hostile);
  expect(server.notices[0]?.body).toEqual({
    "summary {x}": '{{"a":1}","b":"{text}}',
    nested: [{ details: "{title} {{run}} \\||" }, 5, null],
    constant: "x",
  });
  await sendTo(telegram(server, "{topic}: {title}\n\n\n\n{text}"));
  expect(server.notices[1]?.body["text"]).toBe("run: quant ended: ok\n\nall fine");
});

test("a header that no request can carry is refused, and ours cannot be replaced", async () => {
  const server = await serve();
  const channel = (headers: Record<string, string>): Channel => ({ type: "webhook", url: server.url, secret: "s", headers });
  expect(await sendTo(channel({ authorization: "a\r\nx: y" }))).toEqual({ state: "refused", why: 'the header "authorization" cannot be sent' });
  expect(await sendTo(channel({ "X-Agentctl-Signature": "forged", "Content-Type": "text/plain" }))).toEqual({ state: "sent" });
  expect(server.notices[0]?.headers["x-agentctl-signature"]).toMatch(/^sha256=[0-9a-f]{64}$/);
  expect(server.notices[0]?.headers["content-type"]).toBe("application/json");
});

test("of any texts: bounds hold, and nothing that calls people is left", async () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), fc.integer({ min: 0, max: 100 }), (text, units) => {
      const cut = cutText(text.toWellFormed(), units);
      expect(cut.length).toBeLessThanOrEqual(units);
      expect(cut.isWellFormed()).toBe(true);
    }),
  );
  const word = fc.constantFrom("@", "everyone", "<", "!", "here", ">", "[", "]", "(", ")", "https://x", " ", "\n", "\u200B", "\u202E", "#", "a");
  fc.assert(
    fc.property(fc.array(word, { maxLength: 40 }), (words) => {
      const quiet = quietText(words.join(""));
      expect(quiet).not.toMatch(/(?<![\w.])@\w|<[@#!]|\]\(|\]\[|\u202E/);
    }),
  );
});

test("placeholders: any text can be written, and a name stands for its value only", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 100 }), fc.string({ maxLength: 100 }), (text, value) => {
      const written = text.replaceAll("{", "{{").replaceAll("}", "}}");
      expect(placeholderProblem(written, [])).toBeUndefined();
      expect(fillPlaceholders(`${written}{a}`, { a: value })).toBe(text + value);
    }),
  );
  expect(placeholderProblem("{b}", ["a"])).toBe("holds {b}, which stands for nothing; known: {a}");
  expect(placeholderProblem("a } b", ["a"])).toMatch(/^holds a lone }/);
  expect(fillPlaceholders("{constructor}{__proto__}", {})).toBe("");
});
