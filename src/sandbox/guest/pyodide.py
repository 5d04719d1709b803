"""What Python in WebAssembly needs around a program. Runs in the namespace of program.py."""

import io
import linecache
import os
import random
import sys

# Beyond this depth WebAssembly's stack ends.
DEEPEST_RECURSION = 200_000
SHOWN_FRAMES = 500
KEPT = []


def open_streams():
    # Straight onto the descriptors, so that a word is out before the program hangs.
    def writer(descriptor, errors):
        raw = io.FileIO(descriptor, "wb", closefd=False)
        return io.TextIOWrapper(raw, encoding="utf-8", errors=errors, newline="\n", write_through=True)

    sys.stdout = sys.__stdout__ = writer(1, "strict")
    sys.stderr = sys.__stderr__ = writer(2, "backslashreplace")


def forget_host():
    os.environ.clear()
    os.environ.update(HOME="/home/pyodide", PATH="/usr/bin", LANG="C.UTF-8")
    # A memory snapshot would repeat the same numbers in every program.
    random.seed()


def shorten(frames):
    """Leaves out the middle of a recursion so deep that formatting it would take longer than the program."""
    chain = []
    while frames:
        chain.append(frames)
        frames = frames.tb_next
    if len(chain) > 2 * SHOWN_FRAMES:
        chain[SHOWN_FRAMES - 1].tb_next = chain[-SHOWN_FRAMES]
        # Freeing a chain that long would end WebAssembly's stack.
        KEPT.append(chain)
    return chain[0] if chain else None


def run(source):
    # There is no file that a traceback could show lines of.
    lines = source.decode("utf-8", "replace").splitlines(True)
    linecache.cache["main.py"] = (len(source), None, lines, "main.py")
    return execute(source, shorten)


def warm_up(source):
    """Takes the paths that most programs take, because WebAssembly compiles a function when it is first called."""
    streams = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = io.TextIOWrapper(io.BytesIO())
    run(source)
    for failing in (b"1 / 0", b"def f(:"):
        run(failing)
    sys.stdout, sys.stderr = streams


open_streams()
forget_host()
bound_recursion(DEEPEST_RECURSION)
