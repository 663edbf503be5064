"""Say in words what went wrong: an option by the name that is typed, a file by its own."""

import errno
import os
import re
from collections.abc import Sequence
from contextvars import ContextVar

TYPED: ContextVar[Sequence[str]] = ContextVar("TYPED")  # what follows ip1
_POSITIONAL = ("participant", "batch", "bundle", "message")
_ARGUMENT = re.compile(r"(?:ip1_)?(\w+)( \d+)?: (?:\w+: )?(.*)", re.DOTALL)
_OPTIONS = {"refresh_days": "--refresh", "secret": "--path-secret-file", "token": "--token-file"}
_VARIABLES = {"token": "IP1_API_TOKEN"}
_WORDS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "no room is left in the quota of the disk",
    errno.EROFS: "the disk can't be written",
    errno.EEXIST: "exists, and is no directory",
    errno.ENOTDIR: "is no directory",
}


def explain(error: Exception) -> str:
    """Explain an error to the person who typed the command."""
    if isinstance(error, OSError) and error.errno is not None:
        return _in_words(error)
    found = _ARGUMENT.fullmatch(str(error)) if isinstance(error, ValueError) else None
    if found is None:
        return str(error)
    name, place, reason = found[1], found[2] or "", found[3]
    return f"{_typed(name)}{place}: {reason.replace('allow_http=True', '--allow-http')}"


def _typed(name: str) -> str:
    """Name what a person typed for an argument: an option, a variable, or the argument itself."""
    option = _OPTIONS.get(name, f"--{name.replace('_', '-')}")
    variable = _VARIABLES.get(name, f"IP1_{name.upper()}")
    given = {token.partition("=")[0] for token in TYPED.get()}
    for each in (option, f"{option}-file"):  # --cursor-file holds a cursor
        if each in given:
            return each
    if variable in os.environ:
        return variable
    return name.upper() if name in _POSITIONAL else name


def _in_words(error: OSError) -> str:
    """Say what is wrong with a file, and with which."""
    reason = _WORDS.get(error.errno or 0) or error.strerror or type(error).__name__
    if error.filename is None:
        return reason
    return f"{error.filename}: {reason[0].lower()}{reason[1:]}"
