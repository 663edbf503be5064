"""What the app has to know beside its client."""

from secrets import token_urlsafe

from attrs import field, frozen

from examples.web.guard import HOOKS


@frozen
class Settings:
    """Who sends, where hooks arrive, and where keys are kept.

    Attributes:
        sender: A registered sender; customers can reply to a number only.
        public_url: How iP.1 reaches this app; without it, no delivery reports come.
        secret: The last segment of the path of hooks.
        journal: The file that holds the keys of answers.
    """

    sender: str = "iP1"
    public_url: str | None = None
    secret: str = field(factory=token_urlsafe, repr=False)
    journal: str = ":memory:"

    @property
    def hook_url(self) -> str | None:
        """Where iP.1 posts to."""
        return self.public_url and f"{self.public_url.rstrip('/')}{HOOKS}/{self.secret}"
