/**
 * The system calls a job may make; everything else fails with EPERM. Narrower than the engines' default profiles: no ptrace and no
 * reading of other processes, no io_uring, no AIO, no keys, no namespaces, no mounts, no System V IPC, no user switching, no handles
 * to files, no clock or scheduling of others, sockets only of the families that programs without a network use on themselves.
 * bash, CPython with threads, processes, asyncio, SQLite and numpy, and Node with workers run unchanged under it.
 */

interface Condition {
  index: number;
  value: number;
  valueTwo?: number;
  op: "SCMP_CMP_EQ" | "SCMP_CMP_MASKED_EQ";
}

interface Rule {
  names: readonly string[];
  action: "SCMP_ACT_ALLOW" | "SCMP_ACT_ERRNO";
  errnoRet?: number;
  args?: readonly Condition[];
}

const ENOSYS = 38;
const fileKind = { mask: 0o170000, fifo: 0o010000, regular: 0o100000 };
const sockets = { AF_UNIX: 1, AF_INET: 2, AF_INET6: 10 };
/** NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const namespaceFlags = 0x7e020000;

const files = `access chdir chmod close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64 fadvise64_64
  fallocate fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl fcntl64 fdatasync fgetxattr flistxattr flock fstat fstat64 fstatat64
  fstatfs fstatfs64 fsync ftruncate ftruncate64 futimesat getcwd getdents getdents64 getxattr inotify_add_watch inotify_init
  inotify_init1 inotify_rm_watch ioctl lchown lgetxattr link linkat listxattr llistxattr lseek _llseek lstat lstat64 mkdir mkdirat
  newfstatat open openat openat2 pipe pipe2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv
  rename renameat renameat2 rmdir sendfile sendfile64 splice stat stat64 statfs statfs64 statx symlink symlinkat sync_file_range tee
  truncate truncate64 umask unlink unlinkat utime utimensat utimensat_time64 utimes write writev cachestat chown fremovexattr fsetxattr`;

const memory = `brk madvise membarrier memfd_create mincore mlock mlock2 mlockall mmap mmap2 mprotect mremap mseal msync munlock munlockall
  munmap pkey_alloc pkey_free pkey_mprotect map_shadow_stack`;

const processes = `arch_prctl capget execve execveat exit exit_group fork getcpu getegid getegid32 geteuid geteuid32 getgid getgid32
  getgroups getgroups32 getpgid getpgrp getpid getppid getpriority getresgid getresgid32 getresuid getresuid32 getrlimit ugetrlimit
  getrusage getsid gettid getuid getuid32 ioprio_get kill pidfd_open pidfd_send_signal prctl prlimit64 restart_syscall rseq
  rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64
  rt_tgsigqueueinfo sched_getaffinity sched_getattr sched_getparam sched_get_priority_max sched_get_priority_min sched_getscheduler
  sched_setaffinity sched_yield set_robust_list get_robust_list set_tid_address set_thread_area get_thread_area setpgid setpriority
  setrlimit setsid sigaltstack signalfd signalfd4 sigreturn sysinfo tgkill times tkill uname vfork wait4 waitid waitpid`;

const waiting = `alarm clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64 epoll_create
  epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 futex futex_requeue futex_time64 futex_wait futex_waitv
  futex_wake getitimer getrandom gettimeofday nanosleep pause poll ppoll ppoll_time64 pselect6 pselect6_time64 select _newselect
  setitimer time timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64
  timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64`;

const talking = `accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64 recvmsg send
  sendmmsg sendmsg sendto setsockopt shutdown`;

const allow = (names: string, args?: readonly Condition[]): Rule => ({
  names: names.split(/\s+/),
  action: "SCMP_ACT_ALLOW",
  ...(args === undefined ? {} : { args }),
});
const equals = (index: number, value: number): Condition => ({ index, value, op: "SCMP_CMP_EQ" });
const masked = (index: number, mask: number, value: number): Condition => ({ index, value: mask, valueTwo: value, op: "SCMP_CMP_MASKED_EQ" });

const SOCK_STREAM = 1;
/** Of a socket's type, what is not SOCK_CLOEXEC or SOCK_NONBLOCK. */
const typeMask = 0xf;

const profileOf = (families: readonly Rule[]): object => ({
  defaultAction: "SCMP_ACT_ERRNO",
  // One architecture each, without its 32-bit half: what is not native does not run.
  archMap: ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"].map((architecture) => ({ architecture, subArchitectures: [] })),
  syscalls: [
    ...[files, memory, processes, waiting, talking].map((names) => allow(names)),
    ...families,
    allow("socketpair", [equals(0, sockets.AF_UNIX)]),
    allow("clone", [masked(0, namespaceFlags, 0)]),
    // Its flags lie in memory, where a filter cannot look: libraries take ENOSYS as the sign to use clone.
    { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS } satisfies Rule,
    ...[fileKind.fifo, fileKind.regular].flatMap((kind) => [
      allow("mknod", [masked(1, fileKind.mask, kind)]),
      allow("mknodat", [masked(2, fileKind.mask, kind)]),
    ]),
    // ZeroMQ sets each of its threads to the ordinary policy, which they have, and ends where it may not.
    allow("sched_setscheduler", [equals(1, 0)]),
    // The two questions that change nothing: which personality, and the ordinary one.
    allow("personality", [equals(0, 0)]),
    allow("personality", [equals(0, 0xffffffff)]),
  ],
});

/** The profile as the engine takes it, in `SecurityOpt`. */
export const seccompProfile: string = JSON.stringify(profileOf(Object.values(sockets).map((family) => allow("socket", [equals(0, family)]))));

/**
 * For a job on a network: of the internet's families only TCP over IPv4. The host answers on its bridge for every address that it has, also where it has
 * none there, and a socket bound to an interface reaches it without a route: a datagram would arrive, and it takes none. TCP needs an answer, which has no way back.
 */
export const networkedProfile: string = JSON.stringify(
  profileOf([allow("socket", [equals(0, sockets.AF_UNIX)]), allow("socket", [equals(0, sockets.AF_INET), masked(1, typeMask, SOCK_STREAM)])]),
);
