"""Say in words what went wrong: an option by the name that is typed, a file by its own."""

import errno
import os
import re
from collections.abc import Sequence

_POSITIONAL = ("participant", "batch", "bundle", "message")
_ARGUMENT = re.compile(r"(?:ip1_)?(\w+)( \d+)?: (?:\w+: )?(.*)", re.DOTALL)
_OPTIONS = {
    "refresh_days": "--refresh",
    "secret": "--path-secret-file",
    "token": "--token-file",
}
_VARIABLES = {"token": "IP1_API_TOKEN"}
_WORDS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "no room is left in the quota of the disk",
    errno.EROFS: "the disk can't be written",
    errno.EEXIST: "exists, and is no directory",
    errno.ENOTDIR: "is no directory",
}


def is_given(option: str, tokens: Sequence[str]) -> bool:
    """Whether an option is among the tokens of a command, with its value in the same one or not."""
    return any(token == option or token.startswith(f"{option}=") for token in tokens)


def explain(error: Exception, tokens: Sequence[str] = ()) -> str:
    """Explain an error to the person who typed a command of these tokens."""
    if isinstance(error, OSError) and error.errno is not None:
        return in_words(error)
    found = _ARGUMENT.fullmatch(str(error)) if isinstance(error, ValueError) else None
    if found is None:
        return str(error)
    name, place, reason = found[1], found[2] or "", found[3]
    return f"{_typed(name, tokens)}{place}: {reason.replace('allow_http=True', '--allow-http')}"


def _typed(name: str, tokens: Sequence[str]) -> str:
    """Name what a person typed for an argument: an option, a variable, or the argument itself."""
    option = _OPTIONS.get(name, f"--{name.replace('_', '-')}")
    options = (option, f"{option}-file")  # --cursor-file holds a cursor
    variable = _VARIABLES.get(name, f"IP1_{name.upper()}")
    for each in options:
        if is_given(each, tokens):
            return each
    if variable in os.environ:
        return variable
    return name.upper() if name in _POSITIONAL else name


def in_words(error: OSError) -> str:
    """Say what is wrong with a file, and with which."""
    reason = _WORDS.get(error.errno or 0) or error.strerror or type(error).__name__
    if error.filename is None:
        return reason
    return f"{error.filename}: {reason[0].lower()}{reason[1:]}"
