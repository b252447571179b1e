import type { ContainerInspectInfo } from "dockerode";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AgentctlError } from "../../src/base/errors.ts";
import { containerSpec, type HardenedOptions } from "../../src/runner/container.ts";
import { comparisons, verifyContainer } from "../../src/runner/verify.ts";

const needs = { image: "sha256:ab", limits: { memoryMiB: 256, cpus: 1.5, pids: 64, diskMiB: 32 }, run: "r-1", deadlineMs: 1234 };
const owner = { host: "0123456789abcdef", pid: 42, start: 99 };
const asked = containerSpec(needs, owner);

/** What an engine says of a container that it made as asked. */
function made(options: HardenedOptions = asked): ContainerInspectInfo {
  const unset = { Binds: null, CapAdd: null, Devices: [], PidMode: "", UTSMode: "", UsernsMode: "", GroupAdd: null, PortBindings: {}, PublishAllPorts: false };
  return structuredClone({
    Id: "c0ffee",
    Image: options.Image,
    Config: { ...options, HostConfig: undefined, Env: ["PATH=/bin"], Volumes: null },
    HostConfig: { ...unset, Runtime: "runc", ...options.HostConfig, RestartPolicy: { Name: "no", MaximumRetryCount: 0 } },
    Mounts: [],
  }) as unknown as ContainerInspectInfo;
}

describe("the hardened baseline", () => {
  it("is exactly this", () => {
    const { SecurityOpt, MaskedPaths, ...host } = asked.HostConfig;
    expect({ ...asked, HostConfig: host }).toEqual({
      Image: "sha256:ab",
      Entrypoint: ["python3", "-I", "-S", "-E", "-B", "/agentctl/launcher.py"],
      Cmd: [],
      Hostname: "job",
      User: "65534:65534",
      WorkingDir: "/",
      Tty: false,
      OpenStdin: true,
      StdinOnce: true,
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Labels: { "agentctl.owner": "0123456789abcdef:42:99", "agentctl.run": "r-1", "agentctl.deadline": "1234" },
      HostConfig: {
        NetworkMode: "none",
        ReadonlyRootfs: true,
        Tmpfs: {
          "/tmp": "rw,noexec,nosuid,nodev,size=32m,nr_inodes=8192,mode=0700,uid=65534,gid=65534",
          "/work": "rw,noexec,nosuid,nodev,size=32m,nr_inodes=8192,mode=0700,uid=65534,gid=65534",
        },
        CapDrop: ["ALL"],
        Privileged: false,
        PidsLimit: 64,
        Memory: 268435456,
        MemorySwap: 268435456,
        OomKillDisable: false,
        OomScoreAdj: 500,
        NanoCpus: 1500000000,
        Ulimits: [
          { Name: "core", Soft: 0, Hard: 0 },
          { Name: "nofile", Soft: 1024, Hard: 1024 },
        ],
        ShmSize: 1048576,
        IpcMode: "private",
        CgroupnsMode: "private",
        ReadonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
        LogConfig: { Type: "none", Config: {} },
        Init: false,
        AutoRemove: false,
        RestartPolicy: { Name: "no" },
      },
    });
    expect(MaskedPaths).toContain("/proc/kcore");
    expect(SecurityOpt).toHaveLength(2);
    expect(SecurityOpt[0]).toBe("no-new-privileges");
  });

  it("brings the room's own system call filter, which denies by default", () => {
    const profile = JSON.parse(String(asked.HostConfig.SecurityOpt[1]).slice("seccomp=".length)) as {
      defaultAction: string;
      syscalls: { names: string[]; action: string; args?: unknown[]; errnoRet?: number }[];
    };
    expect(profile.defaultAction).toBe("SCMP_ACT_ERRNO");
    const free = new Set(profile.syscalls.filter((rule) => rule.action === "SCMP_ACT_ALLOW" && rule.args === undefined).flatMap((rule) => rule.names));
    const never = `ptrace process_vm_readv process_vm_writev pidfd_getfd kcmp io_uring_setup io_uring_enter io_uring_register bpf perf_event_open userfaultfd keyctl add_key
      request_key mount umount2 pivot_root chroot unshare setns clone3 fsopen fsmount move_mount open_tree open_by_handle_at name_to_handle_at init_module finit_module
      delete_module kexec_load kexec_file_load reboot swapon swapoff clock_settime settimeofday acct quotactl syslog setuid setgid setgroups setresuid capset io_setup
      shmget msgget semget fanotify_init memfd_secret vmsplice process_madvise socketcall ipc modify_ldt seccomp`;
    expect(never.split(/\s+/).filter((name) => free.has(name))).toEqual([]);
    // These depend on their arguments, and must not be free besides.
    expect(["socket", "socketpair", "clone", "mknod", "mknodat", "personality"].filter((name) => free.has(name))).toEqual([]);
    expect(profile.syscalls.find((rule) => rule.names.includes("clone3"))).toEqual({ names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38 });
    expect(profile.syscalls.flatMap((rule) => rule.names).every((name) => /^[a-z_0-9]+$/.test(name))).toBe(true);
  });

  it("takes a runtime only when one is asked for", () => {
    expect(containerSpec({ ...needs, runtime: "runsc" }, owner).HostConfig.Runtime).toBe("runsc");
    expect("Runtime" in asked.HostConfig).toBe(false);
  });
});

describe("networks", () => {
  const job = containerSpec({ ...needs, network: { name: "agentctl-net-x" } }, owner);
  const proxy = containerSpec({ ...needs, network: { name: "agentctl-net-x", outward: { dns: ["10.0.0.53"] } } }, owner);
  const socketRules = (options: HardenedOptions): unknown[] => {
    const profile = JSON.parse(String(options.HostConfig.SecurityOpt[1]).slice("seccomp=".length)) as { syscalls: { names: string[]; args?: unknown[] }[] };
    return profile.syscalls.filter(({ names }) => names.includes("socket")).map(({ args }) => args);
  };

  it("of a call have no name server; only the proxy asks for names, and it does not forward", () => {
    expect(job.HostConfig).toMatchObject({ NetworkMode: "agentctl-net-x", Dns: ["127.0.0.1"], DnsSearch: ["."], DnsOptions: [] });
    expect("Sysctls" in job.HostConfig).toBe(false);
    expect(proxy.HostConfig).toMatchObject({ NetworkMode: "agentctl-net-x", Dns: ["10.0.0.53"], Sysctls: { "net.ipv4.ip_forward": "0" } });
  });

  it("leave a job unix sockets and TCP over IPv4", () => {
    const equal = (index: number, value: number): object => ({ index, value, op: "SCMP_CMP_EQ" });
    expect(socketRules(job)).toEqual([[equal(0, 1)], [equal(0, 2), { index: 1, value: 15, valueTwo: 1, op: "SCMP_CMP_MASKED_EQ" }]]);
    expect(socketRules(asked)).toHaveLength(3);
    expect(socketRules(proxy)).toEqual(socketRules(asked));
  });

  it.each(["Dns", "DnsSearch", "Sysctls", "NetworkMode"])("are refused where the engine made another %s", (name) => {
    const other = made(job);
    Object.assign(other.HostConfig, { [name]: name === "NetworkMode" ? "bridge" : name === "Sysctls" ? { "net.ipv4.ip_forward": "1" } : ["8.8.8.8"] });
    expect(() => verifyContainer(job, made(job))).not.toThrow();
    expect(() => verifyContainer(job, other)).toThrow(expect.objectContaining({ code: "runner/not-hardened" }));
  });
});

describe("mounts", () => {
  const view = { volume: "agentctl-view-x", target: "/workspace", writes: false };
  const scratch = { volume: "agentctl-scratch-x", target: "/workspace/scratch", writes: true };
  const withMounts = containerSpec({ ...needs, mounts: [view, scratch], fileBytesMax: 1000 }, owner);
  const given = [
    { Type: "volume", Name: "agentctl-view-x", Source: "/var/lib/a", Destination: "/workspace", Driver: "local", Mode: "z", RW: false, Propagation: "" },
    {
      Type: "volume",
      Name: "agentctl-scratch-x",
      Source: "/var/lib/b",
      Destination: "/workspace/scratch",
      Driver: "local",
      Mode: "z",
      RW: true,
      Propagation: "",
    },
  ];
  const madeWith = (mounts: unknown[]): ContainerInspectInfo => ({ ...made(withMounts), Mounts: mounts }) as unknown as ContainerInspectInfo;

  it("are volumes only, never with what the image has there, read-only unless the job writes", () => {
    expect(withMounts.HostConfig.Mounts).toEqual([
      { Type: "volume", Source: "agentctl-view-x", Target: "/workspace", ReadOnly: true, VolumeOptions: { NoCopy: true } },
      { Type: "volume", Source: "agentctl-scratch-x", Target: "/workspace/scratch", ReadOnly: false, VolumeOptions: { NoCopy: true } },
    ]);
    expect(withMounts.HostConfig.Ulimits).toContainEqual({ Name: "fsize", Soft: 1000, Hard: 1000 });
  });

  it("are accepted as they were asked for, in any order", () => {
    expect(() => verifyContainer(withMounts, madeWith(given))).not.toThrow();
    expect(() => verifyContainer(withMounts, madeWith(given.toReversed()))).not.toThrow();
  });

  it.each([
    ["one is missing", given.slice(1)],
    ["there is one more", [...given, { ...given[0], Destination: "/more" }]],
    ["it lies elsewhere", [{ ...given[0], Destination: "/" }, given[1]]],
    ["it may be written", [{ ...given[0], RW: true }, given[1]]],
    ["it is another volume", [{ ...given[0], Name: "other" }, given[1]]],
    ["it is a folder of the host", [{ ...given[0], Type: "bind" }, given[1]]],
    ["it has another driver", [{ ...given[0], Driver: "nfs" }, given[1]]],
  ])("are refused when %s", (_, mounts) => {
    expect(caught(() => verifyContainer(withMounts, madeWith(mounts)))).toMatchObject({ code: "runner/not-hardened", details: { field: "Mounts" } });
  });
});

describe("verification", () => {
  it("accepts what was asked for, whatever else the engine says", () => {
    expect(() => verifyContainer(asked, made())).not.toThrow();
    const swapped = made();
    (swapped.HostConfig.Ulimits as unknown[]).reverse();
    expect(() => verifyContainer(asked, swapped)).not.toThrow();
  });

  const places = comparisons(asked, made()).map(({ field }) => field);

  it("looks at 50 fields and more", () => {
    expect(places.length).toBeGreaterThan(50);
    expect(new Set(places).size).toBe(places.length);
  });

  it.each(places)("refuses another %s, and names it", (field) => {
    const other = fc.sample(fc.constantFrom<unknown>("other", ["other"], { other: "x" }, 7, true), 5);
    for (const value of other) {
      const found = made();
      change(found, field, value);
      const error = caught(() => verifyContainer(asked, found));
      // What the engine may say in several ways is compared by its meaning: only a change of that is a change.
      if (comparisons(asked, found).every(({ expected, found: now }) => JSON.stringify(expected) === JSON.stringify(now))) continue;
      expect(error).toBeInstanceOf(AgentctlError);
      expect(error).toMatchObject({ code: "runner/not-hardened", details: { field } });
    }
    const gone = made();
    change(gone, field, "other");
    expect(caught(() => verifyContainer(asked, gone))).toMatchObject({ message: expect.stringContaining(field) as string });
  });

  it("refuses a volume that the image declares, and says what to do", () => {
    const found = { ...made(), Mounts: [{ Type: "volume", Name: "x", Source: "/var/lib/x", Destination: "/data", Mode: "", RW: true, Propagation: "" }] };
    expect(caught(() => verifyContainer(asked, found as unknown as ContainerInspectInfo))).toMatchObject({
      hint: expect.stringContaining("without VOLUME") as string,
    });
  });

  it("refuses an engine that drops a limit", () => {
    for (const [field, value] of [
      ["PidsLimit", null],
      ["MemorySwap", -1],
      ["NanoCpus", 0],
      ["SecurityOpt", null],
      ["ReadonlyRootfs", false],
    ] as const) {
      const found = made();
      change(found, `HostConfig.${field}`, value);
      expect(caught(() => verifyContainer(asked, found))).toMatchObject({ details: { field: `HostConfig.${field}`, found: value } });
    }
  });
});

function change(info: ContainerInspectInfo, field: string, value: unknown): void {
  const all = info as unknown as { Config: { Labels: Record<string, unknown> }; HostConfig: Record<string, unknown> } & Record<string, unknown>;
  if (field.startsWith("Labels ")) all.Config.Labels[field.slice(7)] = value;
  else if (field === "HostConfig.LogConfig") all.HostConfig["LogConfig"] = { Type: value };
  else if (field === "HostConfig.RestartPolicy") all.HostConfig["RestartPolicy"] = { Name: value };
  else if (field === "HostConfig.Ulimits") all.HostConfig["Ulimits"] = [{ Name: "nofile", Soft: value, Hard: 1 }];
  else if (field === "Mounts") all["Mounts"] = [{ Type: value }];
  else {
    const [top, name] = field.split(".");
    if (name === undefined) all[field] = value;
    else Object.assign(all[top as "HostConfig"], { [name]: value });
  }
}

function caught(work: () => void): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}
