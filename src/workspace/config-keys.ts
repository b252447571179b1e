import type { JsonSchema } from "../base/json-schema.ts";
import { modelSchemas, type ModelDocuments } from "./models-schema.ts";
import { notifySchemas, type NotifyDocuments } from "./notify-schema.ts";
import { shippedModels } from "./shipped-models.ts";

/** Every key of agentctl.yaml: the one table behind the file's schema, the environment variables, `config show` and the file that `init` writes. */

/** A mapping below a key. */
export type ConfigDocument = { readonly [name: string]: unknown };

export interface ConfigKey {
  /** document: a mapping with a schema of its own; what is given is merged over the default. */
  type: "string" | "integer" | "number" | "names" | "document";
  doc: string;
  /** Without one the key may be missing, and `doc` says what then holds. */
  default?: string | number | readonly string[] | ConfigDocument;
  /** Of a document. */
  schema?: JsonSchema;
  /** For people; the name of the key ends in it where there is one. */
  unit?: string;
  enum?: readonly string[];
  pattern?: string;
  /** It is shown as stars wherever it comes from. */
  secret?: true;
  minimum?: number;
  maximum?: number;
}

export const profiles = ["small", "research", "cloud"] as const;
export type Profile = (typeof profiles)[number];

const documentSchemas = { ...modelSchemas, ...notifySchemas };
const shippedDocuments = { ...shippedModels, "notify.channels": {} };
export const configKeys = {
  profile: { type: "string", enum: profiles, default: "small", doc: "a set of defaults: small (server or laptop), research (workstation), cloud (many jobs)" },
  "authority.branch": {
    type: "string",
    pattern: "^[A-Za-z0-9_][A-Za-z0-9._/-]*$",
    doc: "the branch whose commit policies are read from; default main, else master, else HEAD. Counts where it is committed on that branch, or in the environment",
  },
  "engine.host": {
    type: "string",
    doc: "the Docker engine, e.g. unix:///run/user/1000/docker.sock; default DOCKER_HOST, else the local one. Counts where it is committed, or in the environment",
  },
  "engine.runtime": {
    type: "string",
    pattern: "^[A-Za-z0-9][A-Za-z0-9._-]*$",
    doc: "the engine's runtime for jobs, e.g. runsc; default its own default. Counts as engine.host does",
  },
  "limits.timeoutMs": { type: "integer", unit: "ms", minimum: 100, maximum: 86_400_000, default: 30_000, doc: "how long a job may run" },
  "limits.memoryMiB": { type: "integer", unit: "MiB", minimum: 16, maximum: 1_048_576, default: 256, doc: "memory of a job, its writable files included" },
  "limits.cpus": { type: "number", unit: "cpus", minimum: 0.1, maximum: 1024, default: 1, doc: "processors of a job" },
  "limits.pids": { type: "integer", minimum: 4, maximum: 32_768, default: 64, doc: "processes and threads of a job" },
  "limits.outputBytes": { type: "integer", unit: "bytes", minimum: 1024, maximum: 1_073_741_824, default: 1_048_576, doc: "stdout and stderr of a job" },
  "limits.diskMiB": { type: "integer", unit: "MiB", minimum: 1, maximum: 1_048_576, default: 64, doc: "files a job may write" },
  "scratch.bytesMax": {
    type: "integer",
    unit: "bytes",
    minimum: 1_048_576,
    maximum: 1_099_511_627_776,
    default: 5_000_000_000,
    doc: "what the files of an agent's run may take together; above it nothing more is written",
  },
  "scratch.freeMemoryMin": {
    type: "integer",
    unit: "percent",
    minimum: 0,
    maximum: 100,
    default: 10,
    doc: "free memory of the engine's machine, below which no job of an agent starts",
  },
  "sidecar.mode": {
    type: "string",
    enum: ["off", "on"],
    default: "off",
    doc: "on: agents and people may use the Python sidecar, a kernel that keeps its variables. Counts where it is committed, or in the environment",
  },
  "sidecar.memoryMiB": {
    type: "integer",
    unit: "MiB",
    minimum: 192,
    maximum: 1_048_576,
    default: 512,
    doc: "memory of the sidecar; beyond it the kernel starts anew",
  },
  "sidecar.pids": { type: "integer", minimum: 32, maximum: 32_768, default: 64, doc: "processes and threads of the sidecar" },
  "sidecar.timeoutMs": { type: "integer", unit: "ms", minimum: 100, maximum: 86_400_000, default: 60_000, doc: "how long one cell may run" },
  "sidecar.idleMs": {
    type: "integer",
    unit: "ms",
    minimum: 1000,
    maximum: 86_400_000,
    default: 900_000,
    doc: "after which the sidecar stops when nobody uses it; its variables are gone then",
  },
  "sidecar.outputBytes": {
    type: "integer",
    unit: "bytes",
    minimum: 1024,
    maximum: 67_108_864,
    default: 1_048_576,
    doc: "text that one cell may print; the rest is cut",
  },
  "egress.addresses": {
    type: "names",
    default: [],
    doc: "machines of one's own that containers may be let out to, as host=address, e.g. prices.internal=10.0.0.5; other names have to lead to public addresses. Counts where it is committed",
  },
  "egress.dns": {
    type: "names",
    default: [],
    doc: "addresses of the servers that names are asked of for containers; none: those of the engine's host. Counts where it is committed",
  },
  "egress.bytesMax": {
    type: "integer",
    unit: "bytes",
    minimum: 1024,
    maximum: 1_099_511_627_776,
    default: 16_777_216,
    doc: "what one call may move over the network, both ways together",
  },
  "web.search": {
    type: "string",
    doc: "where web_search asks: the search address of a SearXNG or one that answers as it does, e.g. https://search.example.org/search; without it there is no web_search. No key, no variable. Counts where it is committed",
  },
  "web.packages": {
    type: "names",
    default: [],
    doc: "where package_search asks, as npm=address or pypi=address: the search address of an npm registry, the address below which a Python index answers <name>/json. No key, no variable. Counts where it is committed",
  },
  "query.memoryMiB": { type: "integer", unit: "MiB", minimum: 64, maximum: 1_048_576, default: 1024, doc: "memory of a query" },
  "query.threads": { type: "integer", minimum: 1, maximum: 256, default: 2, doc: "threads of a query" },
  "query.timeoutMs": { type: "integer", unit: "ms", minimum: 100, maximum: 3_600_000, default: 30_000, doc: "how long a query may run" },
  "query.rowsMax": { type: "integer", minimum: 1, maximum: 100_000_000, default: 10_000, doc: "rows a query answers at most" },
  "memory.embeddings": {
    type: "string",
    pattern: "^[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._:/@-]*$",
    doc: "the model that makes vectors of memory/, as provider/model, e.g. ollama/nomic-embed-text; without it memory is searched by words only. Counts where it is committed",
  },
  "memory.turnsMax": { type: "integer", minimum: 0, maximum: 50, default: 6, doc: "earlier turns of a conversation that an agent is told" },
  "memory.turnBytesMax": {
    type: "integer",
    unit: "bytes",
    minimum: 100,
    maximum: 65_536,
    default: 2000,
    doc: "what is kept of an objective, and of an answer, for the next turns of a conversation",
  },
  "memory.turnAgeMs": {
    type: "integer",
    unit: "ms",
    minimum: 60_000,
    maximum: 31_536_000_000,
    default: 2_592_000_000,
    doc: "age from which a turn of a conversation is told no more",
  },
  "approvals.ttlMs": {
    type: "integer",
    unit: "ms",
    minimum: 1000,
    maximum: 2_592_000_000,
    default: 86_400_000,
    doc: "how long a question to people stands; after it the answer is no",
  },
  "proposals.approvalTtlMs": {
    type: "integer",
    unit: "ms",
    minimum: 60_000,
    maximum: 7_776_000_000,
    default: 1_209_600_000,
    doc: "how long a signed answer to a proposal stands; after it the change has to be approved anew",
  },
  "proposals.staleMs": {
    type: "integer",
    unit: "ms",
    minimum: 60_000,
    maximum: 31_536_000_000,
    default: 2_592_000_000,
    doc: "how long a proposal may be open; after it it has to be refreshed before it can land",
  },
  "proposals.openMax": { type: "integer", minimum: 1, maximum: 1000, default: 20, doc: "proposals that may be open at a time. Counts where it is committed" },
  "proposals.openPerAgentMax": { type: "integer", minimum: 0, maximum: 1000, default: 5, doc: "open proposals of one agent. Counts where it is committed" },
  "improve.openMax": { type: "integer", minimum: 0, maximum: 100, default: 3, doc: "proposals of improve that may be open at a time; 0: it only analyses" },
  "forge.apiUrl": {
    type: "string",
    doc: "GitHub's API, e.g. https://ghe.example.org/api/v3; default GITHUB_API_URL, else GitHub's own. Counts as engine.host does",
  },
  "models.timeoutMs": { type: "integer", unit: "ms", minimum: 100, maximum: 3_600_000, default: 300_000, doc: "how long one answer of a model may take" },
  "models.silenceMs": {
    type: "integer",
    unit: "ms",
    minimum: 100,
    maximum: 3_600_000,
    default: 120_000,
    doc: "how long a model may be silent before its first byte, and between two",
  },
  "models.retries": { type: "integer", minimum: 0, maximum: 10, default: 3, doc: "further tries of one model after an error that may pass" },
  "models.cacheTtlMs": {
    type: "integer",
    unit: "ms",
    minimum: 0,
    maximum: 2_592_000_000,
    default: 0,
    doc: "how long an answer of a model stands for the same question; 0: answers are not kept",
  },
  "models.providers": document("models.providers", "where models are asked; keyEnv names the variable that holds the key. Counts where it is committed"),
  "models.tiers": document(
    "models.tiers",
    "models in the order in which they are tried, as provider/model; own names are welcome. Counts where it is committed",
  ),
  "models.roles": document("models.roles", "the tier, or provider/model, that plans, works and judges. Counts where it is committed"),
  "models.prices": document(
    "models.prices",
    "US dollars per million tokens by provider/model, with *, before the price data: { openai/gpt-5.2: { inputUsd: 1.75, outputUsd: 14 } }. Counts where it is committed",
  ),
  "notify.channels": document(
    "notify.channels",
    "where people are told what happens (telegram, discord, webhook), by name; secrets as ${TELEGRAM_BOT_TOKEN}. Counts where it is committed: agentctl notify",
  ),
  "telemetry.otlpUrl": {
    type: "string",
    pattern: "^https?://[^\\s@]+$",
    doc: "where run export sends traces (OTLP over HTTP), e.g. http://localhost:4318. Counts where it is committed, or in the environment",
  },
  "telemetry.otlpHeaders": {
    type: "names",
    secret: true,
    default: [],
    doc: "headers for that address, as name=value: ['authorization=Bearer ${OTLP_TOKEN}']. Counts as telemetry.otlpUrl does",
  },
  "tools.off": { type: "names", default: [], doc: "tools that no agent gets, whatever its agent.yaml says, e.g. web_fetch" },
  "mask.names": { type: "names", default: [], doc: "names of environment variables that are secret, beside those whose names say so" },
} as const satisfies Record<string, ConfigKey>;

/** The value of each document, by the full key. */
export type ConfigDocuments = ModelDocuments & NotifyDocuments;

function document<N extends keyof ConfigDocuments>(
  name: N,
  doc: string,
): { type: "document"; doc: string; schema: (typeof documentSchemas)[N]; default: (typeof shippedDocuments)[N] } {
  return { type: "document", doc, schema: documentSchemas[name], default: shippedDocuments[name] };
}

export type ConfigName = keyof typeof configKeys;

type ValueOf<K> = K extends { type: "names" }
  ? readonly string[]
  : K extends { type: "integer" | "number" }
    ? number
    : K extends { enum: readonly (infer E)[] }
      ? E
      : string;

/** The values by full key; documents with what is shipped. */
export type FlatConfig = {
  -readonly [N in ConfigName]: N extends keyof ConfigDocuments
    ? ConfigDocuments[N]
    : (typeof configKeys)[N] extends { default: unknown }
      ? ValueOf<(typeof configKeys)[N]>
      : ValueOf<(typeof configKeys)[N]> | undefined;
};

type Group = ConfigName extends infer N ? (N extends `${infer G}.${string}` ? G : never) : never;

/** The values as in the file: `values.limits.memoryMiB`. */
export type ConfigValues = { [G in Group]: { [N in ConfigName as N extends `${G}.${infer Rest}` ? Rest : never]: FlatConfig[N] } } & { profile: Profile };

/** What a profile sets; what it does not name keeps its default. */
export const profileDefaults: Record<Profile, { [N in ConfigName]?: FlatConfig[N] }> = {
  small: { "query.memoryMiB": 256, "query.threads": 1 },
  research: {
    "limits.timeoutMs": 120_000,
    "limits.memoryMiB": 1024,
    "limits.cpus": 2,
    "limits.pids": 128,
    "limits.diskMiB": 256,
    "query.memoryMiB": 4096,
    "query.threads": 4,
    "query.timeoutMs": 120_000,
    "query.rowsMax": 100_000,
  },
  cloud: { "limits.memoryMiB": 512, "query.memoryMiB": 2048, "query.threads": 2 },
};

export const configNames = Object.keys(configKeys) as ConfigName[];

/** The table's row, as its general shape. */
export function keyOf(name: ConfigName): ConfigKey {
  return configKeys[name];
}

/** `limits.memoryMiB` ⇒ `AGENTCTL_LIMITS_MEMORY_MIB`. */
export function envName(name: ConfigName): string {
  const words = name
    .replaceAll(/([KMG])iB\b/g, "_$1IB")
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll(/[._]+/g, "_");
  return `AGENTCTL_${words.toUpperCase()}`;
}
