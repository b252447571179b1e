/** What tests there are, counted from their text, since what they print is their own word. */
export interface TestCount {
  files: number;
  /** Test functions; of a script, one a file. */
  cases: number;
  /** Of those, marked to be skipped or expected to fail. */
  off: number;
  /** Lines that check something. */
  checks: number;
}

interface Kind {
  file: RegExp;
  test: RegExp;
  off: RegExp;
  check: RegExp;
}

const kinds: readonly Kind[] = [
  {
    file: /^tests\/(?:.*\/)?test_[^/]*\.py$/,
    test: /^[ \t]*(?:async[ \t]+)?def[ \t]+test\w*[ \t]*\(/gm,
    off: /@(?:pytest\.mark\.(?:skip|xfail)|unittest\.(?:skip|expectedFailure))|pytest\.(?:skip|xfail|importorskip)\s{0,4}\(|\.skipTest\s{0,4}\(|collect_ignore|__test__\s{0,4}=\s{0,4}False/g,
    check: /\bassert\b|\bself\.assert\w+|pytest\.raises/g,
  },
  {
    file: /^tests?\/.*\.(?:js|mjs|cjs)$/,
    test: /\b(?:test|it)(?:\.(?:skip|todo|only))?\s{0,4}\(/g,
    off: /\b(?:test|it|describe|suite)\.(?:skip|todo|only)\s{0,4}\(|\b(?:skip|todo)\s{0,4}:\s{0,4}(?!false)/g,
    check: /\bassert\b|\bexpect\s{0,4}\(/g,
  },
  { file: /^tests\/run\.sh$/, test: /^/g, off: /^[ \t]*exit[ \t]+0\b/gm, check: /^[^\n#]*\S[^\n]*$/gm },
];
/** Beside the tests they decide what is run of them. */
const steering = /^(?:tests\/)?(?:.*\/)?(?:conftest\.py|pytest\.ini|tox\.ini|setup\.cfg|pyproject\.toml)$/;
const steers =
  /collect_ignore|pytest_(?:collection|runtest|ignore|sessionfinish|pyfunc|report)\w*|\b(?:addopts|python_files|python_functions|testpaths)\b|os\._exit/g;

/** Counts over the files of a skill; paths are relative to it. */
export function countTests(files: readonly { path: string; text: string }[]): TestCount {
  const count: TestCount = { files: 0, cases: 0, off: 0, checks: 0 };
  for (const { path, text } of files) {
    if (steering.test(path)) count.off += found(text, steers);
    const kind = kinds.find(({ file }) => file.test(path));
    if (kind === undefined) continue;
    count.files += 1;
    count.cases += found(text, kind.test);
    count.off += found(text, kind.off);
    count.checks += found(text, kind.check);
  }
  return count;
}

function found(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length;
}

/** What a test runner printed; undefined where it prints no figures. */
export function ranTests(runner: "python" | "node" | "shell", output: string): { passed: number; all: number; failed: string[] } | undefined {
  if (runner === "shell") return undefined;
  const figure = (pattern: RegExp): number => Number([...output.matchAll(pattern)].at(-1)?.[1] ?? 0);
  const named = (pattern: RegExp): string[] => [...new Set([...output.matchAll(pattern)].map((match) => (match[1] ?? "").slice(0, 200)))];
  if (runner === "python") {
    const passed = figure(/\b(\d{1,6}) passed\b/g);
    const failed = figure(/\b(\d{1,6}) failed\b/g) + figure(/\b(\d{1,6}) errors?\b/g);
    return passed + failed === 0 ? undefined : { passed, all: passed + failed, failed: named(/^(?:FAILED|ERROR) (\S{1,200})/gm) };
  }
  const passed = figure(/^(?:ℹ|#) pass (\d{1,6})$/gm);
  const failed = figure(/^(?:ℹ|#) fail (\d{1,6})$/gm);
  return passed + failed === 0 ? undefined : { passed, all: passed + failed, failed: named(/^\s{0,20}✖ ([^\n(]{1,200}?) \([\d.]+ms\)$/gm) };
}
