import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createMask } from "../../src/trace/mask.ts";
import { splitFinder } from "../../src/trace/mask-split.ts";

const alphabet = [..."abcdefghijkmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"];
/** At least 14 letters and digits, with signs in between. */
const secret = fc
  .tuple(fc.string({ minLength: 14, maxLength: 40, unit: fc.constantFrom(...alphabet) }), fc.constantFrom("", "-", "_", "/", "+", "=", ".", "$"))
  .map(([text, sign]) => `${text.slice(0, 5)}${sign}${text.slice(5)}`)
  .filter((text) => !/^[\d\W_]+$/.test(text));

const forms: Record<string, (text: string) => string> = {
  plain: (text) => text,
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
  reversed: (text) => [...text].toReversed().join(""),
  hex: (text) => Buffer.from(text).toString("hex"),
  base64: (text) => Buffer.from(text).toString("base64"),
  base64url: (text) => Buffer.from(text).toString("base64url"),
  percent: (text) => Buffer.from(text).toString("hex").replaceAll(/../g, "%$&"),
  reversedInBase64: (text) => Buffer.from([...text].toReversed().join("")).toString("base64"),
  base64Twice: (text) => Buffer.from(Buffer.from(text).toString("base64")).toString("base64"),
  hexInBase64: (text) => Buffer.from(Buffer.from(text).toString("hex")).toString("base64"),
  base64InHex: (text) => Buffer.from(Buffer.from(text).toString("base64")).toString("hex"),
};

/** Ways of writing pieces, one after the other. */
const joins: Record<string, (pieces: readonly string[]) => string> = {
  spaces: (pieces) => pieces.join(" "),
  lines: (pieces) => pieces.join("\n"),
  windowsLines: (pieces) => pieces.join("\r\n"),
  commas: (pieces) => pieces.join(", "),
  dashes: (pieces) => pieces.join("-"),
  zeroWidth: (pieces) => pieces.join("\u200b"),
  zeroBytes: (pieces) => pieces.join("\0"),
  concatenated: (pieces) => pieces.map((piece) => `"${piece}"`).join(" + "),
  concatenatedLines: (pieces) => pieces.map((piece) => `'${piece}'`).join(" .\n    "),
  json: (pieces) => JSON.stringify(pieces),
  jsonLines: (pieces) => JSON.stringify(pieces, undefined, 2),
  jsonMembers: (pieces) => JSON.stringify(Object.fromEntries(pieces.map((piece, index) => [`part_${index}`, piece]))),
  jsonInJson: (pieces) => JSON.stringify(JSON.stringify({ text: pieces.join("\n") })),
  zeroWidthInJson: (pieces) => pieces.join("\\u200b"),
  numbered: (pieces) => pieces.map((piece, index) => `${index + 1}: ${piece}`).join("\n"),
  numberedTable: (pieces) => pieces.map((piece, index) => `| ${index + 1} | ${piece} |`).join("\n"),
  numberedDots: (pieces) => pieces.map((piece, index) => `${index + 1}. ${piece}`).join("\n"),
  named: (pieces) => pieces.map((piece, index) => `part${index} = ${piece}`).join("\n"),
  grepped: (pieces) => pieces.map((piece, index) => `notes.txt:${index + 1}:${piece}`).join("\n"),
  variables: (pieces) => pieces.map((piece, index) => `let v${index} = "${piece}";`).join(" "),
};

/** A text in pieces of these lengths, in turn. */
function pieces(text: string, lengths: readonly number[]): string[] {
  const found: string[] = [];
  let rest = text;
  for (let index = 0; rest.length > 0; index++) {
    const length = lengths[index % lengths.length] ?? 1;
    found.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  return found;
}

const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
const around = fc.string({ maxLength: 20, unit: fc.constantFrom(..."abc xyz.,;()\n") });
const kept = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");

/** Whether a form was found, and does not stand there any more when only letters and digits count. */
function hidden(masked: string, form: string): boolean {
  return masked.includes("«masked:MY_API_KEY#") && !kept(masked).includes(kept(form));
}

test.each(Object.entries(joins))("%s: every split of a known secret is masked, in every form", (_, join) => {
  fc.assert(
    fc.property(secret, fc.constantFrom(...Object.keys(forms)), lengths, around, around, (canary, form, sizes, before, after) => {
      const written = forms[form]?.(canary) ?? "";
      const masked = createMask({ MY_API_KEY: canary })(`${before} ${join(pieces(written, sizes))}
${after}`);
      expect(hidden(masked, written)).toBe(true);
    }),
    { numRuns: 100 },
  );
});

test("what stands between the pieces is masked with them, what stands around them stays", () => {
  const mask = createMask({ MY_API_KEY: "canary-5f2e9c71-Zq" });
  const masked = (text: string): string => mask(text).replaceAll(/MY_API_KEY#[0-9a-f]{8}/g, "K");
  expect(masked("the key is c a n a r y - 5 f 2 e 9 c 7 1 - Z q, he said")).toBe("the key is «masked:K», he said");
  expect(masked('const key = "canary" + "-5f2e9" + "c71-Zq";')).toBe('const key = "«masked:K»";');
  expect(masked("see 1: canary-5f\n   2: 2e9c71-Zq\nend")).toBe("see 1: «masked:K»\nend");
  expect(masked("CANARY-5F2E9C71-ZQ and qZ17c9e2f5yranac")).toBe("«masked:K» and «masked:K»");
  // Far apart, each piece by itself.
  expect(masked(`"canary"${" ".repeat(100)}"5f2e9c71Zq"`)).toBe(`"«masked:K»"${" ".repeat(100)}"«masked:K»"`);
});

test("pieces in neighbours of a JSON value are masked: items, members, members of one name, names", () => {
  const mask = createMask({ MY_API_KEY: "canary-5f2e9c71-Zq" });
  const shown = (value: unknown): string => JSON.stringify(mask(value)).replaceAll(/«masked:MY_API_KEY#[0-9a-f]{8}»/g, "X");
  expect(shown(["so", "canary", "-5f2e9c71", "-Zq", "end"])).toBe('["so","X","X","X","end"]');
  expect(shown({ a: "it is canary-5f", n: 1, b: { c: "2e9c71-Zq." } })).toBe('{"a":"it is X","n":1,"b":{"c":"X."}}');
  expect(shown({ a: "canary-5f", b: "and then 2e9c71-Zq" })).toBe('{"a":"canary-5f","b":"and then 2e9c71-Zq"}');
  const messages = [
    { role: "assistant", text: "canary-5f" },
    { role: "user", text: "2e9c71-Zq" },
  ];
  expect(shown(messages)).toBe('[{"role":"assistant","text":"X"},{"role":"user","text":"X"}]');
  expect(shown({ "canary-5f": 1, "2e9c71-Zq-": 2 })).not.toContain("canary");
});

test("a text without the secret stays as it is, however much it looks like it", () => {
  const env = { MY_API_KEY: "canary-5f2e9c71-Zq", OTHER_TOKEN: "correct horse battery staple" };
  const mask = createMask(env);
  for (const text of ["canary-5f2e9c71-Z", "anary-5f2e9c71-Zq", "canary 5f2e9c 71 Qz", "correct horse, battery, a staple", "", "canary"])
    expect(mask(text)).toBe(text);
  // Without the letter k no secret with one is there.
  const other = createMask({ MY_API_KEY: "kanary-5k2e9c71-Zq-k" });
  const words = fc.string({ maxLength: 200, unit: fc.constantFrom(..."canry5f2e97 \n\"':=-0123456789\\ux«»é\u200b") });
  fc.assert(
    fc.property(fc.array(words, { maxLength: 4 }), (texts) => {
      const value = { texts, [texts[0] ?? "none"]: texts.join(" ") };
      expect(other(value)).toEqual(value);
    }),
  );
  fc.assert(fc.property(fc.json(), (text) => void expect(mask(text)).toBe(text)));
});

test("short secrets, and those of few letters and digits, are masked only where they stand whole", () => {
  const mask = createMask({ A_TOKEN: "short-8f2", B_TOKEN: "$%&-$%&-$%&-ab", C_TOKEN: "123-456-789-0" });
  expect(mask("short-8f2 $%&-$%&-$%&-ab 123-456-789-0")).toMatch(/^«masked:A_TOKEN#.{8}» «masked:B_TOKEN#.{8}» «masked:C_TOKEN#.{8}»$/);
  for (const text of ["s h o r t 8 f 2", "ab", "1 2 3 4 5 6 7 8 9 0"]) expect(mask(text)).toBe(text);
  expect(splitFinder(new Map([["short-8f2", "x"]]))).toBeUndefined();
});

test("masking is done once: what is masked stays", () => {
  const mask = createMask({ MY_API_KEY: "canary-5f2e9c71-Zq" });
  fc.assert(
    fc.property(lengths, fc.constantFrom(...Object.values(joins)), (sizes, join) => {
      const once = mask({ text: join(pieces("canary-5f2e9c71-Zq", sizes)), list: pieces("canary-5f2e9c71-Zq", sizes) });
      expect(mask(once)).toEqual(once);
    }),
  );
});

test("the time grows with the text and not with its square, with twenty secrets, in hostile texts too", () => {
  const letters = "Ab3dEf6hIj9lMn2pQr5tUv8xYz1BcD4fGh7jKl0nOp3rSt6vWx9zAb2dEf5hIj8l";
  const find = splitFinder(new Map(Array.from({ length: 20 }, (_, n) => [`${n}${letters.slice(0, 32)}`, "x"] as const)));
  const least = (text: string, length: number): number => {
    const long = text.repeat(Math.ceil(length / text.length));
    return Math.min(
      ...[1, 2, 3].map(() => {
        const before = process.cpuUsage();
        find?.(long);
        const { user, system } = process.cpuUsage(before);
        return (user + system) / 1000;
      }),
    );
  };
  for (const text of ["The quick brown fox. ", letters, "01234 ", "\n", "\\n", "\\u200b", '"', "a=b:\n", "0x", letters.slice(0, 31), '"a":"b",']) {
    const [part, whole] = [least(text, 125_000), least(text, 1_000_000)];
    // Eight times the text; its square would be sixty-four times the time.
    expect([text, whole < 30 * Math.max(part, 5)]).toEqual([text, true]);
  }
});
