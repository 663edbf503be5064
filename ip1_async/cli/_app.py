"""All commands, and how they end: with an exit code, and one line that explains a failure."""

# cyclopts awaits async commands itself, and reads types, docstrings and classes of options. Beside
# attrs and rich, which we need anyway, it brings docstring_parser and rich-rst. click and typer
# can't run coroutines; click (without dependencies) reads no types, and typer brings pydantic.

import asyncio
import logging
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Annotated

from cyclopts import App, CycloptsError, Group, Parameter

from ip1_async import IP1Error, __version__
from ip1_async.cli._failures import explain
from ip1_async.cli._options import DEFAULT_CONNECTION, Connection
from ip1_async.cli._output import complain
from ip1_async.cli._resume import TYPED
from ip1_async.cli._screen import LogLines, screen

# Commands by importance, each with what a person may type. They are imported when they run.
_COMMANDS: dict[str, dict[str, tuple[str, ...]]] = {
    "Read": {
        "_read:messages": (
            "ip1 messages 46712345678 --order desc --max-items 20",
            "ip1 messages 46712345678 --cursor-file new.cursor >>messages.jsonl",
        ),
        "_read:summary": ("ip1 summary 46712345678", "ip1 summary 070-1234567 --country SE"),
        "_read:batch": (
            "ip1 batch 5bc86b6e85c7209830f96936 --id",
            "ip1 batch 5bc86b6e85c7209830f96936 fba0e640b7dfbab9bcadc90a",
        ),
        "_discover:batches": ("ip1 batches --order desc --max-items 20",),
        "_read:bundle": ("ip1 bundle 65eb3d14f784682890abc24f",),
        "_discover:bundles": ("ip1 bundles --tag summer",),
        "_discover:senders": ("ip1 senders", "ip1 senders --register Shop"),
        "_discover:blacklist": ("ip1 blacklist", "ip1 blacklist --add 46701234567"),
    },
    "Keep": {
        "_archive:archive": (
            "ip1 archive 46712345678 Acme --output archive",
            "ip1 archive --from-file numbers.txt --refresh 7 --output archive",
            "ip1 archive --all-batches --output archive",
        ),
        "_archive:convert": ("ip1 convert archive/46712345678.jsonl messages.parquet",),
        "report:report": ("ip1 report archive --no-plots",),
    },
    "Receive": {"_listen:listen": ("ip1 listen --path-secret-file secret --port 8080",)},
    "Try and measure": {
        "demo:demo": ("ip1 demo", "ip1 demo --send --recipients 200"),
        "_simulate:simulate": ("ip1 simulate --conversation 46712345678=5000 --latency 0.2",),
        "probe:probe": ("ip1 probe 46712345678",),
        "_bench:bench": ("ip1 bench 46712345678 --pages 20",),
    },
}
_ABOUT_ALL = ("--help", "-h", "--install-completion")  # what explains every command
_LEVELS = {
    "-v": logging.INFO,
    "--verbose": logging.INFO,
    "-q": logging.ERROR,
    "--quiet": logging.ERROR,
}


def _name_default(default: object) -> str | None:
    """Name a default for the help; it shows none for an option that is off."""
    return None if default is None or default is False or default == () else str(default)


_PARAMETER = Parameter(negative=(), show_default=_name_default)
_ALL = Group("All commands")
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
    for _rank, (_command, _examples) in enumerate(_group.items()):
        _lines = "".join(f"\n    {each}" for each in _examples)
        app.command(
            f"ip1_async.cli.{_command}",
            group=_panel,
            sort_key=_rank,
            help_epilogue=f"Examples:\n{_lines}\n\nOptions of the connection, and more: ip1 --help",
        )
app.register_install_completion_command(help="Let the shell complete commands and options on Tab.")

_everywhere = App(
    name="ip1", help="", usage="", help_flags=(), version_flags=(), default_parameter=_PARAMETER
)


@_everywhere.default
def _take_everywhere(
    *,
    verbose: Annotated[bool, Parameter(alias="-v", group=_ALL)] = False,
    quiet: Annotated[bool, Parameter(alias="-q", group=_ALL)] = False,
    connection: Annotated[Connection, Parameter(group="Connection")] = DEFAULT_CONNECTION,
) -> None:
    """Take what every command takes.

    Args:
        verbose: Show failed attempts and other events, too.
        quiet: Show errors only: no bar and no notes.
        connection: How to reach the API.
    """


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
    try:
        with _terminated_as_interrupted():
            await app.run_async(
                rest, exit_on_error=False, print_error=False, result_action="return_value"
            )
        if not rest or rest[0] in _ABOUT_ALL[:2]:
            _everywhere.help_print([])
    except BrokenPipeError:  # the reader has left, as in `ip1 messages ... | head`
        return 0
    except (CycloptsError, IP1Error, OSError, ValueError) as error:
        complain(explain(error, rest), *getattr(error, "__notes__", ()))
        # ConfigurationError is a ValueError, and a bad argument raises one, too.
        return 2 if isinstance(error, CycloptsError | ValueError) else 1
    return 0


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Let SIGTERM end a command as Ctrl-C does: everything is put in order first."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    with suppress(NotImplementedError):  # Windows has no such signal
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        yield
    finally:
        with suppress(NotImplementedError):
            loop.remove_signal_handler(signal.SIGTERM)
