"""Version 3 of the API: RCS."""

from ip1_async._api import Api
from ip1_async.v3.bundles import Bundles

__all__ = ["V3", "Bundles"]


class V3:
    """RCS.

    Attributes:
        bundles: Messages of one campaign.
    """

    def __init__(self, api: Api) -> None:
        self.bundles: Bundles = Bundles(api)
