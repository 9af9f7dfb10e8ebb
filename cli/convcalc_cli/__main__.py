"""`python -m convcalc_cli` and the `convcalc` script."""

# Nothing is imported before the current folder is off the path, `__future__` neither.
import sys


def _leave_out_current_folder() -> None:
    """Takes back the entry that `python -m` adds: a yaml.py that lies around is not for us."""
    import os  # it is there already, as Python starts

    try:
        added = not sys.flags.safe_path and sys.path[0] in ("", os.getcwd())  # noqa: PTH109
    except OSError:  # the folder is gone, and Python has added nothing
        return
    if added:
        del sys.path[0]


if __name__ == "__main__":
    _leave_out_current_folder()


def run() -> None:
    """The program as the shell sees it: arguments in, exit code out."""
    import gc

    # A run is short and makes next to no cycles: looking for them is 8 % of its time.
    gc.disable()
    _keep_closed()
    try:
        from convcalc_cli.program import main

        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except MemoryError:  # before there was anything that could tell it
        sys.exit(3)


def _keep_closed() -> None:
    """Gives the numbers of closed standard streams to a folder, which nothing can be written to.

    The next file that is opened would have such a number, and what is meant for the stream would
    land in that file.
    """
    import os

    for number in range(3 if os.name == "posix" else 0):
        try:
            os.fstat(number)
        except OSError:
            os.open("/", os.O_RDONLY)


if __name__ == "__main__":
    run()
