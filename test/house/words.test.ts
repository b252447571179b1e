import { expect, test } from "vitest";
import { files, read } from "./source.ts";

const readme = read("README.md");

test("the map in the README names every room, and no room that is not there", () => {
  const tops = [...new Set(files(/^[^./][^/]*\//).map((file) => `${file.split("/")[0]}/`))].filter((room) => room !== "src/");
  const rooms = [...new Set(files(/^src\/[^/]+\//).map((file) => `src/${file.split("/")[1]}/`))];
  const mapped = [...readme.matchAll(/^\| `((?:src\/)?[a-z]+\/)`/gm)].map((match) => match[1]);
  expect(mapped.toSorted()).toEqual([...tops, ...rooms].toSorted());
});

test("the page of the commands lists every command, and no command that is not there", () => {
  const commands = files(/^commands\/.*\.ts$/).map((file) =>
    file
      .replace(/^commands\//, "")
      .replace(/(\/index)?\.ts$/, "")
      .replaceAll("/", " "),
  );
  const listed = [...read("commands/README.md").matchAll(/^\| `agentctl ([a-z -]+)`/gm)].map((match) => match[1]?.trim());
  expect(listed.toSorted()).toEqual(commands.toSorted());
});

test("the README is short, and so is each room's", () => {
  expect(readme.split("\n").length).toBeLessThanOrEqual(151);
  const long = files(/^(src|policies|skills|runners)\/.*README\.md$/).filter((file) => read(file).split("\n").length > 41);
  expect(long).toEqual([]);
});

test("the dictionary has at most thirty words", () => {
  const table = /\| word \| meaning \|\n\|---\|---\|\n((?:\|.*\n)+)/.exec(read("CONTRIBUTING.md"))?.[1] ?? "";
  const words = table.trim().split("\n").length;
  expect(words).toBeGreaterThan(10);
  expect(words).toBeLessThanOrEqual(30);
});

test("every policy is a trio, every skill has its tests, every agent its prompt, every runner its page", () => {
  const lacking = (room: string, parts: RegExp[]): string[] => {
    const names = [...new Set(files(new RegExp(`^${room}/[^/]+/`)).map((file) => file.split("/")[1] ?? ""))];
    expect(names.length).toBeGreaterThan(0);
    return names.flatMap((name) =>
      parts.filter((part) => !files(new RegExp(`^${room}/${name}/`)).some((file) => part.test(file))).map((part) => `${room}/${name} lacks ${part.source}`),
    );
  };
  expect(lacking("policies", [/\/policy\.yaml$/, /\/cases\.yaml$/, /\/README\.md$/])).toEqual([]);
  expect(lacking("skills", [/\/SKILL\.md$/, /\/tests\//])).toEqual([]);
  expect(lacking("agents", [/\/agent\.yaml$/, /\/prompt\.md$/])).toEqual([]);
  expect(lacking("runners", [/\/Dockerfile$/, /\/README\.md$/])).toEqual([]);
});

test("every dependency is pinned exactly", () => {
  const { dependencies, devDependencies } = JSON.parse(read("package.json")) as Record<string, Record<string, string>>;
  const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
  expect(loose).toEqual([]);
});

test("names say what a thing is", () => {
  expect(files(/^(src|commands|test)\/.*(utils?|helpers?|manager|common|misc)\b[^/]*\.ts$/)).toEqual([]);
});

test("nothing is left for later in the code", () => {
  const left = files(/^(src|commands|bin|bench|demo|runners|skills)\/.*\.(ts|js|py|sh|mjs)$/).filter((file) =>
    /\b(TODO|FIXME|XXX|HACK)\b|@ts-(ignore|expect-error)|(ox|es)lint-disable/.test(read(file)),
  );
  expect(left).toEqual([]);
});

test("the lock file names every platform's packages: npm drops those of other platforms, and npm ci then refuses it", () => {
  const { packages } = JSON.parse(read("package-lock.json")) as { packages: Record<string, { optionalDependencies?: Record<string, string> }> };
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(
        ([name, version]) =>
          /^\d+\.\d+\.\d+/.test(version) && packages[`${path}/node_modules/${name}`] === undefined && packages[`node_modules/${name}`] === undefined,
      )
      .map(([name]) => name),
  );
  expect(missing).toEqual([]);
});
