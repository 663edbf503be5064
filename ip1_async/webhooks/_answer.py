"""How to say that a hook was not taken."""

from http import HTTPStatus


class NotTaken(Exception):  # noqa: N818  # an answer, and nothing that went wrong here
    """Raise it in a handler to answer with a status of your own, without a word in the log.

    iP.1 repeats the hook, as it does for everything but 200.

    Attributes:
        status: From 400 on.
    """

    def __init__(self, status: int) -> None:
        if status < HTTPStatus.BAD_REQUEST:
            raise ValueError("status: expected 400 or more, for a hook that is not taken")
        super().__init__(status)
        self.status: HTTPStatus = HTTPStatus(status)
