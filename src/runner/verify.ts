import type { ContainerInspectInfo } from "dockerode";
import { canonicalJson } from "../base/canonical-json.ts";
import { AgentctlError } from "../base/errors.ts";
import type { HardenedOptions } from "./container.ts";

/**
 * Compares what the engine says it made with what was asked for, before it is started. Engines and proxies drop what they do not
 * support without a word, images bring volumes, daemons bring defaults: any difference in a field that makes the sandbox is refused.
 */
export function verifyContainer(asked: HardenedOptions, made: ContainerInspectInfo): void {
  for (const { field, expected, found } of comparisons(asked, made)) {
    if (canonicalJson(expected) === canonicalJson(found)) continue;
    throw new AgentctlError("runner/not-hardened", `the engine made a container with ${field} ${brief(found)} where ${brief(expected)} was asked for`, {
      hint: hints[field] ?? "agentctl doctor --prove shows what this engine enforces",
      details: { field, expected, found },
    });
  }
}

export interface Comparison {
  field: string;
  expected: unknown;
  found: unknown;
}

const hints: Readonly<Record<string, string>> = {
  "HostConfig.MemorySwap": "the engine's kernel does not count swap: start it with swapaccount=1, or use cgroup v2",
  Mounts: "the image declares a volume, which would be writable and without limit: build it without VOLUME",
};

/** Nothing of these may be set at all: engines say null, false, zero, an empty text or list. */
const unset = [
  "Binds",
  "BlkioDeviceReadBps",
  "CapAdd",
  "CgroupParent",
  "Cgroup",
  "DeviceCgroupRules",
  "DeviceRequests",
  "Devices",
  "ExtraHosts",
  "GroupAdd",
  "Links",
  "PidMode",
  "PortBindings",
  "PublishAllPorts",
  "UTSMode",
  "UsernsMode",
  "VolumesFrom",
] as const;

/** Asked for by name in every container, compared as they are. */
const same = [
  "NetworkMode",
  "ReadonlyRootfs",
  "Tmpfs",
  "CapDrop",
  "SecurityOpt",
  "Privileged",
  "PidsLimit",
  "Memory",
  "MemorySwap",
  "OomScoreAdj",
  "NanoCpus",
  "ShmSize",
  "IpcMode",
  "MaskedPaths",
  "ReadonlyPaths",
  "Init",
  "AutoRemove",
] as const;

/** Every comparison that is made, in order. */
export function comparisons(asked: HardenedOptions, made: ContainerInspectInfo): Comparison[] {
  const host = fields(made.HostConfig);
  const config = fields(made.Config);
  const labels = fields(config["Labels"]);
  return [
    { field: "Image", expected: asked.Image, found: made.Image },
    ...(["User", "Entrypoint", "WorkingDir", "Tty", "OpenStdin", "StdinOnce"] as const).map((name) => ({
      field: `Config.${name}`,
      expected: asked[name],
      found: config[name] ?? null,
    })),
    { field: "Config.Cmd", expected: [], found: config["Cmd"] ?? [] },
    ...Object.entries(asked.Labels ?? {}).map(([name, expected]) => ({ field: `Labels ${name}`, expected, found: labels[name] ?? null })),
    ...same.map((name) => ({ field: `HostConfig.${name}`, expected: asked.HostConfig[name], found: host[name] ?? null })),
    ...unset.map((name) => ({ field: `HostConfig.${name}`, expected: null, found: isNothing(host[name]) ? null : host[name] })),
    ...(["Dns", "DnsOptions", "DnsSearch", "Sysctls"] as const).map((name) => ({
      field: `HostConfig.${name}`,
      expected: isNothing(asked.HostConfig[name]) ? null : asked.HostConfig[name],
      found: isNothing(host[name]) ? null : host[name],
    })),
    { field: "HostConfig.Ulimits", expected: ulimits(asked.HostConfig.Ulimits), found: ulimits(host["Ulimits"]) },
    { field: "HostConfig.LogConfig", expected: asked.HostConfig.LogConfig?.Type, found: fields(host["LogConfig"])["Type"] ?? null },
    { field: "HostConfig.RestartPolicy", expected: asked.HostConfig.RestartPolicy?.Name, found: fields(host["RestartPolicy"])["Name"] ?? null },
    { field: "HostConfig.OomKillDisable", expected: false, found: host["OomKillDisable"] ?? false },
    // Engines older than API 1.41 know no such field: their containers see the host's cgroup paths, read-only.
    { field: "HostConfig.CgroupnsMode", expected: asked.HostConfig.CgroupnsMode, found: host["CgroupnsMode"] ?? asked.HostConfig.CgroupnsMode },
    ...(asked.HostConfig.Runtime === undefined ? [] : [{ field: "HostConfig.Runtime", expected: asked.HostConfig.Runtime, found: host["Runtime"] ?? null }]),
    { field: "HostConfig.Mounts", expected: askedMounts(asked.HostConfig.Mounts), found: askedMounts(host["Mounts"]) },
    { field: "Mounts", expected: madeMounts(asked.HostConfig.Mounts), found: mountsMade(made.Mounts) },
  ];
}

type Fields = { readonly [name: string]: unknown };

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === "" || value === 0) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function ulimits(value: unknown): unknown[] {
  const list = Array.isArray(value) ? value.map(fields) : [];
  return list.map(({ Name, Soft, Hard }) => ({ Name, Soft, Hard })).toSorted((a, b) => String(a.Name).localeCompare(String(b.Name)));
}

/** What was asked for, as the engine repeats it; nothing of a mount may differ, so anything it adds is found. */
function askedMounts(mounts: unknown): unknown {
  if (mounts === undefined || isNothing(mounts)) return [];
  if (!Array.isArray(mounts)) return mounts;
  return sorted(mounts.map((mount: unknown) => Object.fromEntries(Object.entries(fields(mount)).filter(([, value]) => !isNothing(value)))));
}

/** The mounts that must come of it: named volumes of the engine's own kind, in these places. */
function madeMounts(mounts: HardenedOptions["HostConfig"]["Mounts"] = []): unknown[] {
  return sorted(mounts.map(({ Source, Target, ReadOnly }) => ({ Type: "volume", Name: Source, Driver: "local", Destination: Target, RW: ReadOnly !== true })));
}

/** Some engines list the tmpfs that was asked for among the mounts. */
function mountsMade(mounts: unknown): unknown[] {
  const made = Array.isArray(mounts) ? mounts.map(fields).filter((mount) => mount["Type"] !== "tmpfs") : [];
  return sorted(made.map(({ Type, Name, Driver, Destination, RW }) => ({ Type, Name, Driver, Destination, RW })));
}

function sorted(values: unknown[]): unknown[] {
  return values.toSorted((a, b) => ((JSON.stringify(a) ?? "") < (JSON.stringify(b) ?? "") ? -1 : 1));
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}
