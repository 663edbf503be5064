"""The command `ip1`: it uses the public API only, and needs the extra `cli`."""

import sys

_EXTRA = ("cyclopts", "rich")


def main() -> int:
    """Run the command with the arguments of this process.

    Returns:
        0 for success, 1 for an API or network error, 2 for a usage error, 130 if interrupted.
    """
    try:
        from ip1_async.cli._app import run  # noqa: PLC0415  # a package may be missing
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        sys.stderr.write("ip1: the command needs more packages: install ip1-async[cli]\n")
        return 2
    return run(sys.argv[1:])
