"""Version 2 of the API: SMS."""

from ip1_async._api import Api
from ip1_async._sending.sms import CodingLike, TypeLike, Window
from ip1_async.v2.batches import Batches
from ip1_async.v2.blacklist import Blacklist
from ip1_async.v2.conversations import Conversations
from ip1_async.v2.senders import Senders

__all__ = [
    "V2",
    "Batches",
    "Blacklist",
    "CodingLike",
    "Conversations",
    "Senders",
    "TypeLike",
    "Window",
]


class V2:
    """SMS.

    Attributes:
        conversations: Messages to and from a participant.
        batches: Send requests, and the messages of each.
        senders: The registered senders.
        blacklist: Numbers that get no messages.
    """

    def __init__(self, api: Api) -> None:
        self.conversations: Conversations = Conversations(api)
        self.batches: Batches = Batches(api)
        self.senders: Senders = Senders(api)
        self.blacklist: Blacklist = Blacklist(api)
