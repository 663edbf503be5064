"""The lists of a simulator, by name."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import define, field

from ip1_async.testing._data.conversations import ConversationTraffic
from ip1_async.testing._data.sendings import BatchTraffic, BundleTraffic
from ip1_async.testing._lists import GeneratedConversation, GeneratedList, GivenList
from ip1_async.testing._messages import MessageDict
from ip1_async.testing._options import Options

Conversation = GeneratedConversation | GivenList
Listing = GeneratedList[Any] | GivenList


@define(eq=False)
class Store:
    """Finds lists by name. Every request looks a list up anew, so the caller can replace it."""

    _options: Options
    _kept: dict[tuple[str, str], tuple[Any, Any]] = field(factory=dict, init=False)
    _fresh: dict[tuple[str, str], list[MessageDict]] = field(factory=dict, init=False)
    _histories: dict[str, list[MessageDict]] = field(factory=dict, init=False)
    _deleted: set[str] = field(factory=set, init=False)

    def conversation(self, name: str) -> Conversation | None:
        """Find a conversation by its participant."""
        found: Conversation | None = self._find("conversation", name)
        return found

    def batch(self, batch_id: str) -> Listing | None:
        """Find a batch: an entry of `batches`, or the messages of a batch in a conversation."""
        if batch_id in self._deleted:
            return None
        own: Listing | None = self._find("batch", batch_id)
        if own is not None:
            return own
        found = (each.batch(batch_id) for each in self._conversations())
        messages = next(filter(None, found), None)
        if messages is None:
            return None
        return self.rows(messages)

    def batch_message(self, batch_id: str, message_id: str) -> dict[str, Any] | None:
        """Find one message of a batch with its full history."""
        if batch_id in self._deleted:
            return None
        own: Listing | None = self._find("batch", batch_id)
        if own is not None:
            return self._with_history(own.find(message_id))
        found = (each.find(message_id) for each in self._conversations())
        message = next((each for each in found if each and each.get("batchId") == batch_id), None)
        return self._with_history(message)

    def bundle(self, bundle_id: str) -> Listing | None:
        """Find a bundle."""
        found: Listing | None = self._find("bundle", bundle_id)
        return found

    def bundle_message(self, bundle_id: str, message_id: str) -> dict[str, Any] | None:
        """Find one message of a bundle."""
        listing = self.bundle(bundle_id)
        return None if listing is None else listing.find(message_id)

    def named(self, name: str) -> Listing:
        """Find the conversation, batch or bundle of this name.

        Raises:
            KeyError: No list has this name.
        """
        for kind in _MADE:
            found: Listing | None = self._find(kind, name)
            if found is not None:
                return found
        raise KeyError(name)

    def rows(self, items: Sequence[Any]) -> GivenList:
        """Make a list of these items, for one answer."""
        return GivenList(items, _MADE["batch"](0, "", 0), self._options)

    def add(self, kind: str, name: str, message: MessageDict) -> None:
        """Add a message to the end of a list, which begins to exist with its first message."""
        listing: Listing | None = self._find(kind, name)
        if listing is None:
            self._fresh[kind, name] = [message]
        else:
            listing.insert(listing.count(), [message])

    def add_status(self, message: MessageDict, status: MessageDict) -> None:
        """Give a message its next status: lists show the latest, the message alone shows all."""
        message["statuses"] = [status]
        message["modified"] = status["created"]
        self._histories.setdefault(message["id"], []).append(status)

    def delete_batch(self, batch_id: str) -> None:
        """Forget a batch; its messages stay in their conversations."""
        self._deleted.add(batch_id)

    def _with_history(self, message: MessageDict | None) -> MessageDict | None:
        if message is None or message.get("id") not in self._histories:
            return message
        return {**message, "statuses": self._histories[message["id"]]}

    def _conversations(self) -> Iterator[Conversation]:
        for name in self._options.conversations:
            yield self._find("conversation", name)

    def _find(self, kind: str, name: str) -> Any:
        lists: Mapping[str, Any] = getattr(self._options, _OPTIONS[kind])
        value = lists.get(name, self._fresh.get((kind, name)))
        if value is None:
            return None
        known, listing = self._kept.get((kind, name), (None, None))
        if known is not value:
            listing = self._make(kind, name, value)
            self._kept[kind, name] = (value, listing)
        return listing

    def _make(self, kind: str, name: str, value: Any) -> Listing:
        count = value if isinstance(value, int) else 0
        traffic = _MADE[kind](self._options.seed, name, count)
        if not isinstance(value, int):
            return GivenList(value, traffic, self._options)
        if isinstance(traffic, ConversationTraffic):
            return GeneratedConversation(traffic, count, self._options)
        return GeneratedList(traffic, count, self._options)


_OPTIONS = {"conversation": "conversations", "batch": "batches", "bundle": "bundles"}
_MADE: dict[str, Any] = {
    "conversation": ConversationTraffic,
    "batch": BatchTraffic,
    "bundle": BundleTraffic,
}
