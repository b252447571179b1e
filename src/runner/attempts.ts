/** An escape or abuse that is tried for real, and what is known of it. `open`: a limit of containers that is accepted and documented. */
export interface Attempt {
  id: string;
  what: string;
  expected: "held" | "open";
}

const held = (id: string, what: string): Attempt => ({ id, what, expected: "held" });
const open = (id: string, what: string): Attempt => ({ id, what, expected: "open" });

/** What runners/probes.py tries from inside; the ids are its own. */
export const attempts: readonly Attempt[] = [
  held("host-file", "see a file of the host"),
  held("host-pids", "see processes of the host or of other jobs"),
  held("leftover", "find a file of the job before"),
  held("shadow", "read /etc/shadow"),
  held("ptrace", "trace the launcher"),
  held("process-memory", "read the launcher's memory"),
  held("launcher-descriptors", "write into the launcher's protocol"),
  held("launcher-kill", "kill or stop the launcher"),
  held("secrets", "find secrets in the environment"),
  held("mount", "mount, remount, unmount, mount a cgroup (CVE-2022-0492)"),
  held("rootfs", "write the root file system, /etc/passwd, the launcher"),
  held("proc-sys", "open kernel settings and sysrq for writing"),
  held("cgroup", "open its own limits for writing"),
  held("mknod", "make a block or memory device"),
  held("devices", "find a device of the host"),
  held("volumes", "find writable storage that is not a tmpfs"),
  held("engine-sockets", "find the socket of a container engine"),
  held("exec-tmp", "run a program it has written"),
  held("setuid", "become root"),
  held("setuid-files", "gain rights by a setuid file"),
  held("capabilities", "use a capability"),
  held("seccomp", "run without a system call filter"),
  held("namespaces", "make or enter namespaces"),
  held("chroot", "change its root"),
  held("interfaces", "find a network interface"),
  held("addresses", "reach metadata, public, private and gateway addresses"),
  held("dns", "resolve a name"),
  held("host-loopback", "reach a listener on the host's 127.0.0.1"),
  held("abstract-socket", "reach an abstract unix socket of the host"),
  held("vsock", "open the channel to a hypervisor (AF_VSOCK)"),
  held("raw-sockets", "open raw and packet sockets"),
  held("odd-sockets", "open netlink, AF_ALG and other rare sockets"),
  held("kernel-interfaces", "use keys, bpf, perf, userfaultfd, fanotify"),
  held("io-uring", "use io_uring"),
  held("kernel-control", "set the clock, load modules, kexec, swap, reboot, real-time priority"),
  held("file-handles", "open a file by its handle"),
  held("kernel-memory", "read kcore, keys, firmware, the kernel's log"),
  held("open-files", "open more files than its limit"),
  held("shared-memory", "fill /dev/shm beyond 1 MiB"),
  open("exec-memfd", "run a program from memory: noexec is hygiene, no boundary"),
  open("mount-paths", "see where the engine stores images"),
  open("host-kernel", "see the host's kernel version and CPUs"),
];

/** What runners/probes_network.py tries from a job on a call's network. */
export const networkAttempts: readonly Attempt[] = [
  held("network-host", "reach the host from the network of a call"),
  held("network-outside", "reach the internet past the proxy"),
  held("network-names", "resolve a name past the proxy"),
  held("network-sockets", "use datagrams, raw sockets or IPv6 on the network of a call"),
];
