import { expect, test } from "vitest";
import { editAutonomy } from "../../src/agent/autonomy-yaml.ts";

const text = "# first\nname: a   # odd  spaces\nlevel: 2 # low\ntools: [ x,y ]\n";

test("only the level changes, and what a person wrote around it stays", () => {
  expect(editAutonomy(text, { level: 3 })).toBe(text.replace("level: 2", "level: 3"));
});

test("a class gets a line below the level, and an old line is replaced, in flow and in block", () => {
  const one = editAutonomy(text, { class: { name: "W", level: 1 } });
  expect(one).toBe(text.replace("# low\n", "# low\nautonomy: { W: 1 }\n"));
  const two = editAutonomy(one, { class: { name: "N", level: 2 }, renewed: "2026-11-28" });
  expect(two).toBe(text.replace("# low\n", '# low\nautonomy: { W: 1, N: 2, renewed: "2026-11-28" }\n'));
  const block = text.replace("tools:", "autonomy:\n  W: 1\n  T: 1\ntools:");
  expect(editAutonomy(block, { class: { name: "W", level: 2 } })).toBe(text.replace("tools:", "autonomy: { W: 2, T: 1 }\ntools:"));
});

test("what cannot be changed without touching more is refused", () => {
  for (const bad of ["level: [2]\n", "name: a\n", ": : :", "a: &x 2\nlevel: *x\n"])
    expect(() => editAutonomy(bad, { level: 3 })).toThrow(expect.objectContaining({ code: "agent/odd-yaml" }) as Error);
});
