"""Runs one Python program in CPython, speaking the protocol of protocol.js."""

import builtins

# Not `os`, which takes longer to load than most programs to run.
import posix
import sys

import program

# Beside the program's own memory: the stacks of 64 threads.
STACKS = 64 * 2**20
# More than the frame of most functions takes, with what it holds.
FRAME = 512
COMMON = "collections dataclasses functools heapq itertools json math random re string traceback typing".split()


def read_exactly(length):
    data = b""
    while len(data) < length:
        read = posix.read(0, length - len(data))
        if not read:
            # Stdin that ends before a program came means that the server is gone.
            posix._exit(0)
        data += read
    return data


def receive():
    if sys.argv[-1] == "wait":
        use_the_wait()
    header, _, source = read_exactly(int.from_bytes(read_exactly(4), "big")).partition(b"\n")
    _, mark, memory = header.split()
    return source, b"\0" + mark + b"\0", int(memory)


def use_the_wait():
    for name in COMMON:
        __import__(name)


def hold(memory):
    """Lets the program have so much memory, and the deepest stack that it may have."""
    import resource

    with open("/proc/self/statm", "rb") as file:
        size = int(file.read().split()[0]) * resource.getpagesize()
    limit = size + memory + STACKS
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    _, deepest = resource.getrlimit(resource.RLIMIT_STACK)
    resource.setrlimit(resource.RLIMIT_STACK, (deepest, deepest))


def provide_builtins():
    # What the module `site` would have brought.
    import _sitebuiltins

    builtins.exit = _sitebuiltins.Quitter("exit", "Ctrl-D (i.e. EOF)")
    builtins.quit = _sitebuiltins.Quitter("quit", "Ctrl-D (i.e. EOF)")
    builtins.help = _sitebuiltins._Helper()


def open_standard_streams():
    """Lets `open` take the names of the standard streams, which are sockets and have no file behind them."""
    numbers = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
    plain = open

    def open_(file, *args, **kwargs):
        if isinstance(file, str) and file in numbers:
            file = posix.dup(numbers[file])
        return plain(file, *args, **kwargs)

    open_.__name__ = open_.__qualname__ = "open"
    builtins.open = open_


def write_all(descriptor, data):
    while data:
        data = data[posix.write(descriptor, data):]


def main():
    # Descriptors that whoever started the server left open.
    posix.closerange(3, 2**16)
    provide_builtins()
    # Was for this process's own threads.
    posix.environ.pop(b"MALLOC_ARENA_MAX", None)
    source, mark, memory = receive()
    hold(memory)
    program.bound_recursion(memory // FRAME)
    # Tracebacks show the lines of a file.
    with open("main.py", "wb") as file:
        file.write(source)
    del sys.modules["cpython"], sys.modules["program"]
    sys.path[0] = posix.getcwd()
    if b"/dev/std" in source:
        open_standard_streams()
    end, report, this, own = posix._exit, write_all, posix.getpid, posix.getpid()
    write_all(1, b"\1")
    code, kind, message = program.execute(source)
    if not kind and code > 128:
        kind, message = "exit", code
    # A child that the program forked ends here too, and is not the program.
    if kind and this() == own:
        report(2, mark + f"{kind} {message}".encode("utf-8", "replace"))
    end(code)
