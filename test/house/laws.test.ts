import { expect, test } from "vitest";
import { laws, ranks, seams, type Law } from "./laws.ts";
import { files, imports, read, type Import } from "./source.ts";

const sources = files(/^(src|commands|bench|demo)\/.*\.ts$/);
const all = [...sources, ...files(/^test\/.*\.ts$/)].flatMap(imports);

const breaks = (law: Law, entry: Import): boolean =>
  law.from.test(entry.file) &&
  law.to.test(entry.to) &&
  (entry.topLevel || law.topLevelOnly !== true) &&
  law.except?.test(`${entry.file} -> ${entry.to}`) !== true;

test.each(laws)("$name: $why", (law) => {
  const [file, to] = law.breaks;
  expect(breaks(law, { file, line: 1, to, topLevel: true })).toBe(true);
  const broken = all.filter((entry) => breaks(law, entry));
  expect(broken.map((entry) => `${entry.file}:${entry.line} imports ${entry.to}`)).toEqual([]);
});

test("every room of src has its rank, and every rank's room that stands has a README", () => {
  const known = new Set<string>(Object.values(ranks).flat());
  const rooms = [...new Set(files(/^src\/[^/]+\//).map((file) => file.split("/")[1] ?? ""))];
  expect(rooms.filter((room) => !known.has(room))).toEqual([]);
  expect(rooms.filter((room) => files(new RegExp(`^src/${room}/README\\.md$`)).length === 0)).toEqual([]);
});

test.each(seams)("$name enters through $home", ({ words, home }) => {
  const broken = sources.filter((file) => file !== home && /^(src|commands)\//.test(file) && words.test(read(file)));
  expect(broken).toEqual([]);
});
