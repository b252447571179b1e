import { symlinkSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { loadAuthority } from "../../src/operations/load-authority.ts";
import { agentView, groups, viewContent, viewLimits } from "../../src/operations/sandbox-view.ts";
import { shipped } from "../support/skills.ts";
import { workspace } from "../support/workspace.ts";

const agent = { name: "file-ops", level: 2 };

test("holds what policy lets the agent read of the commit; links, scratch/ and odd names are left out, each with why", async () => {
  const made = workspace(
    {
      "agentctl.yaml": "profile: small\n",
      ...shipped("policies"),
      "src/a.txt": "a\n",
      ".env": "x\n",
      "scratch/old.txt": "x\n",
      "bad\u200bname": "x\n",
      "back\\slash": "x\n",
      "evaluations/a/evaluation.yaml": "x\n",
      "docs/evaluations/a.md": "x\n",
    },
    { commit: false },
  );
  symlinkSync("/etc/passwd", join(made.dir, "link"));
  made.commit();
  const authority = await loadAuthority(made.dir, {});
  const view = await agentView(authority, agent);
  const paths = view.files.map(({ path }) => path);
  expect(paths).toEqual(expect.arrayContaining(["agentctl.yaml", "policies/baseline/policy.yaml", "src/a.txt", "docs/evaluations/a.md"]));
  expect(Object.fromEntries(view.leftOut.map(({ path, why }) => [path, why]))).toEqual({
    ".env": "policy: baseline/secrets-are-not-read",
    "back\\slash": "its name holds a backslash",
    "bad\u200bname": "its name holds an invisible character",
    "evaluations/a/evaluation.yaml": "an evaluation, which agents are held to and do not see",
    link: "a link",
    "scratch/old.txt": "scratch/ is the run's own folder",
  });
  const files: Record<string, string> = {};
  for await (const { path, data } of viewContent(authority, view).files) files[path] = typeof data === "function" ? "" : Buffer.from(data).toString("utf8");
  expect(Object.keys(files).toSorted()).toEqual(paths.toSorted());
  expect(files["src/a.txt"]).toBe("a\n");
});

test("evaluations are left out whatever policy says, and however they are spelt", async () => {
  const made = workspace({
    "agentctl.yaml": "profile: small\n",
    "policies/open/policy.yaml":
      "name: open\ndescription: All may be read.\nrules:\n  - id: all\n    match: { action: file.read }\n    effect: allow\n    reason: open\n    examples:\n      match: [{ action: file.read, path: a }]\n",
    "policies/open/cases.yaml": "- name: any\n  request: { action: file.read, path: evaluations/a }\n  effect: allow\n",
    "policies/open/README.md": "# open\n",
    "evaluations/a/evaluation.yaml": "x\n",
    "Evaluations/b/prices.csv": "x\n",
    "\uff45valuations/c.csv": "x\n",
    evaluation: "x\n",
  });
  const view = await agentView(await loadAuthority(made.dir, {}), agent);
  expect(view.files.map(({ path }) => path).filter((path) => /valuation/i.test(path))).toEqual(["evaluation"]);
});

test("entries of memory that come from untrusted skills, and files among the entries that are none, are left to memory_search", async () => {
  const entry = (more: string): string => `---\nkind: lesson\ntitle: A lesson\ndate: 2026-01-05\nsource: r-1\n${more}---\n\nText.\n`;
  const made = workspace({
    "agentctl.yaml": "profile: small\n",
    ...shipped("policies"),
    "memory/README.md": "# memory\n",
    "memory/lessons/own.md": entry(""),
    "memory/lessons/tainted.md": entry("untrusted: true\n"),
    "memory/lessons/broken.md": "untrusted: true\n",
  });
  const view = await agentView(await loadAuthority(made.dir, {}), agent);
  expect(view.files.map(({ path }) => path).filter((path) => path.startsWith("memory/"))).toEqual(["memory/README.md", "memory/lessons/own.md"]);
  expect(view.leftOut.map(({ path }) => path)).toEqual(["memory/lessons/broken.md", "memory/lessons/tainted.md"]);
});

test("is known by its files: another commit with the same ones shares it, an edit that is not committed changes nothing", async () => {
  const made = workspace({ "agentctl.yaml": "profile: small\n", ...shipped("policies"), "a.txt": "a\n", ".env": "x\n" });
  const digest = async (who = agent): Promise<string> => (await agentView(await loadAuthority(made.dir, {}), who)).digest;
  const first = await digest();
  made.write({ "a.txt": "edited\n" });
  expect(await digest()).toBe(first);
  made.git("checkout", "-q", "a.txt");
  made.write({ ".env": "another secret, which the view has not\n" });
  made.commit();
  expect(await digest()).toBe(first);
  expect(await digest({ name: "code", level: 3 })).toBe(first);
  made.write({ "a.txt": "committed\n" });
  made.commit();
  expect(await digest()).not.toBe(first);
});

test("ends at its limits, and without policies it is empty", async () => {
  const made = workspace({ "agentctl.yaml": "profile: small\n", ...shipped("policies"), "a.txt": "12345", "b.txt": "12345", "z.txt": "1" });
  const authority = await loadAuthority(made.dir, {});
  const small = await agentView(authority, agent, { ...viewLimits, fileBytes: 4 });
  expect(small.files.map(({ path }) => path)).toEqual(["z.txt"]);
  expect(small.leftOut.find(({ path }) => path === "a.txt")?.why).toBe("too large: 5 bytes, 4 are shown");
  expect((await agentView(authority, agent, { ...viewLimits, files: 2 })).files).toHaveLength(2);
  const nothing = workspace({ "agentctl.yaml": "profile: small\n", "a.txt": "a" });
  expect((await agentView(await loadAuthority(nothing.dir, {}), agent)).files).toEqual([]);
});

const part = fc.constantFrom("a", "b", "c", "\ufffd");
const entry = fc.record({ parts: fc.array(part, { minLength: 1, maxLength: 4 }), bytes: fc.nat(200) });

test("is read from git in pieces that cover every file with a plain name once, none larger than asked", () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 30 }), (found) => {
      // A commit has no file and folder of one name.
      const files = new Map(found.map(({ parts, bytes }) => [`${parts.join("/")}/f`, bytes]));
      const entries = [...files].map(([path, bytes]) => ({ path, bytes, mode: "100644", oid: "" }));
      const prefixes = groups(entries, "", 100);
      const below = (prefix: string): typeof entries => entries.filter(({ path }) => prefix === "" || path === prefix || path.startsWith(`${prefix}/`));
      const read = prefixes.flatMap((prefix) => below(prefix).map(({ path }) => path));
      expect(read.toSorted()).toEqual(
        entries
          .map(({ path }) => path)
          .filter((path) => !path.includes("\ufffd"))
          .toSorted(),
      );
      for (const prefix of prefixes) {
        const inner = below(prefix);
        expect(inner.length === 1 || inner.reduce((sum, { bytes }) => sum + bytes, 0) <= 100).toBe(true);
      }
    }),
  );
});
