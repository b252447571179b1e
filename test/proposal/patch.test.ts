import { structuredPatch } from "diff";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyPatch, readPatch } from "../../src/proposal/patch.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);
const patch = (...lines: string[]): Uint8Array => bytes(`${lines.join("\n")}\n`);

function applied(text: Uint8Array, before: string | undefined): string | undefined {
  const [file] = readPatch(text);
  if (file === undefined) throw new Error("no file");
  const after = applyPatch(file, before === undefined ? undefined : bytes(before));
  return after === undefined ? undefined : Buffer.from(after).toString("utf8");
}

const change = patch(
  "diff --git a/a.md b/a.md",
  "index 0e30879..1d152 100644".replace("1d152", "1d15200"),
  "--- a/a.md",
  "+++ b/a.md",
  "@@ -1,2 +1,2 @@",
  " one",
  "-two",
  "+zwei",
);

describe("a patch", () => {
  test("changes, adds and removes files exactly", () => {
    expect(applied(change, "one\ntwo\n")).toBe("one\nzwei\n");
    expect(applied(patch("--- /dev/null", "+++ b/n.md", "@@ -0,0 +1,1 @@", "+new"), undefined)).toBe("new\n");
    expect(applied(patch("--- a/n.md", "+++ /dev/null", "@@ -1 +0,0 @@", "-new"), "new\n")).toBeUndefined();
    expect(applied(patch("--- a/n", "+++ b/n", "@@ -1 +1 @@", "-a", "\\ No newline at end of file", "+a"), "a")).toBe("a\n");
    expect(readPatch(patch("diff --git a/x.sh b/x.sh", "old mode 100644", "new mode 100755"))).toMatchObject([{ path: "x.sh", program: true, hunks: [] }]);
    expect(readPatch(patch("diff --git a/e b/e", "new file mode 100644", "index 0000000..e69de29"))).toMatchObject([{ path: "e", change: "added" }]);
    expect(readPatch(patch('--- "a/\\303\\274.md"', '+++ "b/\\303\\274.md"', "@@ -1 +1 @@", "-a", "+b"))).toMatchObject([{ path: "ü.md" }]);
  });

  test.each([
    ["a file that is not as it expects", change, "one\nthree\n", "line 7 of the patch: line 2 of a.md is not what the patch expects"],
    ["lines that moved: nothing is searched for", change, "zero\none\ntwo\n", "line 6 of the patch: line 1 of a.md"],
    ["a file that is gone", change, undefined, "there is no a.md"],
    ["a file that is there", patch("--- /dev/null", "+++ b/n", "@@ -0,0 +1 @@", "+new"), "x\n", "is there already"],
    ["a removal that leaves lines", patch("--- a/n", "+++ /dev/null", "@@ -1 +0,0 @@", "-a"), "a\nb\n", "1 of its lines are left"],
  ])("is refused for %s", (_, text, before, why) => {
    expect(() => applied(text, before)).toThrow(why);
  });

  test.each([
    ["a rename", ["diff --git a/a b/b", "similarity index 100%", "rename from a", "rename to b"], "line 2 of the patch: renames"],
    ["a link", ["diff --git a/a b/a", "new file mode 120000", "index 0000000..e69de29"], "the mode 120000"],
    ["a submodule", ["diff --git a/a b/a", "new file mode 160000", "index 0000000..e69de29"], "the mode 160000"],
    ["a binary file", ["diff --git a/a b/a", "index 0000000..e69de29", "Binary files a/a and b/a differ"], "a binary file"],
    ["a hunk that ends early", ["--- a/a", "+++ b/a", "@@ -1,3 +1,3 @@", " one"], "of the patch"],
    ["two sides of another name", ["--- a/a", "+++ b/b", "@@ -1 +1 @@", "-a", "+b"], "renames are not taken"],
    ["the same file twice", ["--- a/a", "+++ b/a", "@@ -1 +1 @@", "-a", "+b", "--- a/a", "+++ b/a", "@@ -1 +1 @@", "-a", "+b"], "stands in it twice"],
    ["a line of nothing", ["--- a/a", "+++ b/a", "@@ -1 +1 @@", "-a", "+b", "rm -rf /"], "belongs to no file"],
    ["no file", ["hello"], "there is no file in it"],
  ])("is refused with its line: %s", (_, lines, why) => {
    expect(() => readPatch(patch(...lines))).toThrow(why);
  });

  test("of any two texts leads from the one to the other; any bytes are read or refused, never anything else", () => {
    const text = fc
      .array(fc.constantFrom("a", "b", "", "-x", "+x", "@@ -1 +1 @@", "\\ no", "ü"), { maxLength: 12 })
      .map((lines) => lines.map((line) => `${line}\n`).join(""));
    fc.assert(
      fc.property(text, text, (before, after) => {
        fc.pre(before !== after && before !== "" && after !== "");
        const { hunks } = structuredPatch("", "", before, after, undefined, undefined, { context: 3 });
        const lines = hunks.flatMap((hunk) => [`@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`, ...hunk.lines]);
        expect(applied(patch("--- a/f", "+++ b/f", ...lines), before)).toBe(after);
      }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("--- a/f", "+++ b/f", "@@ -1 +1 @@", "-a", "+b", "diff --git a/f b/f", "\\ x", "new mode 100755", " c", ""), {
          maxLength: 10,
        }),
        (lines) => {
          try {
            readPatch(patch(...lines));
          } catch (thrown) {
            expect(thrown).toMatchObject({ code: "proposal/bad-patch" });
          }
        },
      ),
    );
  });
});
