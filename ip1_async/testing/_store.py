"""The lists of a simulator, by name."""

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import define, field

from ip1_async.testing._data.conversations import ConversationTraffic
from ip1_async.testing._data.sendings import BatchTraffic, BundleTraffic
from ip1_async.testing._lists import GeneratedConversation, GeneratedList, GivenList
from ip1_async.testing._options import Options

Conversation = GeneratedConversation | GivenList
Listing = GeneratedList[Any] | GivenList


@define(eq=False)
class Store:
    """Finds lists by name. Every request looks a list up anew, so the caller can replace it."""

    _options: Options
    _kept: dict[tuple[str, str], tuple[Any, Any]] = field(factory=dict, init=False)

    def conversation(self, name: str) -> Conversation | None:
        """Find a conversation by its participant."""
        found: Conversation | None = self._find("conversation", self._options.conversations, name)
        return found

    def batch(self, batch_id: str) -> Listing | None:
        """Find a batch: an entry of `batches`, or the messages of a batch in a conversation."""
        own: Listing | None = self._find("batch", self._options.batches, batch_id)
        if own is not None:
            return own
        found = (each.batch(batch_id) for each in self._conversations())
        messages = next(filter(None, found), None)
        if messages is None:
            return None
        return GivenList(messages, _MADE["batch"](0, batch_id, 0), self._options)

    def batch_message(self, batch_id: str, message_id: str) -> dict[str, Any] | None:
        """Find one message of a batch with its full history."""
        own: Listing | None = self._find("batch", self._options.batches, batch_id)
        if own is not None:
            return own.find(message_id)
        found = (each.find(message_id) for each in self._conversations())
        return next((each for each in found if each and each.get("batchId") == batch_id), None)

    def bundle(self, bundle_id: str) -> Listing | None:
        """Find a bundle."""
        found: Listing | None = self._find("bundle", self._options.bundles, bundle_id)
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
        options = self._options
        for kind, lists in (
            ("conversation", options.conversations),
            ("batch", options.batches),
            ("bundle", options.bundles),
        ):
            found: Listing | None = self._find(kind, lists, name)
            if found is not None:
                return found
        raise KeyError(name)

    def _conversations(self) -> Iterator[Conversation]:
        for name in self._options.conversations:
            yield self._find("conversation", self._options.conversations, name)

    def _find(self, kind: str, lists: Mapping[str, Any], name: str) -> Any:
        value = lists.get(name)
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


_MADE: dict[str, Any] = {
    "conversation": ConversationTraffic,
    "batch": BatchTraffic,
    "bundle": BundleTraffic,
}
