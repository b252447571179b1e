import type { ContainerCreateOptions, HostConfig, MountSettings } from "dockerode";
import type { JobLimits, JobMount } from "./job.ts";
import { nowhere, outwardSysctls, type JobNetwork } from "./network.ts";
import { formatOwner, labels, type Owner } from "./owner.ts";
import { networkedProfile, seccompProfile } from "./seccomp.ts";

/** What a container must be before its job is known: slots are started ahead and match a job only when all of this is equal. */
export interface ContainerNeeds {
  /** Image id, `sha256:…`. */
  image: string;
  limits: Pick<JobLimits, "memoryMiB" | "cpus" | "pids" | "diskMiB">;
  mounts?: readonly JobMount[];
  fileBytesMax?: number;
  /** Without one: none at all. */
  network?: JobNetwork;
  /** Run id, for the label. */
  run: string;
  /** Digest of the state directory it belongs to, for the label; a halt reaches by it. */
  scope?: string;
  /** Wall time in ms after which anybody may remove it. */
  deadlineMs: number;
  /** A runtime registered with the engine, e.g. runsc; its default when not given. */
  runtime?: string;
}

/** Every field that makes the sandbox, named, so that nothing hangs on an engine's default. */
export type HardenedOptions = ContainerCreateOptions & { HostConfig: HostConfig & { CgroupnsMode: "private" } };

const launcherCommand = ["python3", "-I", "-S", "-E", "-B", "/agentctl/launcher.py"];

export const uid = 65534;
const mebibyte = 1024 * 1024;

/** What of /proc and /sys cannot be read, and what cannot be written: the engines' defaults of several versions together. */
const maskedPaths = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/sys/devices/virtual/powercap",
  "/sys/firmware",
];
const readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/** The create options of the hardened baseline; the room's README says why. Pure. */
export function containerSpec(needs: ContainerNeeds, owner: Owner): HardenedOptions {
  const { memoryMiB, cpus, pids, diskMiB } = needs.limits;
  const { mounts = [], fileBytesMax, network } = needs;
  const writable = `rw,noexec,nosuid,nodev,size=${diskMiB}m,nr_inodes=${diskMiB * 256},mode=0700,uid=${uid},gid=${uid}`;
  return {
    Image: needs.image,
    Entrypoint: launcherCommand,
    Cmd: [],
    Hostname: "job",
    User: `${uid}:${uid}`,
    WorkingDir: "/",
    Tty: false,
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Labels: {
      [labels.owner]: formatOwner(owner),
      [labels.run]: needs.run,
      [labels.deadline]: String(needs.deadlineMs),
      ...(needs.scope === undefined ? {} : { [labels.scope]: needs.scope }),
    },
    HostConfig: {
      ...networkSpec(network),
      ReadonlyRootfs: true,
      Tmpfs: { "/tmp": writable, "/work": writable },
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges", `seccomp=${network === undefined || network.outward ? seccompProfile : networkedProfile}`],
      Privileged: false,
      PidsLimit: pids,
      Memory: memoryMiB * mebibyte,
      MemorySwap: memoryMiB * mebibyte,
      OomKillDisable: false,
      OomScoreAdj: 500,
      NanoCpus: Math.round(cpus * 1e9),
      // 1024: Node keeps about 40 open by itself and tools expect the usual soft limit; low enough for select(). Never above an engine's own hard limit.
      Ulimits: [
        { Name: "core", Soft: 0, Hard: 0 },
        { Name: "nofile", Soft: 1024, Hard: 1024 },
        ...(fileBytesMax === undefined ? [] : [{ Name: "fsize", Soft: fileBytesMax, Hard: fileBytesMax }]),
      ],
      ShmSize: mebibyte,
      IpcMode: "private",
      CgroupnsMode: "private",
      MaskedPaths: maskedPaths,
      ReadonlyPaths: readonlyPaths,
      LogConfig: { Type: "none", Config: {} },
      Init: false,
      AutoRemove: false,
      RestartPolicy: { Name: "no" },
      ...(mounts.length === 0 ? {} : { Mounts: mounts.map(mountSpec) }),
      ...(needs.runtime === undefined ? {} : { Runtime: needs.runtime }),
    },
  };
}

/** What of a network depends on which one it is; every field by name, also where an engine would fill in its host's. */
function networkSpec(network: JobNetwork | undefined): Pick<HostConfig, "NetworkMode" | "Dns" | "DnsOptions" | "DnsSearch" | "Sysctls"> {
  if (network === undefined) return { NetworkMode: "none" };
  const { name, outward } = network;
  const names = { Dns: outward === undefined ? [nowhere] : [...outward.dns], DnsOptions: [], DnsSearch: ["."] };
  return { NetworkMode: name, ...names, ...(outward && { Sysctls: outwardSysctls }) };
}

/** NoCopy: a volume never gets what the image has at its place. */
function mountSpec({ volume, target, writes }: JobMount): MountSettings {
  return { Type: "volume", Source: volume, Target: target, ReadOnly: !writes, VolumeOptions: { NoCopy: true } as MountSettings["VolumeOptions"] & object };
}
