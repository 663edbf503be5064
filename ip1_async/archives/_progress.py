"""Estimate the progress over many conversations from those that were begun."""

import attrs

from ip1_async.archives._conversation import Conversation
from ip1_async.archives._results import OnProgress, Progress

_PAGE_SIZE = 200


class CallbackError(Exception):
    """Carries what the caller's own function raised: it ends the run, and not one conversation."""

    def __init__(self, raised: BaseException) -> None:
        super().__init__()
        self.raised = raised


@attrs.define(eq=False)
class Overview:
    """Sums over conversations. The unit of work is a request: one each, and one per full page."""

    conversations: int
    on_progress: OnProgress | None
    _finished: int = 0
    _received: int = 0
    _work: float = 0.0
    _open: set[Conversation] = attrs.field(factory=set)

    def begin(self, conversation: Conversation) -> None:
        """Count a conversation from now on."""
        self._open.add(conversation)

    def finish(self, conversation: Conversation) -> None:
        """Keep the sums of a conversation, forget the rest, and report the progress."""
        self._open.remove(conversation)
        self._finished += 1
        self._received += conversation.received
        self._work += 1 + conversation.received / _PAGE_SIZE
        self.tell()

    def tell(self) -> None:
        """Report the progress to the caller's function, if there is one.

        Raises:
            CallbackError: The function raised an exception.
        """
        if self.on_progress is None:
            return
        try:
            self.on_progress(self._progress())
        except BaseException as error:  # noqa: BLE001  # the run raises it unchanged
            raised = error
        else:
            return
        raise CallbackError(raised)

    def _progress(self) -> Progress:
        return Progress(
            conversations=self.conversations,
            finished=self._finished,
            received=self._received + sum(each.received for each in self._open),
            share=self._share(),
        )

    def _share(self) -> float | None:
        """Estimate the share of the work; the known conversations are taken as typical."""
        known = [(each.received, each.expected) for each in self._open if each.expected is not None]
        count = self._finished + len(known)
        if not count:
            return None
        done = self._work + sum(received / _PAGE_SIZE for received, _ in known)
        work = self._work + sum(1 + expected / _PAGE_SIZE for _, expected in known)
        return done / (work * self.conversations / count)
