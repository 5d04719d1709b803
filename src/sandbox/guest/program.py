"""Runs one program as CPython runs a script: as __main__, with its own frames alone in tracebacks."""

import builtins
import sys
import types


def bound_recursion(deepest):
    """Lets a recursion without end meet a RecursionError, before it meets the end of the memory."""
    set_limit = sys.setrecursionlimit

    def setrecursionlimit(limit, /):
        """Set the maximum depth of the Python interpreter stack to n."""
        set_limit(min(limit, deepest) if isinstance(limit, int) else limit)

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
    import traceback

    lines = traceback.format_exception_only(type(error), error)
    return lines[-1 if isinstance(error, SyntaxError) else 0].strip()


def print_uncaught(error, shorten):
    own = shorten(error.__traceback__.tb_next)
    error.__traceback__ = own
    try:
        sys.excepthook(type(error), error, own)
    except BaseException:
        sys.__excepthook__(type(error), error, own)


def finish():
    """What CPython does between the last line of a script and its end."""
    try:
        threading = sys.modules.get("threading")
        if threading:
            threading._shutdown()
        atexit = sys.modules.get("atexit")
        if atexit:
            atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        pass


def execute(source, shorten=lambda frames: frames):
    """Returns (exit code, kind of error or None, message or None)."""
    main = types.ModuleType("__main__")
    main.__dict__.update(__file__="main.py", __builtins__=builtins)
    sys.modules["__main__"] = main
    sys.argv = ["main.py"]
    sys.excepthook = sys.__excepthook__
    program = None
    try:
        program = compile(source, "main.py", "exec", dont_inherit=True)
        exec(program, main.__dict__)
    except SystemExit as error:
        return exit_code(error), None, None
    except BaseException as error:
        print_uncaught(error, shorten)
        if isinstance(error, MemoryError):
            kind = "memory"
        else:
            kind = "syntax" if program is None and isinstance(error, SyntaxError) else "error"
        return 130 if isinstance(error, KeyboardInterrupt) else 1, kind, describe(error)
    finally:
        finish()
    return 0, None, None
