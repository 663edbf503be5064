"""How far many conversations are, when only those that were begun are known."""

import attrs

from ip1_async.archives._conversation import Conversation
from ip1_async.archives._results import OnProgress, Progress

_PAGE_SIZE = 200


class CallbackError(Exception):
    """What the caller's own function raised: the end of the run, and no conversation's failure."""

    def __init__(self, raised: BaseException) -> None:
        super().__init__()
        self.raised = raised


@attrs.define(eq=False)
class Overview:
    """Sums over conversations. Work is counted in requests: one each, and one per full page."""

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
        """Forget a conversation but for its sums, and tell."""
        self._open.remove(conversation)
        self._finished += 1
        self._received += conversation.received
        self._work += 1 + conversation.received / _PAGE_SIZE
        self.tell()

    def tell(self) -> None:
        """Call whoever wants to know.

        Raises:
            CallbackError: It raised something.
        """
        if self.on_progress is None:
            return
        try:
            self.on_progress(self._progress())
        except BaseException as error:  # noqa: BLE001  # the run gives it back as it came
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
        """Take the conversations that are known as an example of the others."""
        known = [(each.received, each.expected) for each in self._open if each.expected is not None]
        count = self._finished + len(known)
        if not count:
            return None
        done = self._work + sum(received / _PAGE_SIZE for received, _ in known)
        work = self._work + sum(1 + expected / _PAGE_SIZE for _, expected in known)
        return done / (work * self.conversations / count)
