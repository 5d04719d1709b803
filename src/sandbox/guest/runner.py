"""Runs one program as CPython runs a script: as __main__, with its own frames alone in tracebacks."""

import atexit
import builtins
import io
import linecache
import os
import random
import sys
import traceback
import types

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


def bound_recursion():
    # Beyond this depth WebAssembly's stack ends before Python can raise RecursionError.
    set_limit = sys.setrecursionlimit

    def setrecursionlimit(limit, /):
        """Set the maximum depth of the Python interpreter stack to n."""
        set_limit(min(limit, DEEPEST_RECURSION) if isinstance(limit, int) else limit)

    sys.setrecursionlimit = setrecursionlimit


def exit_code(error):
    """What CPython exits with after sys.exit(code); a code that is no number is printed."""
    code = error.code
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1


def describe(error):
    lines = traceback.format_exception_only(error)
    return lines[-1 if isinstance(error, SyntaxError) else 0].strip()


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


def print_uncaught(error):
    own = shorten(error.__traceback__.tb_next)
    error.__traceback__ = own
    try:
        sys.excepthook(type(error), error, own)
    except BaseException:
        sys.__excepthook__(type(error), error, own)


def finish():
    try:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        pass


def execute(source):
    """Returns (exit code, kind of error or None, message or None)."""
    main = types.ModuleType("__main__")
    main.__dict__.update(__file__="main.py", __builtins__=builtins)
    sys.modules["__main__"] = main
    sys.argv = ["main.py"]
    sys.excepthook = sys.__excepthook__
    lines = source.decode("utf-8", "replace").splitlines(True)
    linecache.cache["main.py"] = (len(source), None, lines, "main.py")
    program = None
    try:
        program = compile(source, "main.py", "exec", dont_inherit=True)
        exec(program, main.__dict__)
    except SystemExit as error:
        return exit_code(error), None, None
    except BaseException as error:
        print_uncaught(error)
        if isinstance(error, MemoryError):
            kind = "memory"
        else:
            kind = "syntax" if program is None and isinstance(error, SyntaxError) else "error"
        return 130 if isinstance(error, KeyboardInterrupt) else 1, kind, describe(error)
    finally:
        finish()
    return 0, None, None


def warm_up(source):
    """Takes the paths that most programs take, because WebAssembly compiles a function when it is first called."""
    streams = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = io.TextIOWrapper(io.BytesIO())
    execute(source)
    for failing in (b"1 / 0", b"def f(:"):
        execute(failing)
    sys.stdout, sys.stderr = streams


open_streams()
forget_host()
bound_recursion()
