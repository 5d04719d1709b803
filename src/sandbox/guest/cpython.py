"""Runs one Python program in CPython. Implements the protocol of protocol.js."""

import builtins

# Not `os`: loading it takes longer than most programs run.
import posix
import sys

import program

# Marks the frames of the runner.
__builtins__ = program.__builtins__

# The stacks of 64 threads. They count as address space in addition to the program's memory.
STACK_BYTES = 64 * 2**20
# More than most frames take, with their local variables.
FRAME_BYTES = 512
# Modules that many programs import.
COMMON = "collections dataclasses functools heapq itertools json math random re string traceback typing".split()


def read_exactly(length):
    data = b""
    while len(data) < length:
        read = posix.read(0, length - len(data))
        if not read:
            # The supervisor has died: stdin ended before a program arrived.
            posix._exit(0)
        data += read
    return data


def receive_program():
    """Returns (source, marker, memory in bytes)."""
    if sys.argv[-1] == "wait":
        preload_modules()
    header, _, source = read_exactly(int.from_bytes(read_exactly(4), "big")).partition(b"\n")
    _, secret, memory = header.split()
    return source, b"\0" + secret + b"\0", int(memory)


def preload_modules():
    for name in COMMON:
        __import__(name)


def limit_memory(memory):
    """Limits the address space to the current size and this memory. Raises the stack limit to its maximum."""
    import resource

    with open("/proc/self/statm", "rb") as file:
        size = int(file.read().split()[0]) * resource.getpagesize()
    limit = size + memory + STACK_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    _, hard_limit = resource.getrlimit(resource.RLIMIT_STACK)
    resource.setrlimit(resource.RLIMIT_STACK, (hard_limit, hard_limit))


def clip_stack_sizes():
    """Lets a program ask for more stack than there is, as templates of contests do. It gets the maximum."""
    import _thread
    import resource

    set_size, set_limits = _thread.stack_size, resource.setrlimit
    stack, infinity = resource.RLIMIT_STACK, resource.RLIM_INFINITY
    _, maximum = resource.getrlimit(stack)

    def clip(size):
        return maximum if size == infinity else min(size, maximum)

    def stack_size(size=0, /):
        return set_size(clip(size))

    def setrlimit(kind, limits, /):
        set_limits(kind, [clip(limit) for limit in limits] if kind == stack else limits)

    _thread.stack_size = stack_size
    resource.setrlimit = setrlimit


def provide_builtins():
    # The module `site` defines these, but it is not loaded.
    import _sitebuiltins

    builtins.exit = _sitebuiltins.Quitter("exit", "Ctrl-D (i.e. EOF)")
    builtins.quit = _sitebuiltins.Quitter("quit", "Ctrl-D (i.e. EOF)")
    builtins.help = _sitebuiltins._Helper()


def open_standard_streams():
    """Makes `open` accept the names of the standard streams. They are sockets, which cannot be opened by name."""
    numbers = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
    plain = open

    def open_(file, *args, **kwargs):
        if isinstance(file, str) and file in numbers:
            file = posix.dup(numbers[file])
        return plain(file, *args, **kwargs)

    open_.__name__ = open_.__qualname__ = "open"
    builtins.open = open_


def announce_start():
    """Tells the sandbox that the program starts now, with the threads and the memory of this process."""
    with open("/proc/self/status", "rb") as file:
        status = file.read()
    numbers = [int(status.partition(name)[2].split(None, 1)[0]) for name in (b"\nThreads:", b"\nVmRSS:")]
    write_all(1, b"".join(number.to_bytes(4, "big") for number in numbers))


def write_all(descriptor, data, write=posix.write):
    while data:
        data = data[write(descriptor, data):]


def main():
    # Closes descriptors that an ancestor of the server left open.
    posix.closerange(3, 2**16)
    provide_builtins()
    # This setting is for the interpreter, not for the program's children.
    posix.environ.pop(b"MALLOC_ARENA_MAX", None)
    clip_stack_sizes()
    source, marker, memory = receive_program()
    limit_memory(memory)
    program.cap_recursion_limit(memory // FRAME_BYTES)
    program.open_outputs(source)
    # Tracebacks read source lines from this file.
    with open("main.py", "wb") as file:
        file.write(source)
    del sys.modules["cpython"], sys.modules["program"]
    sys.path[0] = posix.getcwd()
    if b"/dev/std" in source:
        open_standard_streams()
    # The program can replace attributes of modules, so this keeps the functions themselves.
    exit, write, getpid, own_pid = posix._exit, write_all, posix.getpid, posix.getpid()
    announce_start()
    main_module = program.create_main()
    code, kind, message = program.execute(source, main_module)
    program.finish(main_module)
    if not kind and code > 128:
        kind, message = "exit", code
    try:
        # A child that the program forked also arrives here. Only the program itself writes a report.
        if kind and getpid() == own_pid:
            write(2, marker + f"{kind} {message}".encode("utf-8", "replace") + marker)
    finally:
        exit(code)
