"""Prepares Pyodide for a program. Runs in the same namespace as program.py."""

import io
import linecache
import os
import random
import sys

# A deeper recursion overflows WebAssembly's stack.
MAX_RECURSION = 200_000
SHOWN_FRAMES = 500
# Objects that are never freed.
KEPT = []


def open_streams():
    # Unbuffered, so that output arrives even from a program that hangs.
    def writer(descriptor, errors):
        raw = io.FileIO(descriptor, "wb", closefd=False)
        return io.TextIOWrapper(raw, encoding="utf-8", errors=errors, newline="\n", write_through=True)

    sys.stdout = sys.__stdout__ = writer(1, "strict")
    sys.stderr = sys.__stderr__ = writer(2, "backslashreplace")


def forget_host():
    os.environ.clear()
    os.environ.update(HOME="/home/pyodide", PATH="/usr/bin", LANG="C.UTF-8")
    # The snapshot restores the state of `random`: every program would draw the same numbers.
    random.seed()


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
    # main.py does not exist as a file. Tracebacks read its lines from this cache.
    lines = source.decode("utf-8", "replace").splitlines(True)
    linecache.cache["main.py"] = (len(source), None, lines, "main.py")
    return execute(source, shorten)


def warm_up(source):
    """Runs code that most programs run, because WebAssembly compiles functions at their first call."""
    streams = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = io.TextIOWrapper(io.BytesIO())
    run(source)
    for failing in (b"1 / 0", b"def f(:"):
        run(failing)
    sys.stdout, sys.stderr = streams


open_streams()
forget_host()
cap_recursion_limit(MAX_RECURSION)
