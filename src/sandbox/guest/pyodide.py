"""Prepares Pyodide for a program. Runs in the same namespace as program.py."""

import io
import linecache
import os
import posix
import random
import sys

# A deeper recursion takes too much memory.
MAX_RECURSION = 200_000
DEFAULT_RECURSION = sys.getrecursionlimit()
# How much of the C stack a recursion in C may use, in bytes: by default, and once the program raises the recursion
# limit. V8's stack has room for more, whichever functions of Python recurse.
C_STACK = 2**20
DEEP_C_STACK = 4 * 2**20
# The status of a command that a shell does not find.
NO_COMMAND = 127 << 8
SHOWN_FRAMES = 500
# Objects that are never freed.
KEPT = []


def forget_host():
    os.environ.clear()
    os.environ.update(HOME="/home/pyodide", PATH="/usr/bin", LANG="C.UTF-8")
    # The snapshot restores the state of `random`: every program would draw the same numbers.
    random.seed()


def replace_host_calls():
    """Replaces functions that would ask Deno for permissions, which ends the interpreter, and the name of the system:
    programs know Linux, not Emscripten."""
    linux = posix.uname_result(("Linux", *posix.uname()[1:]))

    def system(command):
        return NO_COMMAND

    def getuid():
        return 0

    def uname():
        return linux

    for name, function in ("system", system), ("getuid", getuid), ("uname", uname):
        for module in os, posix:
            setattr(module, name, function)


def set_c_stack(recursion_limit):
    limit_stack(C_STACK if recursion_limit <= DEFAULT_RECURSION else DEEP_C_STACK)


def shorten(frames):
    """Drops the middle of a very deep traceback, which would take long to format. Returns its first frame."""
    chain = []
    while frames:
        chain.append(frames)
        frames = frames.tb_next
    if len(chain) > 2 * SHOWN_FRAMES:
        chain[SHOWN_FRAMES - 1].tb_next = chain[-SHOWN_FRAMES]
        # Freeing such a long chain recurses and would overflow WebAssembly's stack.
        KEPT.append(chain)
    return chain[0] if chain else None


def run(source):
    global main
    main = create_main()
    # Pyodide resets it whenever it enters Python.
    set_c_stack(sys.getrecursionlimit())
    # main.py does not exist as a file. Tracebacks read its lines from this cache.
    lines = source.decode("utf-8", "replace").splitlines(True)
    linecache.cache["main.py"] = (len(source), None, lines, "main.py")
    return execute(source, main, shorten)


def finish_run():
    finish(main)


def warm_up(source):
    """Runs code that most programs run, because WebAssembly compiles functions at their first call."""
    streams = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = io.TextIOWrapper(io.BytesIO())
    for each in source, b"1 / 0", b"def f(:":
        run(each)
        finish(main)
    sys.stdout, sys.stderr = streams


forget_host()
replace_host_calls()
cap_recursion_limit(MAX_RECURSION, set_c_stack)
