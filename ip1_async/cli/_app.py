"""All commands, and how they end: with an exit code, and one line that explains a failure."""

# cyclopts awaits async commands itself, and reads types, docstrings and classes of options. Beside
# attrs and rich, which we need anyway, it brings docstring_parser and rich-rst. click and typer
# can't run coroutines; click (without dependencies) reads no types, and typer brings pydantic.

import asyncio
import logging
import signal
from collections.abc import Sequence
from contextlib import suppress

from cyclopts import App, CycloptsError, Group, Parameter

from ip1_async import IP1Error, __version__
from ip1_async.cli._failures import TYPED, explain
from ip1_async.cli._output import LogLines, complain
from ip1_async.cli._screen import screen

# Commands by importance. They are imported when they run: all of them take a third of a second.
_COMMANDS = {
    "Read": (
        "_read:messages",
        "_read:summary",
        "_read:batch",
        "_discover:batches",
        "_read:bundle",
        "_discover:bundles",
        "_discover:senders",
        "_discover:blacklist",
    ),
    "Keep": ("_archive:archive", "_convert:convert", "report:report"),
    "Send and receive": ("send:send", "_listen:listen"),
    "Try and measure": ("demo:demo", "_simulate:simulate", "probe:probe", "_bench:bench"),
}
_ABOUT_ALL = ("--help", "-h", "--install-completion")  # what explains every command
_LEVELS = {
    **dict.fromkeys(("-v", "--verbose"), logging.INFO),
    **dict.fromkeys(("-q", "--quiet"), logging.ERROR),
}


def _name_default(default: object) -> str | None:
    """Name a default for the help; it shows none for an option that is off."""
    return None if default is None or default is False or default == () else str(default)


_PARAMETER = Parameter(negative=(), show_default=_name_default)
app = App(
    name="ip1",
    help="Read the iP.1 SMS and RCS API. The token comes from IP1_API_TOKEN or --token-file.",
    version=__version__,
    version_format="plaintext",  # markdown would take a seventh of a second
    group_commands=Group("More", sort_key=len(_COMMANDS)),
    default_parameter=_PARAMETER,
)
for _place, (_title, _group) in enumerate(_COMMANDS.items()):
    _panel = Group(_title, sort_key=_place)
    for _rank, _command in enumerate(_group):
        app.command(
            f"ip1_async.cli.{_command}",
            group=_panel,
            sort_key=_rank,
            help_epilogue="Options of the connection, and more: ip1 --help",
        )
app.register_install_completion_command(help="Let the shell complete commands and options on Tab.")


def run(tokens: Sequence[str]) -> int:
    """Run one command in its own event loop, and give its exit code."""
    logging.basicConfig(handlers=[LogLines()])
    logging.getLogger("ip1_async").setLevel(logging.INFO)
    try:
        return asyncio.run(execute(tokens))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130


async def execute(tokens: Sequence[str]) -> int:
    """Run one command, and give its exit code; an expected failure is one line on stderr."""
    if not tokens or tokens[0] in _ABOUT_ALL:
        app.resolved_commands()
    wishes = [each for each in tokens if each in _LEVELS]
    screen.level = min((_LEVELS[each] for each in wishes), default=logging.WARNING)
    rest = [each for each in tokens if each not in _LEVELS]
    TYPED.set(tokens)
    task = asyncio.current_task()
    assert task is not None
    with suppress(NotImplementedError):  # Windows has no such signal
        # It ends a command as Ctrl-C does: everything is put in order first.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        await app.run_async(
            rest, exit_on_error=False, print_error=False, result_action="return_value"
        )
        if not rest or rest[0] in _ABOUT_ALL[:2]:
            _show_shared_options()
    except BrokenPipeError:  # the reader has left, as in `ip1 messages ... | head`
        return 0
    except (CycloptsError, IP1Error, OSError, ValueError) as error:
        complain(explain(error), *getattr(error, "__notes__", ()))
        # ConfigurationError is a ValueError, and a bad argument raises one, too.
        return 2 if isinstance(error, CycloptsError | ValueError) else 1
    return 0


def _show_shared_options() -> None:
    from ip1_async.cli._options import take_everywhere  # noqa: PLC0415  # it brings the client

    shared = App(help="", usage="", help_flags=(), version_flags=(), default_parameter=_PARAMETER)
    shared.default(take_everywhere)
    shared.help_print([])
