"""Which system calls a session may make. Compiled once on the host, loaded by each child with one prctl."""

from __future__ import annotations

import ctypes
import errno
import tempfile

# What Python and the scientific stack use. A call that is not listed "does not exist" (ENOSYS), which is the answer
# that C libraries know how to live with when they try a newer call first.
ALLOWED = """
accept accept4 access alarm arch_prctl bind brk capget chdir chmod clock_getres clock_gettime clock_nanosleep close
close_range connect copy_file_range dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2
epoll_wait eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2 fadvise64 fallocate fchdir fchmod
fchmodat fdatasync fgetxattr flistxattr flock fork fstat fstatfs fsync ftruncate futex futex_waitv get_robust_list
getcpu getcwd getdents getdents64 getegid geteuid getgid getgroups getitimer getpeername getpgid getpgrp getpid
getppid getpriority getrandom getresgid getresuid getrlimit getrusage getsid getsockname getsockopt gettid
gettimeofday getuid getxattr kill lgetxattr link linkat listen listxattr llistxattr lseek lstat membarrier mincore
mkdir mkdirat mlock mprotect mremap msync munlock munmap nanosleep newfstatat open openat openat2 pause pidfd_open
pidfd_send_signal pipe pipe2 poll ppoll pread64 preadv preadv2 pselect6 pwrite64 pwritev pwritev2 read readahead
readlink readlinkat readv recvfrom recvmmsg recvmsg rename renameat renameat2 restart_syscall rmdir rseq rt_sigaction
rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo
sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler
sched_setaffinity sched_yield select sendfile sendmmsg sendmsg sendto set_robust_list set_tid_address setitimer
setpgid setpriority setsid shutdown sigaltstack signalfd signalfd4 splice stat statfs statx symlink symlinkat
sync_file_range sysinfo tee tgkill time timer_create timer_delete timer_getoverrun timer_gettime timer_settime
timerfd_create timerfd_gettime timerfd_settime times tkill truncate umask uname unlink unlinkat utime utimensat utimes
vfork wait4 waitid write writev
""".split()

# Told apart from the rest only so that who tries them reads "not permitted".
REFUSED = """
acct add_key bpf chown chroot delete_module fchown fchownat finit_module fsconfig fsmount fsopen init_module
inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_uring_enter io_uring_register io_uring_setup ioperm
iopl kcmp kexec_file_load kexec_load keyctl lchown memfd_create memfd_secret mknod mknodat mount mount_setattr
move_mount mq_open msgget name_to_handle_at open_by_handle_at open_tree perf_event_open personality pidfd_getfd
pivot_root process_madvise process_vm_readv process_vm_writev ptrace quotactl reboot request_key semget setdomainname
setfsgid setfsuid setgid setgroups sethostname setns setregid setresgid setresuid setreuid setrlimit setuid shmat
shmget swapoff swapon syslog umount2 unshare userfaultfd vmsplice
""".split()

# Of some calls one argument decides. What is allowed is listed, and compared as the kernel reads it, by its lower half:
# a list of what is forbidden is got round by setting a bit in the upper one.
_LOWER = 0xFFFFFFFF
ONLY = {
    # A socket between processes of one session; the network namespace has nothing for the other families, and the
    # code behind them is where the kernel's holes are.
    "socket": (0, {1}),
    "socketpair": (0, {1}),
    # Not those that enlarge buffers, which hold memory that the watch does not see, or attach programs, of which the
    # whole machine has room for a certain number.
    "setsockopt": (2, set(range(64)) - {7, 8, 26, 27, 32, 33, 50, 51, 52}),
    # Not those that take memory away from where the watch looks: COLD, PAGEOUT, MERGEABLE.
    "madvise": (2, {0, 1, 2, 3, 4, 8, 9, 10, 11, 14, 15, 16, 17, 18, 19, 22, 23, 25}),
    # Names, and what can be asked. Not DUMPABLE: a session that nobody may read blinds the watch.
    "prctl": (0, {1, 2, 3, 15, 16, 21, 23, 27, 29, 30, 37, 38, 39, 40, 41, 42, 0x53564D41}),
    # Not SETLEASE, which makes whoever opens a file of this user wait, or NOTIFY, which watches what others read.
    "fcntl": (1, {*range(6), 8, 9, 10, 11, 15, 16, 36, 1025, 1027, 1028, *range(1030, 1039)}),
    # What files, pipes and terminals are asked by C libraries and Python, and cloning a file, which cp tries first.
    "ioctl": (1, {0x5401, 0x540F, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451, 0x5452, 0x40049409}),
}
# These are refused by name, so that who tries them reads "not permitted".
NEVER = {
    "socket": (0, set(range(64)) - {1}),
    "socketpair": (0, set(range(64)) - {1}),
    "setsockopt": (2, {7, 8, 26, 27, 32, 33, 50, 51, 52}),
    "madvise": (2, {12, 20, 21}),
    "prctl": (0, {4}),
    "fcntl": (1, {1024, 1026}),
}
# fcntl's F_SETLK, F_SETLKW and their OFD forms are granted and not kept: the kernel counts the memory of a lock towards
# nobody, not even a container, and a minute is enough for 5 GB. SQLite keeps its own order within one process.
GRANTED = {6, 7, 37, 38}

NEW_NAMESPACES = 0x7E020080
# Shared memory without a file outlives its pages in any process, and huge pages are the machine's: neither is counted.
_SHARED, _ANONYMOUS, _HUGE = 0x01, 0x20, 0x40000
_KINDS = _SHARED | _ANONYMOUS | _HUGE

CONDITIONAL = ["clone", "mmap", "prlimit64", *ONLY]


def compile_filter() -> bytes:
    """The filter as the kernel's own instructions."""
    import pyseccomp as seccomp

    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.ENOSYS))
    never = seccomp.ERRNO(errno.EPERM)
    native = seccomp.system_arch()
    for names, action in ((ALLOWED, seccomp.ALLOW), (REFUSED, never)):
        for name in names:
            if seccomp.resolve_syscall(native, name) >= 0:
                rules.add_rule(action, name)

    def when(action: object, name: str, number: int, value: int, mask: int = _LOWER) -> None:
        rules.add_rule(action, name, seccomp.Arg(number, seccomp.MASKED_EQ, mask, value))

    for listed, action in ((ONLY, seccomp.ALLOW), (NEVER, never)):
        for name, (number, values) in listed.items():
            for value in sorted(values):
                when(action, name, number, value)
    for command in sorted(GRANTED):
        when(seccomp.ERRNO(0), "fcntl", 1, command)
    # clone3 hides its flags behind a pointer; without it the C library falls back to clone, whose flags can be seen.
    when(seccomp.ALLOW, "clone", 0, 0, mask=NEW_NAMESPACES)
    for kind in (0, _SHARED, _ANONYMOUS):
        when(seccomp.ALLOW, "mmap", 3, kind, mask=_KINDS)
    for kind in (_SHARED | _ANONYMOUS, *(_HUGE | low for low in (0, _SHARED, _ANONYMOUS, _SHARED | _ANONYMOUS))):
        when(never, "mmap", 3, kind, mask=_KINDS)
    # Limits can be read, not set: one lowered on purpose would make the kernel end the session as if we had failed.
    rules.add_rule(seccomp.ALLOW, "prlimit64", seccomp.Arg(2, seccomp.EQ, 0))
    rules.add_rule(never, "prlimit64", seccomp.Arg(2, seccomp.NE, 0))
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def load(instructions: bytes, prctl: ctypes._FuncPointer) -> None:
    """From here on, for this process and all that it starts. Needs no_new_privs."""
    program = _Program(len(instructions) // 8, instructions)
    if prctl(22, 2, ctypes.byref(program), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")
