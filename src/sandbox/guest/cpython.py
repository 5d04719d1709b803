"""Runs one Python program in CPython, speaking the protocol of protocol.js."""

import builtins
import os
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
        read = os.read(0, length - len(data))
        if not read:
            # Stdin that ends before a program came means that the server is gone.
            os._exit(0)
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


def write_all(descriptor, data):
    while data:
        data = data[os.write(descriptor, data):]


def main():
    # Descriptors that whoever started the server left open.
    os.closerange(3, 2**16)
    provide_builtins()
    # Was for this process's own threads.
    os.environ.pop("MALLOC_ARENA_MAX", None)
    source, mark, memory = receive()
    hold(memory)
    program.bound_recursion(memory // FRAME)
    # Tracebacks show the lines of a file.
    with open("main.py", "wb") as file:
        file.write(source)
    del sys.modules["cpython"], sys.modules["program"]
    sys.path[0] = os.getcwd()
    end, report, this = os._exit, write_all, os.getpid
    write_all(1, b"\1")
    code, kind, message = program.execute(source)
    # A child that the program forked ends here too, and is not the program.
    if kind and this() == 1:
        report(2, mark + f"{kind} {message}".encode("utf-8", "replace"))
    end(code)
