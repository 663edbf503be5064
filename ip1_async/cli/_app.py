"""All commands, and how they end: with an exit code, and one line that explains a failure."""

# cyclopts awaits async commands itself, and reads types, docstrings and classes of options. Beside
# attrs and rich, which we need anyway, it brings docstring_parser and rich-rst. click and typer
# can't run coroutines; click (without dependencies) reads no types, and typer brings pydantic.

import asyncio
from collections.abc import Sequence

from cyclopts import App, CycloptsError, Parameter

from ip1_async import IP1Error, __version__
from ip1_async.cli._output import discard_stdout, note

# A command is imported when it is run: all of them take a third of a second.
_COMMANDS = (
    "_read:messages",
    "_read:summary",
    "_read:batch",
    "_discover:batches",
    "_read:bundle",
    "_discover:bundles",
    "_discover:senders",
    "_discover:blacklist",
    "_archive:archive",
    "_convert:convert",
    "report:report",
    "send:send",
    "_listen:listen",
    "probe:probe",
    "_bench:bench",
    "_simulate:simulate",
    "_demo:demo",
)
_ABOUT_ALL = ("--help", "-h", "--install-completion")  # what explains every command


def _name_default(default: object) -> str | None:
    """Name a default for the help; it shows none for an option that is off."""
    return None if default is None or default is False or default == () else str(default)


app = App(
    name="ip1",
    help="Read the iP.1 SMS and RCS API. The token comes from IP1_API_TOKEN or --token-file.",
    version=__version__,
    version_format="plaintext",  # markdown would take a seventh of a second
    default_parameter=Parameter(negative=(), show_default=_name_default),
)
for _command in _COMMANDS:
    app.command(f"ip1_async.cli.{_command}")
app.register_install_completion_command(help="Let the shell complete commands and options on Tab.")


def run(tokens: Sequence[str]) -> int:
    """Run one command in its own event loop, and give its exit code."""
    try:
        return asyncio.run(execute(tokens))
    except KeyboardInterrupt:
        return 130


async def execute(tokens: Sequence[str]) -> int:
    """Run one command, and give its exit code; an expected failure is one line on stderr."""
    if not tokens or tokens[0] in _ABOUT_ALL:
        app.resolved_commands()
    try:
        await app.run_async(
            list(tokens), exit_on_error=False, print_error=False, result_action="return_value"
        )
    except BrokenPipeError:  # the reader has left, as in `ip1 messages ... | head`
        discard_stdout()
    except (CycloptsError, IP1Error, OSError, ValueError) as error:
        note(str(error), *getattr(error, "__notes__", ()))
        # ConfigurationError is a ValueError, and a bad argument raises one, too.
        return 2 if isinstance(error, CycloptsError | ValueError) else 1
    return 0
