"""Runs one program as CPython runs a script: as __main__, with tracebacks that show only its own frames."""

import builtins
import io
import sys
from _functools import partial

# The program can replace builtins. All functions of the runner use this copy, which also marks their frames.
__builtins__ = vars(builtins).copy()

ModuleType = type(sys)
display = sys.__excepthook__
# The program can override the attributes of its exceptions and of their types, but not these descriptors.
traceback_of = BaseException.__traceback__
name_of = vars(type)["__name__"]

# The longest message of an error report.
MAX_MESSAGE = 10_000

# Words of programs that may print less than a line at once.
PARTIAL_LINES = b"end=", b"end =", b'"end"', b"'end'", b"write", b"stdout", b"stderr"


def open_outputs(source):
    """Opens stdout and stderr. They are buffered by line. But when the source can print less than a line at once,
    they have no buffer, so that all of its output arrives even if it hangs."""
    by_line = not any(word in source for word in PARTIAL_LINES)
    sys.stdout = sys.__stdout__ = open_output(1, "<stdout>", sys.stdout.errors, by_line)
    sys.stderr = sys.__stderr__ = open_output(2, "<stderr>", "backslashreplace", by_line)


def open_output(descriptor, name, errors, by_line):
    raw = io.FileIO(descriptor, "wb", closefd=False)
    raw.name = name
    stream = io.TextIOWrapper(
        io.BufferedWriter(raw) if by_line else raw,
        encoding="utf-8",
        errors=errors,
        newline="\n",
        line_buffering=by_line,
        write_through=not by_line,
    )
    stream.mode = "w"
    return stream


def cap_recursion_limit(maximum, on_change=lambda limit: None):
    """Caps sys.setrecursionlimit, so that an endless recursion raises RecursionError before it exhausts memory."""
    set_limit = sys.setrecursionlimit

    def setrecursionlimit(limit, /):
        """Set the maximum depth of the Python interpreter stack to n."""
        set_limit(min(limit, maximum) if isinstance(limit, int) else limit)
        on_change(limit)

    sys.setrecursionlimit = setrecursionlimit


def exit_with(error):
    """Returns the exit code of sys.exit(code), and a code that is not a number as words, else None. Prints the words,
    as CPython does."""
    try:
        code = error.code
    except BaseException:
        code = error
    if code is None:
        return 0, None
    if issubclass(type(code), int):
        number = int.__int__(code)
        return number & 0xFF if -(2**63) <= number < 2**63 else 255, None
    text = ""
    try:
        # Makes a plain string of one whose class overrides its methods.
        text = "".join([str(code)])
    except BaseException:
        pass
    write_error(f"{text}\n")
    return 1, text


def write_error(text):
    try:
        sys.stderr.write(text)
    except BaseException:
        sys.__stderr__.write(text)


def describe(error):
    """Returns the type and message of an error: `NameError: name 'x' is not defined`."""
    try:
        import traceback

        lines = traceback.format_exception_only(type(error), error)
        text = str(lines[-1 if issubclass(type(error), SyntaxError) else 0]).strip()
        return with_hint(text, error) if issubclass(type(error), (AttributeError, NameError)) else text
    except BaseException:
        # The program has replaced what `traceback` needs.
        name = name_of.__get__(type(error))
    try:
        return f"{name}: {error}"
    except BaseException:
        return name


def with_hint(text, error):
    """Adds "Did you mean: 'print'?", which CPython 3.10 and 3.11 suggest only when they print an error."""
    stderr = sys.stderr
    sys.stderr, sys.tracebacklimit = io.StringIO(), 0
    try:
        display(type(error), error, traceback_of.__get__(error))
        lines = sys.stderr.getvalue().splitlines()
    finally:
        sys.stderr = stderr
        del sys.tracebacklimit
    return next((line for line in lines if line.startswith(f"{text}. Did you mean")), text)


def drop_runner_frames(frames):
    """Unlinks the runner's frames from a traceback. Returns the first of the others."""
    first = last = None
    while frames:
        if frames.tb_frame.f_builtins is not __builtins__:
            if first is None:
                first = frames
            elif last.tb_next is not frames:
                last.tb_next = frames
            last = frames
        frames = frames.tb_next
    if last:
        last.tb_next = None
    return first


def print_uncaught(error, shorten):
    """Prints an error as CPython does. Returns the exit code: 1, or the one with which sys.excepthook exits."""
    frames = shorten(drop_runner_frames(traceback_of.__get__(error)))
    traceback_of.__set__(error, frames)
    hook = getattr(sys, "excepthook", None)
    if hook is None:
        write_error("sys.excepthook is missing\n")
    try:
        (hook or display)(type(error), error, frames)
    except SystemExit as exit:
        return exit_with(exit)[0]
    except BaseException as failure:
        write_error("Error in sys.excepthook:\n")
        traceback_of.__set__(failure, drop_runner_frames(traceback_of.__get__(failure)))
        display(type(failure), failure, traceback_of.__get__(failure))
        write_error("\nOriginal exception was:\n")
        display(type(error), error, frames)
    return 1


def create_main():
    """Creates the module in which a program runs."""
    main = ModuleType("__main__")
    main.__dict__.update(__file__="main.py", __builtins__=builtins)
    sys.modules["__main__"] = main
    sys.argv = ["main.py"]
    sys.excepthook = sys.__excepthook__
    return main


def execute(source, main, shorten=lambda frames: frames):
    """Runs the program. Returns (exit code, kind of error or None, message or None). `shorten` may shorten the
    traceback of an error."""
    error = program = None
    # Calls of `partial` objects are invisible to the program's hooks for profiling and tracing.
    remove_hooks = partial(sys.setprofile, None), partial(sys.settrace, None)
    try:
        program = compile(source, "main.py", "exec", dont_inherit=True)
        exec(program, main.__dict__)
    except BaseException as raised:
        error = raised
    for remove in remove_hooks:
        remove()
    if error is None:
        return 0, None, None
    if issubclass(type(error), SystemExit):
        code, words = exit_with(error)
        return code, words and "error", words and words[:MAX_MESSAGE]
    kind = "error"
    if issubclass(type(error), MemoryError):
        kind = "memory"
    elif program is None and issubclass(type(error), SyntaxError):
        kind = "syntax"
    code = 1
    try:
        code = print_uncaught(error, shorten)
    except BaseException:
        # The memory is exhausted, for example. The error stays an error.
        pass
    return 130 if issubclass(type(error), KeyboardInterrupt) else code, kind, describe(error)[:MAX_MESSAGE]


def join_threads():
    if "threading" in sys.modules:
        sys.modules["threading"]._shutdown()


def run_exit_handlers():
    if "atexit" in sys.modules:
        sys.modules["atexit"]._run_exitfuncs()


def free_objects(main):
    """Frees the program's objects, so that their `__del__` runs."""
    for name in [each for each in main.__dict__ if each != "__builtins__"]:
        main.__dict__[name] = None


def finish(main):
    """Does what CPython does after the last line of a script: threads, atexit, destructors, flush."""
    for step in join_threads, run_exit_handlers, partial(free_objects, main), sys.stdout.flush, sys.stderr.flush:
        try:
            step()
        except BaseException:
            # The program has ended already: nothing changes its exit code.
            pass
