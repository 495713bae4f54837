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
fchmodat fcntl fdatasync fgetxattr flistxattr flock fork fstat fstatfs fsync ftruncate futex futex_waitv
get_robust_list getcpu getcwd getdents getdents64 getegid geteuid getgid getgroups getitimer getpeername getpgid
getpgrp getpid getppid getpriority getrandom getresgid getresuid getrlimit getrusage getsid getsockname getsockopt
gettid gettimeofday getuid getxattr inotify_add_watch inotify_init inotify_init1 inotify_rm_watch ioctl kill
lgetxattr link linkat listen listxattr llistxattr lseek lstat membarrier mincore mkdir mkdirat mlock mmap
mprotect mremap msync munlock munmap nanosleep newfstatat open openat openat2 pause pidfd_open pidfd_send_signal
pipe pipe2 poll ppoll pread64 preadv preadv2 pselect6 pwrite64 pwritev pwritev2 read readahead readlink readlinkat
readv recvfrom recvmmsg recvmsg rename renameat renameat2 restart_syscall rmdir rseq rt_sigaction rt_sigpending
rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo sched_get_priority_max
sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_setaffinity
sched_yield select sendfile sendmmsg sendmsg sendto set_robust_list set_tid_address setitimer setpgid setpriority
setsid shutdown sigaltstack signalfd signalfd4 splice stat statfs statx symlink symlinkat sync_file_range
sysinfo tee tgkill time timer_create timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create
timerfd_gettime timerfd_settime times tkill truncate umask uname unlink unlinkat utime utimensat utimes vfork wait4
waitid write writev
""".split()

# Told apart from the rest only so that who tries them reads "not permitted".
REFUSED = """
acct add_key bpf chown chroot delete_module fchown fchownat finit_module fsconfig fsmount fsopen init_module
io_uring_enter io_uring_register io_uring_setup ioperm iopl kcmp kexec_file_load kexec_load keyctl lchown
memfd_create memfd_secret mknod mknodat mount mount_setattr move_mount mq_open msgget name_to_handle_at
open_by_handle_at open_tree perf_event_open personality pidfd_getfd pivot_root process_madvise process_vm_readv
process_vm_writev ptrace quotactl reboot request_key semget setdomainname setfsgid setfsuid setgid setgroups
sethostname setns setregid setresgid setresuid setreuid setrlimit setuid shmat shmget swapoff swapon syslog umount2
unshare userfaultfd vmsplice
""".split()

NEW_NAMESPACES = 0x7E020080
AF_UNIX = 1
SOCKET_OPTIONS = range(64)
BUFFER_SIZES = (7, 8, 32, 33)  # SO_SNDBUF, SO_RCVBUF and their FORCE forms
PR_SET_DUMPABLE = 4
MADV_PAGEOUT = 21


def compile_filter() -> bytes:
    """The filter as the kernel's own instructions."""
    import pyseccomp as seccomp

    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.ENOSYS))
    never = seccomp.ERRNO(errno.EPERM)
    native = seccomp.system_arch()
    for name in ALLOWED:
        if seccomp.resolve_syscall(native, name) >= 0:
            rules.add_rule(seccomp.ALLOW, name)
    for name in REFUSED:
        if seccomp.resolve_syscall(native, name) >= 0:
            rules.add_rule(never, name)
    # clone3 hides its flags behind a pointer; without it the C library falls back to clone, whose flags can be seen.
    rules.add_rule(seccomp.ALLOW, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, NEW_NAMESPACES, 0))
    # Only sockets between processes of the same session: the network namespace has none of the rest anyway, and the
    # code behind them is where the kernel's holes are.
    for name in ("socket", "socketpair"):
        rules.add_rule(seccomp.ALLOW, name, seccomp.Arg(0, seccomp.EQ, AF_UNIX))
        rules.add_rule(never, name, seccomp.Arg(0, seccomp.NE, AF_UNIX))
    # Larger socket buffers would hold memory that the watch does not see.
    for option in SOCKET_OPTIONS:
        rules.add_rule(
            never if option in BUFFER_SIZES else seccomp.ALLOW, "setsockopt", seccomp.Arg(2, seccomp.EQ, option)
        )
    # Memory that was pushed out to swap would not be counted.
    rules.add_rule(never, "madvise", seccomp.Arg(2, seccomp.EQ, MADV_PAGEOUT))
    rules.add_rule(seccomp.ALLOW, "madvise", seccomp.Arg(2, seccomp.NE, MADV_PAGEOUT))
    # A session that could make itself unreadable would blind the watch on its memory.
    rules.add_rule(never, "prctl", seccomp.Arg(0, seccomp.EQ, PR_SET_DUMPABLE))
    rules.add_rule(seccomp.ALLOW, "prctl", seccomp.Arg(0, seccomp.NE, PR_SET_DUMPABLE))
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
