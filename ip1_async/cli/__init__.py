"""The command `ip1`: it uses the public API only, and needs the extra `cli`."""

import os
import sys

_EXTRA = ("cyclopts", "rich")


def main() -> int:
    """Run the command with the arguments of this process.

    Returns:
        0 for success, 1 for an API or network error, 2 for a usage error, 130 if interrupted.
    """
    _open_closed_streams()
    try:
        from ip1_async.cli._app import run  # noqa: PLC0415  # a package may be missing
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        sys.stderr.write("ip1: the command needs more packages: install ip1-async[cli]\n")
        return 2
    return run(sys.argv[1:])


def _open_closed_streams() -> None:
    """Open what is closed, as in `2>&-`: the next file, maybe a journal, would get its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115
