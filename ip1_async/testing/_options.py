"""What a simulator can be told."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from attrs import define, field
from attrs.validators import ge, in_

from ip1_async.testing._faults import Faults, Latency
from ip1_async.testing._paging import LINK_STYLES, LinkStyle, Rules

Lists = Mapping[str, int | Sequence[Any]]


@define(kw_only=True, eq=False)
class Options:
    """The settings of a simulator; a change holds from the next request.

    `Simulator` describes them.
    """

    conversations: Lists = field(factory=dict)
    batches: Lists = field(factory=dict)
    bundles: Lists = field(factory=dict)
    seed: int = 0
    token: str | None = field(default=None, repr=False)
    latency: Latency = 0.0
    max_page_size: int = field(default=200, validator=ge(1))
    default_page_size: int = field(default=50, validator=ge(1))
    over_limit: Literal["clamp", "400"] = field(default="clamp", validator=in_(["clamp", "400"]))
    rate_limit: int | None = None
    faults: Faults = ()
    link_style: LinkStyle = field(default="next+last", validator=in_(LINK_STYLES))
    last_style: Literal["last", "past"] = field(default="last", validator=in_(["last", "past"]))
    offset_base: Literal[0, 1] = field(default=0, validator=in_([0, 1]))
    past_end: Literal["empty", "404"] = field(default="empty", validator=in_(["empty", "404"]))
    ignore_paging: bool = False
    cache_bytes: int = 64 << 20
    host: str = "127.0.0.1"
    port: int = 0

    @property
    def rules(self) -> Rules:
        """How lists are paged."""
        return Rules(
            min(self.default_page_size, self.max_page_size),
            self.max_page_size,
            self.over_limit,
            self.offset_base,
            self.last_style,
        )
