"""All commands, and how they end: with an exit code, and one line that explains a failure."""

# cyclopts awaits async commands itself, and reads types, docstrings and classes of options. Beside
# attrs and rich, which we need anyway, it brings docstring_parser and rich-rst. click and typer
# can't run coroutines; click (without dependencies) reads no types, and typer brings pydantic.

import asyncio
from collections.abc import Sequence

from cyclopts import App, CycloptsError, Parameter

import ip1_async
from ip1_async import IP1Error
from ip1_async.cli._archive import archive, convert
from ip1_async.cli._bench import bench
from ip1_async.cli._discover import batches, blacklist, bundles, senders
from ip1_async.cli._listen import listen
from ip1_async.cli._output import discard_stdout, note
from ip1_async.cli._read import batch, bundle, messages, summary
from ip1_async.cli._simulate import simulate
from ip1_async.cli.demo import demo
from ip1_async.cli.probe import probe
from ip1_async.cli.report import report


def _name_default(default: object) -> str | None:
    """Name a default for the help; it shows none for an option that is off."""
    return None if default is None or default is False or default == () else str(default)


app = App(
    name="ip1",
    help="Read the iP.1 SMS and RCS API. The token comes from IP1_API_TOKEN or --token-file.",
    version=ip1_async.__version__,
    default_parameter=Parameter(negative=(), show_default=_name_default),
)
for _command in (
    messages,
    summary,
    batch,
    batches,
    bundle,
    bundles,
    senders,
    blacklist,
    archive,
    convert,
    report,
    probe,
    listen,
    bench,
    simulate,
    demo,
):
    app.command(_command)
app.register_install_completion_command(help="Let the shell complete commands and options on Tab.")


def run(tokens: Sequence[str]) -> int:
    """Run one command in its own event loop, and give its exit code."""
    try:
        return asyncio.run(execute(tokens))
    except KeyboardInterrupt:
        return 130


async def execute(tokens: Sequence[str]) -> int:
    """Run one command, and give its exit code; an expected failure is one line on stderr."""
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
