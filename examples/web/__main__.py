"""Run the example, and let Ctrl-C end it at any moment."""

import signal

# Until the server waits for Ctrl-C itself, it ends the process at once, not with a traceback out
# of whatever is being imported.
signal.signal(signal.SIGINT, signal.SIG_DFL)

from examples.web.server import main  # noqa: E402

main()
