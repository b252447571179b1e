import { execFileSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSigners, signersFile, validSigners } from "../../src/policy/signers.ts";
import { signerLine, sshKey } from "../support/approvals.ts";

const [ada, bob] = [sshKey(), sshKey()];
const read = (text: string) => readSigners({ path: "policies/signers", text });
const refused = (text: string): string[] => read(text).findings.map(({ line, message }) => `${line} ${message}`);

describe("signers", () => {
  test("people with their keys, purposes and times", () => {
    const { signers, findings } = read(
      `# people\n\n${signerLine("ada@example.org", ada)}${signerLine("bob", bob, 'namespaces="agentctl-checkpoint-v1,agentctl-approval-v1",valid-after="20260101Z",valid-before="202612311530Z"')}`,
    );
    expect(findings).toEqual([]);
    expect(signers).toMatchObject([
      { principal: "ada@example.org", namespaces: ["agentctl-approval-v1"], line: 3 },
      { principal: "bob", validFromMs: Date.UTC(2026, 0, 1), validUntilMs: Date.UTC(2026, 11, 31, 15, 30) },
    ]);
    expect(signers[0]?.fingerprint).toBe(execFileSync("ssh-keygen", ["-lf", `${ada.path}.pub`], { encoding: "utf8" }).split(" ")[1]);
    const at = (year: number): string[] => validSigners(signers, "agentctl-approval-v1", Date.UTC(year, 5)).map(({ principal }) => principal);
    expect([at(2025), at(2026), at(2027)]).toEqual([["ada@example.org"], ["ada@example.org", "bob"], ["ada@example.org"]]);
    expect(validSigners(signers, "git", Date.UTC(2026, 5))).toEqual([]);
    expect(signersFile(signers, "x")).toBe(`ada@example.org namespaces="x" ${ada.publicKey}\nbob namespaces="x" ${bob.publicKey}\n`);
  });

  test("a login at GitHub in the comment; keys of security tokens", () => {
    const raw = Buffer.concat(
      ["sk-ssh-ed25519@openssh.com", "k".repeat(32), "ssh:"].flatMap((part) => [Buffer.from([0, 0, 0, part.length]), Buffer.from(part)]),
    );
    const token = `sk-ssh-ed25519@openssh.com ${raw.toString("base64")}`;
    const { signers, findings } = read(
      `${signerLine("ada", { publicKey: `${ada.publicKey} at home github:ada-1` })}${signerLine("bob", { publicKey: token })}`,
    );
    expect(findings).toEqual([]);
    expect(signers).toMatchObject([{ github: "ada-1" }, { keyType: "sk-ssh-ed25519@openssh.com" }]);
    expect(signers[1]).not.toHaveProperty("github");
    for (const bad of ["github:", "github:-a", "github:a--b", "github:a/b", "github:a github:b"])
      expect(refused(signerLine("ada", { publicKey: `${ada.publicKey} ${bad}` })), bad).toEqual([
        "1 ada: github: names one login, of letters, digits and hyphens",
      ]);
    const twice = signerLine("ada", { publicKey: `${ada.publicKey} github:ada` }) + signerLine("bob", { publicKey: `${bob.publicKey} github:ADA` });
    expect(refused(twice)).toEqual(["2 github:ADA stands in line 1 already, as ada"]);
  });

  test.each<[string, string, RegExp]>([
    ["no purposes", `ada ${ada.publicKey}\n`, /^1 ada: namespaces= is missing/],
    ["patterns of purposes", signerLine("ada", ada, 'namespaces="*"'), /^1 ada: namespaces= names purposes, without patterns/],
    ["patterns of names", signerLine("*@example.org", ada), /^1 the name "\*@example\.org" is refused/],
    ["a negated name", signerLine("!eve", ada), /^1 the name "!eve" is refused/],
    ["several names", signerLine("ada,bob", ada), /^1 the name "ada,bob" is refused/],
    ["a name in quotes", signerLine('"ada"', ada), /^1 the name .* is refused/],
    ["an authority", signerLine("ada", ada, 'cert-authority,namespaces="agentctl-approval-v1"'), /^1 ada: authorities are refused/],
    ["a key twice", signerLine("ada", ada) + signerLine("bob", ada), /^2 this key stands in line 1 already, as ada$/],
    ["a name twice, in another case", signerLine("ada", ada) + signerLine("Ada", bob), /^2 Ada stands in line 1 already$/],
    ["an option that we do not know", signerLine("ada", ada, 'namespaces="a",verify-required'), /^1 ada: the option "verify-required" is refused/],
    ["an option twice", signerLine("ada", ada, 'namespaces="a",namespaces="b"'), /^1 ada: the option .* is refused/],
    ["a time without zone", signerLine("ada", ada, 'namespaces="a",valid-before="20261231"'), /^1 ada: times are /],
    ["a day that there is not", signerLine("ada", ada, 'namespaces="a",valid-before="20260231Z"'), /^1 ada: times are /],
    ["a key that is none", 'ada namespaces="a" ssh-ed25519 AAAA\n', /^1 the key of ada is no ssh-ed25519/],
    ["a key of another type than it says", `ada namespaces="a" ssh-rsa ${ada.publicKey.split(" ")[1]}\n`, /^1 the key of ada is no ssh-rsa/],
    ["words", "hello\n", /^1 this is no line of a signer/],
    ["a line too long", `ada namespaces="a" ssh-rsa ${"A".repeat(10_000)}\n`, /^1 the line has \d+ characters/],
  ])("%s: the whole file is refused, with the line", (_what, text, expected) => {
    expect(refused(text)[0]).toMatch(expected);
    expect(read(`${signerLine("carl", sshKey())}${text}`).signers).toEqual([]);
  });

  test("whatever is written, nobody gets a purpose that no line names", () => {
    const word = fc.constantFrom(
      "ada",
      "bob",
      "*",
      "namespaces=",
      '"agentctl-approval-v1"',
      '"*"',
      "cert-authority",
      ",",
      " ",
      "\n",
      "\r",
      "#",
      ada.publicKey,
      "ssh-ed25519",
      '"',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), (words) => {
        const { signers, findings } = read(words.join(""));
        if (findings.length > 0) expect(signers).toEqual([]);
        expect(new Set(signers.map(({ fingerprint }) => fingerprint)).size).toBe(signers.length);
        for (const { principal, namespaces } of signers) {
          expect(principal).toMatch(/^(ada|bob)+$/);
          expect(namespaces).toEqual(["agentctl-approval-v1"]);
        }
      }),
    );
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 500 }), (text) => read(text).signers.length === 0));
  });
});
