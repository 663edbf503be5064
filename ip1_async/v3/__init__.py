"""Version 3 of the API: RCS."""

from ip1_async._api import Api
from ip1_async.v3.bundles import Bundles
from ip1_async.v3.capabilities import PhoneCapabilities
from ip1_async.v3.conversations import BundleConversations

__all__ = ["V3", "BundleConversations", "Bundles", "PhoneCapabilities"]


class V3:
    """RCS.

    Attributes:
        bundles: Messages that were sent together.
        conversations: Conversations with a person.
        capabilities: What a phone can show.
    """

    def __init__(self, api: Api) -> None:
        self.bundles: Bundles = Bundles(api)
        self.conversations: BundleConversations = BundleConversations(api)
        self.capabilities: PhoneCapabilities = PhoneCapabilities(api)
