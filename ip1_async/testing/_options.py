"""The options of a simulator, and the checks of their values."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from attrs import Attribute, define, field
from attrs.validators import ge, in_, optional

from ip1_async.testing._faults import Faults, Latency
from ip1_async.testing._hooks import is_local
from ip1_async.testing._links import (
    LAST_STYLES,
    LINK_STYLES,
    WITHOUT_NEXT,
    LastStyle,
    LinkStyle,
)
from ip1_async.testing._slices import Rules

Lists = Mapping[str, int | Sequence[Any]]


def _check_token(_: Any, attribute: "Attribute[Any]", token: str | None) -> None:
    if token is not None and not (
        token.isascii() and token.isprintable() and token.split() == [token]
    ):
        raise ValueError(f"{attribute.name}: expected visible ASCII characters without blanks")


def _check_share(_: Any, attribute: "Attribute[Any]", faults: Faults) -> None:
    if isinstance(faults, int | float) and not 0 <= faults <= 1:
        raise ValueError(f"{attribute.name}: expected a share of requests from 0 to 1")


def _check_sizes(_: Any, attribute: "Attribute[Any]", sizes: Any) -> None:
    numbers = isinstance(sizes, Sequence) and all(type(size) is int for size in sizes)
    if not numbers or min(sizes, default=-1) < 0 or max(sizes) == 0:
        raise ValueError(
            f"{attribute.name}: expected whole numbers from 0, at least one of them above 0"
        )


def _check_url(_: Any, attribute: "Attribute[Any]", url: str) -> None:
    if not is_local(url):
        raise ValueError(f"{attribute.name}: expected a URL on this machine")


def _check_together(options: "Options", attribute: "Attribute[Any]", value: Any) -> None:
    """Refuse options that contradict each other, when they are set and when one changes.

    Raises:
        ValueError: Two options contradict each other.
    """
    names = ("page_sizes", "max_page_bytes", "ignore_paging", "link_style")
    chosen = {name: getattr(options, name) for name in names} | {attribute.name: value}
    sizes, style = chosen["page_sizes"], chosen["link_style"]
    if chosen["ignore_paging"]:
        for name in ("page_sizes", "max_page_bytes"):
            if chosen[name] is not None:
                raise ValueError(f"{name}: with ignore_paging every answer is the whole list")
    if sizes is not None and 0 in sizes and style in WITHOUT_NEXT:
        raise ValueError(
            f"page_sizes: without a next in its links (link_style {style!r}) an empty page would"
            " be the end of the list"
        )


@define(kw_only=True, eq=False)
class Options:
    """The options of a simulator; a change applies from the next request on.

    `Simulator` describes the options.
    """

    conversations: Lists = field(factory=dict)
    batches: Lists = field(factory=dict)
    bundles: Lists = field(factory=dict)
    senders: Sequence[str] = ("iP1",)
    blacklist: Sequence[str] = ()
    seed: int = 0
    token: str | None = field(default=None, repr=False, validator=_check_token)
    latency: Latency = 0.0
    max_page_size: int = field(default=200, validator=ge(1))
    default_page_size: int = field(default=50, validator=ge(1))
    over_limit: Literal["clamp", "400"] = field(default="clamp", validator=in_(["clamp", "400"]))
    page_sizes: Sequence[int] | None = field(
        default=None, validator=[optional(_check_sizes), _check_together]
    )
    max_page_bytes: int | None = field(default=None, validator=[optional(ge(1)), _check_together])
    shuffle_ties: int | None = field(default=None, validator=optional(ge(2)))
    repeat_rows: int | None = field(default=None, validator=optional(ge(1)))
    rate_limit: int | None = None
    faults: Faults = field(default=(), validator=_check_share)
    link_style: LinkStyle = field(
        default="next+last", validator=[in_(LINK_STYLES), _check_together]
    )
    last_style: LastStyle = field(default="last", validator=in_(LAST_STYLES))
    offset_base: Literal[0, 1] = field(default=0, validator=in_([0, 1]))
    past_end: Literal["empty", "404"] = field(default="empty", validator=in_(["empty", "404"]))
    ignore_paging: bool = field(default=False, validator=_check_together)
    status_seconds: float = field(default=1.0, validator=ge(0))
    incoming_url: str | None = field(default=None, validator=optional(_check_url))
    report_id: Literal["id", "messageId"] = field(default="id", validator=in_(["id", "messageId"]))
    tags_in_lists: bool = True
    unique_id_twice: Literal["409", "same"] = field(default="409", validator=in_(["409", "same"]))
    cache_bytes: int = 64 << 20
    host: str = "127.0.0.1"
    port: int = 0

    @property
    def rules(self) -> Rules:
        """The options that say how to read the paging of a request."""
        return Rules(
            min(self.default_page_size, self.max_page_size),
            self.max_page_size,
            self.over_limit,
            self.offset_base,
        )
