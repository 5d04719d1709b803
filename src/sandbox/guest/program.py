"""Runs one program as CPython runs a script: as __main__, with tracebacks that show only its own frames."""

import builtins
import sys

ModuleType = type(sys)


def cap_recursion_limit(maximum):
    """Caps sys.setrecursionlimit, so that an endless recursion raises RecursionError before it exhausts memory."""
    set_limit = sys.setrecursionlimit

    def setrecursionlimit(limit, /):
        """Set the maximum depth of the Python interpreter stack to n."""
        set_limit(min(limit, maximum) if isinstance(limit, int) else limit)

    sys.setrecursionlimit = setrecursionlimit


def exit_code(error):
    """Returns the exit code of sys.exit(code). Prints a code that is not a number, as CPython does."""
    code = error.code
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF if -(2**63) <= code < 2**63 else 255
    print(code, file=sys.stderr)
    return 1


def describe(error):
    """Returns the type and message of an error: `NameError: name 'x' is not defined`."""
    import traceback

    lines = traceback.format_exception_only(type(error), error)
    return lines[-1 if isinstance(error, SyntaxError) else 0].strip()


def print_uncaught(error, shorten):
    """Prints a traceback without the frame of this module. `shorten` may shorten it."""
    frames = shorten(error.__traceback__.tb_next)
    error.__traceback__ = frames
    try:
        sys.excepthook(type(error), error, frames)
    except BaseException:
        sys.__excepthook__(type(error), error, frames)


def finish(main):
    """Does what CPython does after the last line of a script: threads, atexit, destructors, flush."""
    try:
        threading = sys.modules.get("threading")
        if threading:
            threading._shutdown()
        atexit = sys.modules.get("atexit")
        if atexit:
            atexit._run_exitfuncs()
        # Frees the program's objects, so that their `__del__` runs.
        for name in [each for each in main.__dict__ if each != "__builtins__"]:
            main.__dict__[name] = None
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        pass


def execute(source, shorten=lambda frames: frames):
    """Runs the program. Returns (exit code, kind of error or None, message or None)."""
    main = ModuleType("__main__")
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
        finish(main)
    return 0, None, None
