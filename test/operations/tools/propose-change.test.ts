import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { proposalId } from "../../../src/operations/tools/proposal-id.ts";
import { proposeChange } from "../../../src/operations/tools/propose-change.ts";
import { requireProposable, type ProposedFile } from "../../../src/operations/tools/proposed-files.ts";
import { checkForeignSchema } from "../../../src/base/json-schema.ts";
import { blobPath } from "../../../src/trace/blobs.ts";
import { recordsOf, shipped } from "../../support/skills.ts";
import { workspace } from "../../support/workspace.ts";
import { called, stateOf } from "./in-context.ts";

const at = workspace({ "agentctl.yaml": "profile: small\n", "docs/old.md": "old\n", ...shipped("policies") });
const { dir } = at;
const change = { title: "Faster average", rationale: "Sharpe 0.9 in bt-1 against 0.7." };
const propose = (files: ProposedFile[], options: Parameters<typeof called>[3] = {}) => called(dir, proposeChange, { ...change, files }, options);

describe("a proposal", () => {
  test("is files by digest on top of the commit, on record under the agent's name; nothing of the repository changes", async () => {
    const before = at.git("status", "--porcelain") + at.git("rev-parse", "HEAD") + at.git("for-each-ref");
    const files = [
      { path: "strategies/new/strategy.yaml", content: "name: new\né\n" },
      { path: "docs/old.md", remove: true },
    ];
    const { decisions, result, run } = await propose(files);
    expect(decisions).toMatchObject([
      {
        effect: "allow",
        rules: ["autonomy/agents-may-suggest"],
        request: { action: "proposal.open", class: "W", args: { title: change.title, paths: ["strategies/new/strategy.yaml", "docs/old.md"] } },
      },
    ]);
    const id = proposalId(run, "s1.1.1");
    expect(id).toMatch(/^p-[0-9a-z]{10}$/);
    expect(result).toMatchObject({ outcome: "ok", data: { proposal: id } });
    expect(result?.text).toContain(`proposed as ${id}`);
    expect(result?.text).toContain("it lands when they approve");
    const drafted = recordsOf(dir)
      .flat()
      .find((record) => record.run === run && record.kind === "proposal.drafted")!;
    const [kept, removed] = drafted.data["files"] as { path: string; sha256: string; bytes: number }[];
    expect(drafted.data).toMatchObject({ proposal: id, key: "s1.1.1", agent: "quant", ...change, base: at.git("rev-parse", "HEAD") });
    expect(removed).toEqual({ path: "docs/old.md", removed: true });
    expect(readFileSync(blobPath(stateOf(dir), kept!.sha256), "utf8")).toBe("name: new\né\n");
    expect(at.git("status", "--porcelain") + at.git("rev-parse", "HEAD") + at.git("for-each-ref")).toBe(before);
  });

  test("made twice by the same call is one and the same; another call makes another", async () => {
    const files = [{ path: "a.md", content: "a" }];
    const ids = [];
    for (const key of ["s1.2.1", "s1.2.1", "s1.2.2"]) ids.push(((await propose(files, { key, root: "r-same" })).result!.data as { proposal: string }).proposal);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  test("may name any file of the repository, also those that agents may not write: people judge it", async () => {
    const paths = ["policies/autonomy/policy.yaml", "agentctl.yaml", ".github/workflows/ci.yml", ".gitignore", "agents/quant/agent.yaml"];
    const { result } = await propose(paths.map((path) => ({ path, content: "x" })));
    expect(result?.outcome).toBe("ok");
  });

  test("is open to level 1, whose tool call is a matter of its own", async () => {
    expect((await propose([{ path: "a.md", content: "a" }], { agent: { level: 1 } })).result?.outcome).toBe("ok");
  });
});

describe("what cannot be proposed", () => {
  test.each([
    ["../outside", /leads upwards/],
    ["/etc/passwd", /is absolute/],
    ["a//b", /not normalised/],
    ["a/./b", /not normalised/],
    ["a\\b", /backslash/],
    ["a\u0000b", /NUL/],
    ["a\u200bb", /invisible/],
    ["cafe\u0301.md", /normal form C/],
    [".", /workspace itself/],
    [".git/hooks/pre-commit", /git keeps/],
    ["sub/.GIT/config", /git keeps/],
    ["git~1/config", /git keeps/],
    [".git./config", /git keeps/],
    ["ａ/.ｇｉｔ/config", /git keeps/],
    ["C:/x", /absolute/],
  ])("the path %j", async (path, why) => {
    await expect(propose([{ path, content: "x" }])).rejects.toMatchObject({ code: "tool/bad-proposal", exit: "usage", message: expect.stringMatching(why) });
  });

  test.each<[string, ProposedFile[], RegExp]>([
    ["nothing in a file", [{ path: "a" }], /has none/],
    ["two things in a file", [{ path: "a", content: "x", from: "scratch/a" }], /content and from/],
    [
      "a file twice",
      [
        { path: "a", content: "x" },
        { path: "a", remove: true },
      ],
      /named twice/,
    ],
    [
      "files that differ by case",
      [
        { path: "docs/A.md", content: "x" },
        { path: "docs/a.md", content: "y" },
      ],
      /only by case/,
    ],
    [
      "a file in a file",
      [
        { path: "a", content: "x" },
        { path: "a/b", content: "y" },
      ],
      /a file and a folder/,
    ],
    [
      "a file that is a folder",
      [
        { path: "a/b", content: "y" },
        { path: "A", content: "x" },
      ],
      /a file and a folder/,
    ],
    ["half a character", [{ path: "a", content: "\ud800" }], /surrogate/],
    ["a file from outside the scratch", [{ path: "a", from: "policies/x" }], /does not begin with scratch/],
    ["a file from above the scratch", [{ path: "a", from: "scratch/../x" }], /leads upwards/],
  ])("%s", async (_what, files, why) => {
    await expect(propose(files)).rejects.toThrow(why);
  });

  test("a folder may take the place of a file that goes", () => {
    expect(() =>
      requireProposable([
        { path: "a", remove: true },
        { path: "a/b", content: "x" },
      ]),
    ).not.toThrow();
  });

  test("more than fits, a file that is not there to remove, a secret: each is a failure with its reason, and nothing is on record", async () => {
    const large = (bytes: number, path = "a"): ProposedFile => ({ path, content: "x".repeat(bytes) });
    const before = recordsOf(dir)
      .flat()
      .filter(({ kind }) => kind === "proposal.drafted").length;
    const said = async (files: ProposedFile[], options = {}): Promise<string | undefined> => (await propose(files, options)).result?.text;
    expect(await said([{ path: "a", content: "é".repeat(600_000) }])).toContain("1200000 bytes");
    expect(await said(["a", "b", "c", "d", "e"].map((path) => large(1_000_000, path)))).toContain("bytes; 194304 are left for it");
    expect(await said([{ path: "docs/none.md", remove: true }])).toContain("there is no such file");
    expect(await said([{ path: "a", content: "key: s3cr3t-s3cr3t-s3cr3t" }], { env: { APP_PASSWORD: "s3cr3t-s3cr3t-s3cr3t" } })).toContain(
      "looks like a secret",
    );
    expect(
      recordsOf(dir)
        .flat()
        .filter(({ kind }) => kind === "proposal.drafted").length,
    ).toBe(before);
  });

  test("whatever fits the schema and is let through has one spelling, and no file stands in another's way", () => {
    const segment = fc.constantFrom("a", "A", "b", ".git", "..", ".", "", "é", "e\u0301", "c.md", "GIT~1", " ");
    const file = fc.record({ path: fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/")), content: fc.constant("x") });
    fc.assert(
      fc.property(fc.array(file, { minLength: 1, maxLength: 4 }), (files) => {
        fc.pre(checkForeignSchema(proposeChange.parameters, { ...change, files }).length === 0);
        try {
          requireProposable(files);
        } catch {
          return;
        }
        const paths = files.map(({ path }) => path.normalize("NFKC").toLowerCase());
        expect(new Set(paths).size).toBe(paths.length);
        for (const path of paths) {
          expect(path.split("/").some((part) => ["", ".", "..", ".git", "git~1"].includes(part))).toBe(false);
          expect(paths.some((other) => other.startsWith(`${path}/`))).toBe(false);
        }
      }),
    );
  });
});
