import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createMask } from "../../src/trace/mask.ts";

/** Every single encoding that the mask promises to see through, by name. */
const encodings: Record<string, (text: string) => string> = {
  plain: (text) => text,
  base64: (text) => Buffer.from(text).toString("base64"),
  base64url: (text) => Buffer.from(text).toString("base64url"),
  hex: (text) => Buffer.from(text).toString("hex"),
  hexUpper: (text) => Buffer.from(text).toString("hex").toUpperCase(),
  url: (text) => encodeURIComponent(text),
  percent: (text) => Buffer.from(text).toString("hex").replaceAll(/../g, "%$&"),
  json: (text) => JSON.stringify(text),
  jsonTwice: (text) => JSON.stringify(JSON.stringify(text)),
  reversed: (text) => [...text].toReversed().join(""),
};

const decodings: ((text: string) => string)[] = [
  (text) => text,
  ...[0, 1, 2, 3].map((skip) => (text: string) => Buffer.from(text.slice(skip), "base64").toString("latin1")),
  ...[0, 1].map((skip) => (text: string) => Buffer.from(text.slice(skip), "hex").toString("latin1")),
  (text) => text.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
  (text) => text.replaceAll("\\", ""),
  (text) => [...text].toReversed().join(""),
];

/** Whether a canary can be read out of a text by any single decoding of the whole, or of any word of it. */
function readable(text: string, canary: string): boolean {
  const parts = [text, ...text.split(/[^A-Za-z0-9+/_%=-]+/)];
  return parts.some((part) => decodings.some((decode) => decode(part).includes(canary)));
}

const secret = fc
  .string({ minLength: 8, maxLength: 60, unit: fc.constantFrom(..."abcdefghijkmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=_-.!$%&\"'\\ ") })
  .filter((text) => text.trim().length >= 8);
const around = fc.string({ maxLength: 30 });

test("no canary can be read out of what is masked, in any encoding, at any alignment", () => {
  fc.assert(
    fc.property(secret, fc.constantFrom(...Object.keys(encodings)), around, around, (canary, encoding, before, after) => {
      const mask = createMask({ MY_API_KEY: canary });
      const inside = encodings[encoding]?.(`${before}${canary}${after}`) ?? "";
      const masked = mask({ text: `log: ${inside} end`, list: [inside], [`key ${inside}`]: 1 });
      expect(readable(JSON.stringify(masked), canary)).toBe(false);
      for (const text of [masked.text, ...masked.list, ...Object.keys(masked)]) expect(readable(text, canary)).toBe(false);
    }),
    { numRuns: 500 },
  );
});

const letters = (n: number): string => "Ab3dEf6hIj9lMn2pQr5tUv8xYz1BcD4fGh7jKl0nOp3rSt6vWx9zAb2dEf5hIj8l".repeat(3).slice(0, n);
const formats: Record<string, string> = {
  "github-token": `ghp_${letters(36)}`,
  "github-token (fine)": `github_pat_${letters(22)}_${letters(59)}`,
  "gitlab-token": `glpat-${letters(20)}`,
  "npm-token": `npm_${letters(36)}`,
  "aws-key-id": "AKIAIOSFODNN7EXAMPLE",
  "model-api-key": `sk-ant-api03-${letters(60)}`,
  "model-api-key (project)": `sk-proj-${letters(48)}`,
  "slack-token": `xoxb-123456789012-1234567890123-${letters(24)}`,
  "google-key": `AIza${letters(35)}`,
  "stripe-key": `sk_live_${letters(24)}`,
  "agentctl-token": `agc_a1_${letters(40)}`,
  jwt: `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.${letters(43)}`,
  "private-key": `-----BEGIN OPENSSH PRIVATE KEY-----\n${letters(64)}\n-----END OPENSSH PRIVATE KEY-----`,
};

test.each(Object.entries(formats))("%s is known by its format, encoded too", (name, token) => {
  const mask = createMask({});
  for (const [encoding, encode] of Object.entries(encodings)) {
    const masked = mask(`before ${encode(token)} after`);
    expect([encoding, readable(masked, token)]).toEqual([encoding, false]);
  }
  expect(mask(`before ${token} after`)).toMatch(new RegExp(`^before «masked:${name.split(" ")[0]}#[0-9a-f]{8}» after$`));
});

test("what says by its surroundings that it is secret", () => {
  const mask = createMask({});
  const hidden = (text: string): string => mask(text).replaceAll(/#[0-9a-f]{8}/g, "");
  expect(hidden(`bot 123456789:AA${letters(33)}`)).toBe("bot «masked:telegram-token»");
  expect(hidden("postgres://bob:hunter2hunter@db/x")).toBe("postgres://bob:«masked:url-password»@db/x");
  expect(hidden("Authorization: Bearer abcdef123456")).toBe("Authorization: Bearer «masked:authorization»");
  expect(hidden(`{"apiSecret": "${letters(64)}"}`)).toBe('{"apiSecret": "«masked:named-key»"}');
  expect(hidden(`binance api_key=${letters(64)}`)).toBe("binance api_key=«masked:named-key»");
  expect(JSON.stringify(mask({ passphrase: "correct horse", config: { exchange_api_key: "short123" } }))).toMatch(
    /^\{"passphrase":"«masked:passphrase#[0-9a-f]{8}»","config":\{"exchange_api_key":"«masked:exchange_api_key#[0-9a-f]{8}»"\}\}$/,
  );
});

test("variables are secret by their names, unless they name a file", () => {
  const env = {
    VENUE_PASSWORD: "swordfish99",
    GIT_AUTHOR_NAME: "Ada Lovelace",
    SSH_AUTH_SOCK: "/run/agent.sock",
    DEPLOY_TARGET: "production1",
    SHORT_TOKEN: "1234567",
  };
  const text = "swordfish99 Ada Lovelace /run/agent.sock production1 1234567";
  expect(createMask(env)(text)).toMatch(/^«masked:VENUE_PASSWORD#[0-9a-f]{8}» Ada Lovelace \/run\/agent\.sock production1 1234567$/);
  expect(createMask(env, { names: ["DEPLOY_TARGET"] })(text)).toContain("«masked:DEPLOY_TARGET#");
});

test("a secret of several lines is known by each of them", () => {
  const lines = [letters(40), [...letters(40)].toReversed().join("")];
  expect(createMask({ SIGNING_KEY: lines.join("\n") })(`x ${lines[1]} y`)).toMatch(/^x «masked:SIGNING_KEY#[0-9a-f]{8}» y$/);
});

test("the same secret has the same fingerprint in one state directory, and another one elsewhere", () => {
  const [one, again, two] = ["one", "one", "two"].map((key) => createMask({ A_TOKEN: "canary-5f2e9c71" }, { key: Buffer.from(key) })("canary-5f2e9c71"));
  expect(one).toBe(again);
  expect(one).not.toBe(two);
});

test("what is masked stays as it is when it is masked again, and other values keep their form", () => {
  const mask = createMask({ A_TOKEN: "canary-5f2e9c71" });
  const value = {
    n: 1.5,
    yes: true,
    no: null,
    list: ["canary-5f2e9c71", `api_key=${letters(30)}`, "postgres://u:password1@h"],
    password: "longenough",
    deep: [[{ x: "plain" }]],
  };
  const once = mask(value);
  expect(mask(once)).toEqual(once);
  expect({ ...once, list: [], password: "" }).toEqual({ ...value, list: [], password: "" });
  const digest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
  expect(mask({ digest, path: "skills/market-stats/scripts/main.py", key: "close" })).toEqual({
    digest,
    path: "skills/market-stats/scripts/main.py",
    key: "close",
  });
});

test("a megabyte is masked in well under a second, hostile texts too", () => {
  const env = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`K${n}_TOKEN`, `${n}${letters(32)}`]));
  const mask = createMask(env);
  const texts = [
    "The quick brown fox. ",
    "eyJ",
    "a.",
    "sk-",
    "api_key_",
    "-----BEGIN PRIVATE KEY-----",
    "a://b:",
    "123456789:AA",
    letters(64),
    "0123456789abcdef",
    " ",
    "-ks",
  ];
  for (const text of texts) {
    const megabyte = text.repeat(Math.ceil(1_000_000 / text.length));
    // Of this process, however busy the machine is.
    const from = process.cpuUsage();
    mask(megabyte);
    const { user, system } = process.cpuUsage(from);
    expect([text, (user + system) / 1000 < 900]).toEqual([text, true]);
  }
});
