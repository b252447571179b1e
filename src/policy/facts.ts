import type { ActionRequest } from "./request.ts";

/**
 * A request as an expression sees it. Whole numbers become bigints (CEL's int), arguments become Maps, so that no name leads to a
 * prototype. What the request lacks is undefined, and looking at it is an error.
 */

export const factTypes = {
  Request: {
    action: "string",
    class: "string",
    actor: "Actor",
    tool: "string",
    skill: "Skill",
    path: "string",
    host: "string",
    port: "int",
    runner: "string",
    limits: "Limits",
    args: "map<string, dyn>",
  },
  Actor: { kind: "string", name: "string", level: "int" },
  Skill: { name: "string", trust: "string", committed: "bool", digest: "string", version: "string" },
  Limits: { timeoutMs: "int", memoryMiB: "int" },
} as const;

export type FactType = keyof typeof factTypes;

export class ActorFacts {
  readonly kind: string;
  readonly name: string;
  readonly level: bigint | undefined;
  constructor(actor: ActionRequest["actor"]) {
    this.kind = actor.kind;
    this.name = actor.name;
    this.level = actor.level === undefined ? undefined : BigInt(actor.level);
  }
}

export class SkillFactsView {
  readonly name: string;
  readonly trust: string;
  readonly committed: boolean;
  readonly digest: string;
  readonly version: string | undefined;
  constructor(skill: NonNullable<ActionRequest["skill"]>) {
    this.name = skill.name;
    this.trust = skill.trust;
    this.committed = skill.committed;
    this.digest = skill.digest;
    this.version = skill.version;
  }
}

export class LimitsFacts {
  readonly timeoutMs: bigint;
  readonly memoryMiB: bigint;
  constructor(limits: NonNullable<ActionRequest["limits"]>) {
    this.timeoutMs = BigInt(limits.timeoutMs);
    this.memoryMiB = BigInt(limits.memoryMiB);
  }
}

/** All variables of an expression; `request` is the whole, for `has(request.port)`. */
export class RequestFacts {
  readonly action: string;
  readonly class: string;
  readonly actor: ActorFacts;
  readonly tool: string | undefined;
  readonly skill: SkillFactsView | undefined;
  readonly path: string | undefined;
  readonly host: string | undefined;
  readonly port: bigint | undefined;
  readonly runner: string | undefined;
  readonly limits: LimitsFacts | undefined;
  readonly #args: ActionRequest["args"];
  #converted: Map<string, unknown> | undefined;

  constructor(request: ActionRequest) {
    this.action = request.action;
    this.class = request.class;
    this.actor = new ActorFacts(request.actor);
    this.tool = request.tool;
    this.skill = request.skill && new SkillFactsView(request.skill);
    this.path = request.path;
    this.host = request.host?.toLowerCase();
    this.port = request.port === undefined ? undefined : BigInt(request.port);
    this.runner = request.runner;
    this.limits = request.limits && new LimitsFacts(request.limits);
    this.#args = request.args;
  }

  get request(): this {
    return this;
  }

  /** Converted when a rule first looks: most rules do not, and arguments may be large. */
  get args(): Map<string, unknown> | undefined {
    if (this.#args === undefined) return undefined;
    this.#converted ??= convertArgs(this.#args);
    return this.#converted;
  }
}

/** Bounds on arguments that rules look at: they are the only input of an expression that a model writes freely. */
export const argLimits = { depth: 8, values: 1_000, listItems: 200, characters: 64 * 1024 };

function convertArgs(args: object): Map<string, unknown> {
  const left = { values: argLimits.values, characters: argLimits.characters };
  return convertMap(args, left, 1);
}

function convertMap(value: object, left: { values: number; characters: number }, depth: number): Map<string, unknown> {
  const entries = new Map<string, unknown>();
  for (const [key, member] of Object.entries(value)) {
    left.characters -= key.length;
    entries.set(key, convert(member, left, depth));
  }
  return entries;
}

function convert(value: unknown, left: { values: number; characters: number }, depth: number): unknown {
  left.values -= 1;
  if (typeof value === "string") left.characters -= value.length;
  if (left.values < 0) throw new Error(`the arguments hold more than ${argLimits.values} values`);
  if (left.characters < 0) throw new Error(`the arguments hold more than ${argLimits.characters} characters`);
  if (depth > argLimits.depth) throw new Error(`the arguments are nested deeper than ${argLimits.depth} levels`);
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) {
    if (value.length > argLimits.listItems) throw new Error(`the arguments hold a list of ${value.length}; at most ${argLimits.listItems} are looked at`);
    return value.map((item) => convert(item, left, depth + 1));
  }
  if (value !== null && typeof value === "object") return convertMap(value, left, depth + 1);
  return value;
}
