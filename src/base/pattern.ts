import { createRequire } from "node:module";

/** A compiled regular expression of RE2: the time of `test` is linear in the text, whatever the pattern. */
export interface Pattern {
  /** Whether it matches anywhere in the text. */
  test(text: string): boolean;
}

const require = createRequire(import.meta.url);

/** Compiles a pattern that others may have written. Throws when RE2 cannot read it: look-around and back-references are not part of RE2. */
export function compilePattern(source: string): Pattern {
  // Late: most commands compile none.
  const { RE2JS } = require("@bufbuild/re2") as typeof import("@bufbuild/re2");
  return RE2JS.compile(source);
}
