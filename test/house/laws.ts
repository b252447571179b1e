/** The laws of the house, as data. `from` and `to` are paths from the root, or names of packages; a law forbids imports from the one to the other. */
export interface Law {
  name: string;
  why: string;
  from: RegExp;
  to: RegExp;
  /** Only imports at the top level of a file; late ones are allowed. */
  topLevelOnly?: boolean;
  /** Pairs `from -> to` that are allowed all the same. */
  except?: RegExp;
  /** An import that breaks it: a law that catches nothing is no law. */
  breaks: [from: string, to: string];
}

export const ranks = {
  ground: ["base", "event"],
  engines: ["policy", "agent", "skill", "strategy", "backtest", "proposal", "evaluation", "risk", "memory", "page", "telemetry"],
  adapters: ["llm", "runner", "trace", "ledger", "git", "workspace", "scan", "market", "notify", "forge"],
  operations: ["operations"],
  doors: ["cli", "gateway"],
} as const;

const rooms = (...names: readonly string[]): RegExp => new RegExp(`^src/(${names.join("|")})/`);

/** Rooms of one rank do not know each other. */
function strangers(rank: readonly string[], except?: RegExp): Law[] {
  return rank.map((name) => {
    const others = rank.filter((other) => other !== name);
    return {
      name: `${name}-knows-no-room-of-its-rank`,
      why: "what two rooms of one rank need of each other is wired by an operation, through a port",
      from: rooms(name),
      to: rooms(...others),
      ...(except && { except }),
      breaks: [`src/${name}/a.ts`, `src/${others.at(-1)}/b.ts`],
    };
  });
}

function onlyIn(home: string, what: RegExp, example: string): Law {
  return {
    name: `${example}-lives-in-${home}`,
    why: "each outside thing has one home, where it is hardened once",
    from: new RegExp(`^(?!src/${home}/)(src|commands|bench|demo)/`),
    to: what,
    breaks: ["src/operations/a.ts", example],
  };
}

export const laws: Law[] = [
  {
    name: "ground-stands-alone",
    why: "base and event import nothing of ours above them",
    from: rooms(...ranks.ground),
    to: /^(src\/(?!base|event)|commands\/)/,
    breaks: ["src/base/a.ts", "src/policy/b.ts"],
  },
  { name: "base-knows-no-event", why: "base is below event", from: rooms("base"), to: rooms("event"), breaks: ["src/base/a.ts", "src/event/b.ts"] },
  {
    name: "engines-stand-on-ground",
    why: "engines are pure: they know neither adapters nor doors",
    from: rooms(...ranks.engines),
    to: rooms(...ranks.adapters, ...ranks.operations, ...ranks.doors),
    breaks: ["src/policy/a.ts", "src/git/b.ts"],
  },
  {
    name: "adapters-know-no-operations",
    why: "imports never go back",
    from: rooms(...ranks.adapters),
    to: rooms(...ranks.operations, ...ranks.doors),
    breaks: ["src/git/a.ts", "src/operations/b.ts"],
  },
  {
    name: "operations-know-no-doors",
    why: "both doors call the same operations",
    from: rooms(...ranks.operations),
    to: rooms(...ranks.doors),
    breaks: ["src/operations/a.ts", "src/cli/b.ts"],
  },
  {
    name: "nothing-imports-commands",
    why: "a command is a door, and a door is not a library",
    from: /^(src|bench|demo|test)\//,
    to: /^commands\//,
    breaks: ["src/operations/a.ts", "commands/b.ts"],
  },
  {
    name: "nothing-imports-tests",
    why: "tests import the product, never the other way",
    from: /^(src|commands|bench|demo)\//,
    to: /^test\//,
    breaks: ["src/base/a.ts", "test/support/cli.ts"],
  },
  ...strangers(ranks.engines, /^src\/(backtest\/.* -> src\/strategy|agent\/.* -> src\/policy)\//),
  ...strangers(ranks.adapters),
  {
    name: "engines-do-no-io",
    why: "engines take files, time and chance as arguments",
    from: rooms(...ranks.engines),
    to: /^node:(fs|net|http|child_process|process|os|dns|worker_threads|sqlite|timers)/,
    breaks: ["src/policy/a.ts", "node:fs/promises"],
  },
  onlyIn("runner", /^dockerode$/, "dockerode"),
  onlyIn("trace", /^@duckdb\//, "@duckdb/node-api"),
  onlyIn("ledger", /^node:sqlite$/, "node:sqlite"),
  onlyIn("git", /^simple-git$/, "simple-git"),
  onlyIn("scan", /^(@astral-sh|@secretlint)\//, "@secretlint/core"),
  onlyIn("market", /^ccxt/, "ccxt"),
  onlyIn("strategy", /^jsep$/, "jsep"),
  onlyIn("forge", /^@octokit\//, "@octokit/core"),
  onlyIn("proposal", /^diff$/, "diff"),
  onlyIn("page", /^d3-/, "d3-scale"),
  onlyIn("llm", /^openai$/, "openai"),
  onlyIn("policy", /^@marcbachmann\/cel-js$/, "@marcbachmann/cel-js"),
  onlyIn("base", /^@bufbuild\/re2$/, "@bufbuild/re2"),
  {
    name: "commands-start-light",
    why: "the trivial command answers in about 120 ms, so operations and libraries load when a command runs",
    from: /^commands\//,
    to: /^(?!src\/(cli\/|base\/errors)|@oclif\/core\/|node:)/,
    topLevelOnly: true,
    breaks: ["commands/a.ts", "src/operations/b.ts"],
  },
  {
    name: "heavy-libraries-load-late",
    why: "an operation that may need an engine must not pay for it when it does not",
    from: /^(src|commands)\//,
    to: /^(dockerode|ccxt.*|@duckdb\/.*|listr2|@astral-sh\/.*|@secretlint\/.*|ajv.*|openai|@octokit\/.*|@pydantic\/genai-prices)$/,
    topLevelOnly: true,
    breaks: ["src/runner/a.ts", "dockerode"],
  },
];

/** Where time and chance enter; the words may stand nowhere else. */
export const seams = [
  { name: "time", words: /\b(Date\.now\(|new Date\(\)|performance\.now\()/, home: "src/base/clock.ts" },
  { name: "chance", words: /\b(Math\.random\(|randomUUID\(|randomBytes\b)/, home: "src/base/ids.ts" },
];
