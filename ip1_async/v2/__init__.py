"""Version 2 of the API: SMS."""

from ip1_async._api import Api
from ip1_async.v2.batches import Batches
from ip1_async.v2.conversations import Conversations

__all__ = ["V2", "Batches", "Conversations"]


class V2:
    """SMS.

    Attributes:
        conversations: Messages to and from a participant.
        batches: Messages of one send request.
    """

    def __init__(self, api: Api) -> None:
        self.conversations: Conversations = Conversations(api)
        self.batches: Batches = Batches(api)
