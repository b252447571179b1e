"""Escape attempts from inside a job container, for `agentctl doctor --prove` and the tests. Prints one JSON object: id -> [open, found].

Each attempt runs in a forked child, does no harm where it succeeds (files are opened for writing, never written), and counts as
open when the kernel let it through. What is expected of each is said by the host. Needs ctypes; x86-64 and arm64.
"""

import ctypes
import errno
import json
import os
import platform
import re
import signal
import socket
import stat
import struct
import subprocess
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
ARM = platform.machine() == "aarch64"
NUMBERS = {  # name: (x86-64, arm64)
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "unshare": (272, 97), "setns": (308, 268), "clone": (56, 220), "clone3": (435, 435), "keyctl": (250, 219), "add_key": (248, 217), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425), "clock_settime": (227, 112), "init_module": (175, 105),
    "finit_module": (313, 273), "kexec_load": (246, 104), "swapon": (167, 224), "sethostname": (170, 161), "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264), "syslog": (103, 116), "setuid": (105, 146), "memfd_create": (319, 279), "fsopen": (430, 430),
    "open_tree": (428, 428), "move_mount": (429, 429), "pidfd_getfd": (438, 438), "kcmp": (312, 272), "sched_setscheduler": (144, 119), "reboot": (169, 142),
    "acct": (163, 89), "quotactl": (179, 60), "io_setup": (206, 0), "personality": (135, 92), "fanotify_init": (300, 262), "lookup_dcookie": (212, 18),
}
CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWPID = 0x00020000, 0x10000000, 0x40000000, 0x20000000
probes = {}


def probe(name):
    def keep(function):
        probes[name] = function
        return function

    return keep


def call(name, *args):
    """One raw system call: (True, what it returned), or (False, the name of the error)."""
    ctypes.set_errno(0)
    result = libc.syscall(NUMBERS[name][ARM], *args)
    if result >= 0:
        return True, "%s returned %d" % (name, result)
    return False, "%s %s" % (name, errno.errorcode.get(ctypes.get_errno(), ctypes.get_errno()))


def tried(function, *args, **options):
    """A call that raises OSError where it is refused."""
    try:
        result = function(*args, **options)
    except OSError as error:
        return False, errno.errorcode.get(error.errno, str(error))
    return True, "let through" if result is None else "let through: %.60r" % (result,)


def several(results):
    """Open when any is; says which, or else the refusals."""
    results = list(results)
    opened = [found for is_open, found in results if is_open]
    return bool(opened), "; ".join(opened or sorted({found for _, found in results})) or "nothing there"


def opens(path, flags=os.O_RDONLY):
    is_open, found = tried(os.open, path, flags)
    return is_open, "%s %s" % (path, "opened" if is_open else found)


def reads(path):
    """Masked files may open and be empty."""
    try:
        with open(path, "rb") as file:
            data = file.read(64)
        return len(data) > 0, "%s %s" % (path, "%d bytes" % len(data) if data else "empty")
    except OSError as error:
        return False, "%s %s" % (path, errno.errorcode.get(error.errno))


# ---- files and processes of others


@probe("host-file")
def _():
    path = os.environ["PROBE_FILE"]
    return os.path.exists(path), "%s %s" % (path, "there" if os.path.exists(path) else "not there")


@probe("host-pids")
def _():
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    strangers = [pid for pid in pids if pid != 1 and pid not in (os.getpid(), os.getppid())]
    return len(strangers) > 0, "%d processes, %d of others" % (len(pids), len(strangers))


@probe("leftover")
def _():
    left = [os.path.join(folder, name) for folder in ("/tmp", "/work", "/work/out", "/dev/shm") for name in os.listdir(folder)]
    left = [path for path in left if "agentctl-leftover" in path]
    return bool(left), ", ".join(left) or "nothing of the run before"


@probe("shadow")
def _():
    return reads("/etc/shadow")


@probe("ptrace")
def _():
    seize = 0x4206
    return call("ptrace", seize, 1, 0, 0)


@probe("process-memory")
def _():
    buffer = ctypes.create_string_buffer(8)
    local = struct.pack("QQ", ctypes.addressof(buffer), 8)
    return several([call("process_vm_readv", 1, local, 1, local, 1, 0), opens("/proc/1/mem"), call("kcmp", 1, os.getpid(), 0, 0, 0)])


@probe("launcher-descriptors")
def _():
    pidfd = os.pidfd_open(1)
    return several([call("pidfd_getfd", pidfd, 1, 0), opens("/proc/1/fd/1", os.O_WRONLY), opens("/proc/1/fd/0")])


@probe("launcher-kill")
def _():
    for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGINT):
        os.kill(1, number)
    time.sleep(0.05)
    state = open("/proc/1/stat").read().rsplit(")", 1)[1].split()[0]
    return state in "TtZX", "the launcher is in state %s" % state


@probe("secrets")
def _():
    named = [name for name in os.environ if re.search("SECRET|TOKEN|PASSW|API_?KEY|CREDENTIAL", name, re.I)]
    is_open, found = reads("/proc/1/environ")
    return bool(named) or is_open, ", ".join(named) or found


# ---- mounts, root file system, devices


@probe("mount")
def _():
    nothing = ctypes.c_char_p(None)
    bind_remount_rw = 32 | 4096
    return several(
        [
            call("mount", b"none", b"/tmp", b"tmpfs", 0, nothing),
            call("mount", b"none", b"/", nothing, bind_remount_rw, nothing),
            call("mount", b"none", b"/work", nothing, bind_remount_rw, nothing),
            call("mount", b"cgroup", b"/tmp", b"cgroup", 0, b"memory"),
            call("umount2", b"/proc/kcore", 2),
            call("umount2", b"/proc/sys", 2),
            call("fsopen", b"tmpfs", 0),
            call("open_tree", -100, b"/", 1),
            call("move_mount", -100, b"/tmp", -100, b"/work", 0),
        ]
    )


@probe("rootfs")
def _():
    create = os.O_WRONLY | os.O_CREAT
    return several([opens("/probe", create), opens("/etc/passwd", os.O_WRONLY), opens("/agentctl/launcher.py", os.O_WRONLY), opens("/var/probe", create)])


@probe("proc-sys")
def _():
    paths = ["/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sys/vm/overcommit_memory", "/proc/sysrq-trigger", "/proc/1/oom_score_adj"]
    paths += ["/sys/kernel/mm/transparent_hugepage/enabled", "/sys/kernel/uevent_helper", "/sys/power/state"]
    return several(opens(path, os.O_WRONLY) for path in paths)


@probe("cgroup")
def _():
    found = []
    for folder, _, names in os.walk("/sys/fs/cgroup"):
        found += [os.path.join(folder, name) for name in names if name in ("cgroup.procs", "release_agent", "memory.max", "memory.limit_in_bytes", "pids.max")]
    return several(opens(path, os.O_WRONLY) for path in found[:40])


@probe("mknod")
def _():
    return several([tried(os.mknod, "/tmp/disk", 0o600 | stat.S_IFBLK, os.makedev(8, 0)), tried(os.mknod, "/tmp/mem", 0o600 | stat.S_IFCHR, os.makedev(1, 1))])


@probe("devices")
def _():
    ordinary = {"null", "zero", "full", "random", "urandom", "tty", "ptmx", "console"}
    others = [name for name in os.listdir("/dev") if stat.S_IFMT(os.lstat("/dev/" + name).st_mode) in (stat.S_IFBLK, stat.S_IFCHR) and name not in ordinary]
    return bool(others), ", ".join(others) or "only the ordinary ones"


@probe("volumes")
def _():
    rows = [line.split() for line in open("/proc/mounts")]
    writable = [row[1] for row in rows if "rw" in row[3].split(",") and row[2] not in ("tmpfs", "proc", "devpts", "mqueue", "sysfs", "cgroup", "cgroup2")]
    loose = [row[1] for row in rows if row[2] == "tmpfs" and row[1] in ("/tmp", "/work", "/dev/shm") and not {"noexec", "nosuid", "nodev"} <= set(row[3].split(","))]
    return bool(writable or loose), "; ".join(writable + loose) or "only tmpfs, noexec nosuid nodev"


@probe("engine-sockets")
def _():
    names = ("docker.sock", "containerd/containerd.sock", "docker/containerd/containerd.sock", "podman/podman.sock", "crio/crio.sock")
    there = [path for path in ["/run/" + name for name in names] + ["/var/run/" + name for name in names] if os.path.exists(path)]
    return bool(there), ", ".join(there) or "none there"


@probe("exec-tmp")
def _():
    def execute(folder):
        path = folder + "/program"
        with open("/bin/true", "rb") as source, open(path, "wb") as copy:
            copy.write(source.read())
        os.chmod(path, 0o700)
        return tried(subprocess.run, [path], check=False)

    return several(execute(folder) for folder in ("/tmp", "/work", "/dev/shm"))


@probe("exec-memfd")
def _():
    handle = os.memfd_create("program")
    with open("/bin/true", "rb") as source:
        os.write(handle, source.read())
    return tried(subprocess.run, ["/proc/self/fd/%d" % handle], pass_fds=[handle], check=False)


@probe("mount-paths")
def _():
    roots = sorted({line.split()[3] for line in open("/proc/self/mountinfo") if line.split()[3] != "/"})
    inside = re.findall(r"upperdir=([^,]+)", open("/proc/self/mountinfo").read())
    return bool(inside), "engine's storage: %s" % inside[0] if inside else "%d subtrees, no storage path" % len(roots)


@probe("host-kernel")
def _():
    return True, "%s, %d CPUs" % (platform.release(), os.cpu_count())


# ---- identity and namespaces


@probe("setuid")
def _():
    return several([call("setuid", 0), tried(os.setgid, 0), tried(os.setgroups, [0])])


@probe("setuid-files")
def _():
    found = []
    for top in ("/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/local"):
        for folder, _, names in os.walk(top):
            for name in names:
                mode = os.lstat(os.path.join(folder, name)).st_mode
                if stat.S_ISREG(mode) and mode & 0o6000:
                    found.append(name)
    no_new = "NoNewPrivs:\t1" in open("/proc/self/status").read()
    return not no_new, "no new privileges %s; %d such files in the image" % ("set" if no_new else "NOT set", len(found))


@probe("capabilities")
def _():
    sets = dict(re.findall(r"(Cap\w+):\t([0-9a-f]+)", open("/proc/self/status").read()))
    return any(int(value, 16) for value in sets.values()), " ".join("%s %x" % (name, int(value, 16)) for name, value in sets.items())


@probe("seccomp")
def _():
    mode = re.search(r"Seccomp:\t(\d)", open("/proc/self/status").read())
    return mode is None or mode[1] != "2", "mode %s" % (mode[1] if mode else "unknown")


@probe("namespaces")
def _():
    handle = os.open("/proc/self/ns/mnt", os.O_RDONLY)
    return several(
        [call("unshare", kind) for kind in (CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWNET, CLONE_NEWPID)]
        + [call("setns", handle, 0), call("clone", CLONE_NEWUSER | signal.SIGCHLD, 0, 0, 0, 0), call("clone3", b"\0" * 64, 64)]
    )


@probe("chroot")
def _():
    return several([call("chroot", b"/tmp"), call("pivot_root", b"/tmp", b"/tmp")])


# ---- the network


@probe("interfaces")
def _():
    names = [line.split(":")[0].strip() for line in open("/proc/net/dev").readlines()[2:]]
    others = [name for name in names if name not in ("lo", "tunl0", "sit0", "ip6tnl0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0", "ip6gre0")]
    return bool(others), ", ".join(others) or "only lo"


@probe("addresses")
def _():
    def reach(host, port):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as client:
            client.settimeout(1)
            return tried(client.connect, (host, port))

    places = [("169.254.169.254", 80), ("1.1.1.1", 53), ("172.17.0.1", 22), ("10.0.0.1", 80), ("192.168.1.1", 80), ("2606:4700:4700::1111", 53), ("fe80::1", 80)]
    return several(reach(*place) for place in places)


@probe("dns")
def _():
    try:
        return True, socket.gethostbyname("example.com")
    except OSError as error:
        return False, str(error)


@probe("host-loopback")
def _():
    with socket.socket() as client:
        client.settimeout(1)
        return tried(client.connect, ("127.0.0.1", int(os.environ["PROBE_PORT"])))


@probe("abstract-socket")
def _():
    with socket.socket(socket.AF_UNIX) as client:
        return tried(client.connect, "\0" + os.environ["PROBE_SOCKET"])


def family(number, kind=socket.SOCK_STREAM, protocol=0):
    is_open, found = tried(socket.socket, number, kind, protocol)
    return is_open, "family %d %s" % (number, found)


@probe("vsock")
def _():
    return family(40)


@probe("raw-sockets")
def _():
    return several([family(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP), family(17, socket.SOCK_RAW, 0x0300), family(17, socket.SOCK_DGRAM, 0x0300)])


@probe("odd-sockets")
def _():
    return several(family(number, socket.SOCK_DGRAM) if number == 16 else family(number, socket.SOCK_SEQPACKET) for number in (16, 38, 31, 29, 21, 44, 9))


# ---- the kernel


@probe("kernel-interfaces")
def _():
    return several(
        [
            call("keyctl", 0, -3, 1),
            call("add_key", b"user", b"probe", b"x", 1, -1),
            call("bpf", 0, b"\0" * 64, 64),
            call("perf_event_open", struct.pack("IIQ", 1, 112, 0) + b"\0" * 96, 0, -1, -1, 0),
            call("userfaultfd", 1),
            call("fanotify_init", 0, 0),
        ]
    )


@probe("io-uring")
def _():
    return call("io_uring_setup", 4, ctypes.create_string_buffer(120))


@probe("kernel-control")
def _():
    now = struct.pack("qq", int(time.time()), 0)
    return several(
        [
            call("clock_settime", 0, now),
            call("init_module", None, 0, b""),
            call("finit_module", -1, b"", 0),
            call("kexec_load", 0, 0, None, 0),
            call("swapon", b"/nowhere", 0),
            call("reboot", 0, 0, 0, None),
            call("acct", None),
            call("quotactl", 0x800000, None, 0, None),
            call("sethostname", b"probe", 5),
            call("sched_setscheduler", 0, 1, struct.pack("i", 1)),
        ]
    )


@probe("file-handles")
def _():
    handle = struct.pack("II", 120, 0) + b"\0" * 128
    return several([call("open_by_handle_at", -100, handle, 0), call("name_to_handle_at", -100, b"/", handle, ctypes.create_string_buffer(8), 0)])


@probe("kernel-memory")
def _():
    paths = ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/dev/mem", "/dev/kmsg", "/proc/kmsg"]
    firmware = os.listdir("/sys/firmware") if os.path.isdir("/sys/firmware") else []
    return several([reads(path) for path in paths] + [(bool(firmware), "/sys/firmware %d entries" % len(firmware)), call("syslog", 3, ctypes.create_string_buffer(64), 64)])


# ---- limits that need no container of their own


@probe("open-files")
def _():
    handles = []
    try:
        while len(handles) < 5000:
            handles.append(os.open("/dev/null", os.O_RDONLY))
        return True, "5000 opened"
    except OSError as error:
        return False, "%s at %d" % (errno.errorcode[error.errno], len(handles))


@probe("shared-memory")
def _():
    block = b"x" * 65536
    written = 0
    try:
        with open("/dev/shm/probe", "wb", buffering=0) as file:
            while written < 8 << 20:
                written += file.write(block)
        return True, "8 MiB written"
    except OSError as error:
        return False, "%s at %d KiB" % (errno.errorcode[error.errno], written >> 10)
    finally:
        os.unlink("/dev/shm/probe")


def in_child(function):
    """(open, found) of one attempt; one that ends its process is held by that."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.alarm(8)
        try:
            answer = function()
        except Exception as error:
            answer = (None, "%s: %s" % (type(error).__name__, error))
        os.write(writer, json.dumps([answer[0] if answer[0] is None else bool(answer[0]), str(answer[1])[:300]]).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        text = answer.read()
    _, status = os.waitpid(pid, 0)
    return json.loads(text) if text else [None, "ended with status %d" % status]


sys.stdout.write(json.dumps({name: in_child(function) for name, function in probes.items()}))
