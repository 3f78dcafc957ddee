"""The system calls a worker keeps: memory, its pipes, reading files that Landlock leaves it, threads, the clock.

Everything else answers EPERM: sockets, new processes, other processes, the system. A list of what is allowed, not of
what is forbidden, so that a call the kernel learns tomorrow is refused as well.
"""

from __future__ import annotations

import errno
import os
from typing import Any

_ALWAYS = """
read readv pread64 preadv write writev lseek close close_range fstat newfstatat stat lstat statx dup dup2 dup3
access faccessat readlink readlinkat getcwd getdents64 fadvise64
munmap mremap brk madvise membarrier mincore
futex futex_waitv set_robust_list get_robust_list rseq set_tid_address sched_yield sched_getaffinity sched_getparam
sched_getscheduler gettid getpid getppid getuid geteuid getgid getegid getpgrp
rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack rt_sigpending restart_syscall
clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time times getrusage getrandom
poll ppoll select pselect6 uname sysinfo getcpu getrlimit exit exit_group arch_prctl
""".split()  # noqa: SIM905 - a page to read, not a list of one word a line
# Absent, not forbidden: the C library then takes the older call, whose arguments a filter can see.
_ABSENT = ("clone3", "openat2", "faccessat2")
_WRITING = os.O_ACCMODE | os.O_CREAT | os.O_TRUNC | os.O_APPEND | 0o20000000  # 0o20000000 is O_TMPFILE's own bit
_PROT_WRITE, _PROT_EXEC, _MAP_ANONYMOUS = 2, 4, 0x20
_CLONE_THREAD = 0x10000
_TERMINAL_AND_INHERITANCE = (0x5401, 0x5450, 0x5451)  # what opening a file in Python asks: TCGETS, FIONCLEX, FIOCLEX
_DESCRIPTOR_FLAGS = (0, 1, 2, 3, 1030)  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC
_PR_SET_NAME, _PR_SET_VMA = 15, 0x53564D41


def prepare() -> Any:
    """The filter, made but not yet in force; None where libseccomp is missing. Finding libseccomp needs a process."""
    try:
        import pyseccomp as seccomp

        rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
        for name in _ALWAYS:
            _add(seccomp, rules, seccomp.ALLOW, name)
        for name in _ABSENT:
            _add(seccomp, rules, seccomp.ERRNO(errno.ENOSYS), name)
        _with_arguments(seccomp, rules)
    except (ImportError, OSError, RuntimeError):
        return None
    return rules


def restrict(rules: Any) -> bool:
    """Put the filter on this process, for ever. False where there is none or the kernel refuses it."""
    try:
        if rules is not None:
            rules.load()
    except (OSError, RuntimeError):
        return False
    return rules is not None


def _with_arguments(seccomp: Any, rules: Any) -> None:
    """The calls that are harmless only with certain arguments."""
    arg, masked, equal = seccomp.Arg, seccomp.MASKED_EQ, seccomp.EQ
    allow = seccomp.ALLOW
    _add(seccomp, rules, allow, "openat", arg(2, masked, _WRITING, os.O_RDONLY))
    _add(seccomp, rules, allow, "open", arg(1, masked, _WRITING, os.O_RDONLY))
    # Memory is executable only as part of a file that may be read (a library), never as made or changed here.
    _add(seccomp, rules, allow, "mmap", arg(2, masked, _PROT_EXEC, 0))
    _add(seccomp, rules, allow, "mmap", arg(2, masked, _PROT_EXEC | _PROT_WRITE, _PROT_EXEC),
         arg(3, masked, _MAP_ANONYMOUS, 0))  # fmt: skip
    _add(seccomp, rules, allow, "mprotect", arg(2, masked, _PROT_EXEC, 0))
    _add(seccomp, rules, allow, "clone", arg(0, masked, _CLONE_THREAD, _CLONE_THREAD))
    _add(seccomp, rules, allow, "prctl", arg(0, equal, _PR_SET_NAME))
    _add(seccomp, rules, allow, "prctl", arg(0, equal, _PR_SET_VMA))  # names of memory areas, for the allocator
    _add(seccomp, rules, allow, "prlimit64", arg(2, equal, 0))  # asking, not setting
    for request in _TERMINAL_AND_INHERITANCE:
        _add(seccomp, rules, allow, "ioctl", arg(1, equal, request))
    for command in _DESCRIPTOR_FLAGS:
        _add(seccomp, rules, allow, "fcntl", arg(1, equal, command))
    for call in ("kill", "tgkill"):  # a library may abort itself, and only itself
        _add(seccomp, rules, allow, call, arg(0, equal, os.getpid()))


def _add(seccomp: Any, rules: Any, action: int, name: str, *arguments: Any) -> None:
    try:
        number = seccomp.resolve_syscall(seccomp.Arch.NATIVE, name)
    except (RuntimeError, ValueError, OSError):
        return  # not on this architecture
    if number >= 0:
        rules.add_rule(action, name, *arguments)
