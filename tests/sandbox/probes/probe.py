"""A handler that does from inside a worker what the file tells it to: every forbidden thing, one after another.

Its answer is a note: `done` if the forbidden thing worked, else `refused_` and the error.
"""

# ruff: noqa: SIM115 - a probe that opens a file is not there to close it

import ctypes
import errno
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time

from gateway.handler import CellNote, Limits, Opened, Part, Sheet, Trouble, Unreadable

NAME = "probe"
HEADER_BYTES = 4
TARGET = ""  # a file that outside the sandbox anyone may read, rename and remove
_libc = ctypes.CDLL(None, use_errno=True)


def opens(head, name):
    return head.startswith(b"probe")


def _call(function, *arguments):
    if getattr(_libc, function)(*arguments) in (-1, ctypes.c_void_p(-1).value):
        raise OSError(ctypes.get_errno(), function)


def _syscall(number, *arguments):
    if _libc.syscall(ctypes.c_long(number), *arguments) < 0:
        raise OSError(ctypes.get_errno(), "syscall")


def _map_code():
    _libc.mmap.restype = ctypes.c_void_p
    _call("mmap", None, ctypes.c_size_t(4096), 7, 0x22, -1, ctypes.c_long(0))


def _make_code_executable():
    _libc.mmap.restype = ctypes.c_void_p
    at = _libc.mmap(None, ctypes.c_size_t(4096), 3, 0x22, -1, ctypes.c_long(0))
    _call("mprotect", ctypes.c_void_p(at), ctypes.c_size_t(4096), 5)


def _connect_unix():
    socket.socket(socket.AF_UNIX).connect("/run/systemd/notify")


def _raise_own_limits():
    _call("setrlimit", resource.RLIMIT_AS, (ctypes.c_ulong * 2)(8 << 30, 8 << 30))


def _write_in_own_code():
    with open(os.path.join(os.path.dirname(sys.modules["gateway.handler"].__file__), "probe.tmp"), "w") as file:
        file.write("x")


def _append_to_own_code():
    os.open(sys.modules["gateway.handler"].__file__, os.O_WRONLY | os.O_APPEND)


FORBIDDEN = {
    "socket_inet": lambda: socket.socket(socket.AF_INET),
    "socket_inet6": lambda: socket.socket(socket.AF_INET6),
    "socket_netlink": lambda: socket.socket(socket.AF_NETLINK),
    "socket_unix": _connect_unix,
    "socketpair": socket.socketpair,
    "name_lookup": lambda: socket.getaddrinfo("localhost", 25),
    "write_tmp": lambda: open(TARGET + ".tmp", "w"),
    "write_shm": lambda: open("/dev/shm/probe.tmp", "w"),
    "write_nameless": lambda: os.open("/tmp", os.O_TMPFILE | os.O_RDWR),
    "write_own_code": _write_in_own_code,
    "append_own_code": _append_to_own_code,
    "memory_file": lambda: os.memfd_create("x"),
    "make_folder": lambda: os.mkdir(TARGET + ".folder"),
    "remove": lambda: os.remove(TARGET),
    "rename": lambda: os.rename(TARGET, TARGET + ".other"),
    "link": lambda: os.symlink("/etc/passwd", TARGET + ".link"),
    "chmod": lambda: os.chmod(TARGET, 0o777),
    "read_passwd": lambda: open("/etc/passwd").read(),
    "read_tmp": lambda: open(TARGET).read(),
    "read_home": lambda: os.listdir(os.path.expanduser("~root")),
    "list_root": lambda: os.listdir("/"),
    "read_own_environment": lambda: open("/proc/self/environ").read(),
    "read_parent_memory": lambda: open(f"/proc/{os.getppid()}/mem", "rb").read(1),
    "read_disk": lambda: open("/dev/vda", "rb").read(1),
    "fork": os.fork,
    "vfork": lambda: _call("vfork"),
    "spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),
    "subprocess": lambda: subprocess.run(["/bin/true"]),
    "execute": lambda: os.execv("/bin/true", ["true"]),
    "ptrace_parent": lambda: _call("ptrace", 16, os.getppid(), None, None),
    "kill_parent": lambda: os.kill(os.getppid(), signal.SIGTERM),
    "stop_parent": lambda: os.kill(os.getppid(), signal.SIGSTOP),
    "kill_all": lambda: os.kill(-1, 0),
    "raise_limits": _raise_own_limits,
    "limit_parent": lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1)),
    "become_dumpable": lambda: _call("prctl", 4, 1, 0, 0, 0),
    "become_root": lambda: os.setresuid(0, 0, 0),
    "new_namespace": lambda: _call("unshare", 0x10000000),
    "mount": lambda: _call("mount", b"none", b"/tmp", b"tmpfs", 0, None),
    "change_root": lambda: os.chroot("/tmp"),
    "set_clock": lambda: time.clock_settime(time.CLOCK_REALTIME, 0),
    "keyring": lambda: _syscall(250, 0, -3, 0),
    "bpf": lambda: _syscall(321, 0, None, 0),
    "io_uring": lambda: _syscall(425, 1, None),
    "new_filter": lambda: _syscall(317, 1, 0, None),
    "code_in_memory": _map_code,
    "code_made_executable": _make_code_executable,
    "watch_files": lambda: _call("inotify_init"),
    "signal_by_descriptor": lambda: __import__("fcntl").fcntl(0, 8, os.getppid()),
}


def _try(name, target):
    global TARGET
    TARGET = target
    try:
        FORBIDDEN[name]()
    except OSError as refused:
        return "refused_" + errno.errorcode.get(refused.errno, "other").lower()
    return "done"


def _spin():
    while True:
        pass


def _grow():
    held = []
    while True:
        held.append(bytearray(16 << 20))


def _shout():
    """Write garbage to every open descriptor, among them the pipe to the daemon."""
    for handle in range(64):
        try:
            os.write(handle, b"X" * 4096)
        except OSError:
            continue


def _promise():
    """Announce a frame of four gigabytes."""
    for handle in range(64):
        try:
            os.write(handle, b"J\xff\xff\xff\xff")
        except OSError:
            continue


def _speak_first():
    """Answer before being asked, as if the next question had been answered."""
    for handle in range(64):
        try:
            body = b'{"ok":[],"to":3,"used":[0,0]}'
            os.write(handle, b"J" + len(body).to_bytes(4, "big") + body)
        except OSError:
            continue


def _thread():
    seen = []
    thread = threading.Thread(target=lambda: seen.append(1))
    thread.start()
    thread.join()
    return seen == [1]


def _frames():
    import polars

    return polars.DataFrame({"a": ["1", "2"]}).height == 2


class _Panic(BaseException):
    pass


def _panic():
    raise _Panic("foreign text")


def _fail():
    raise KeyError("foreign text")


def _unreadable():
    raise Unreadable(Trouble.DAMAGED, "row 7")


def _babble():
    raise Unreadable(Trouble.DAMAGED, "<foreign> text\n")


def _babble_later():
    def speak():
        time.sleep(0.2)
        _shout()

    threading.Thread(target=speak).start()


HARMFUL = {
    "babble_later": _babble_later,
    "spin": _spin, "sleep": lambda: time.sleep(60), "grow": _grow, "shout": _shout, "promise": _promise,
    "speak_first": _speak_first, "panic": _panic, "fail": _fail, "unreadable": _unreadable, "babble": _babble,
    "die": lambda: os._exit(3), "abort": os.abort, "crash": lambda: ctypes.string_at(0),
    "recurse": lambda: (lambda f: f(f))(lambda f: f(f)),
}  # fmt: skip
NEEDED = {"thread": _thread, "frames": _frames, "environment": lambda: not any("SECRET" in k for k in os.environ)}


def open_parts(data, limits: Limits, secret=None):
    _, name, *rest = data.decode().split(" ")
    if name in FORBIDDEN:
        return Opened((), notes=(_try(name, rest[0]),))
    if name in NEEDED:
        return Opened((), notes=("works" if NEEDED[name]() else "fails",))
    if name == "parts":
        return Opened(tuple(Part(f"p{i}", "text/plain", b"x" * int(rest[1])) for i in range(int(rest[0]))))
    if name == "nest":
        return Opened((Part("inner", "", data),))
    if name == "secret":
        return Opened((Part("told", "", secret or b"none"),))
    HARMFUL[name]()
    return Opened(())


def read_sheets(data, limits: Limits):
    _, name, rows, columns, text = data.decode().split(" ")
    height, width = int(rows), int(columns)
    if name == "ragged":
        return (Sheet("one", [["x"] * (1 + i % width) for i in range(height)]),)
    notes = (CellNote(1, 1, "lost_digits"),)
    return (
        Sheet("first", [["县", ""], ["b"]], notes),
        Sheet("big", [[f"{text}{i}.{j}" for j in range(width)] for i in range(height)]),
    )
