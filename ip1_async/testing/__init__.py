"""An iP.1 server in the process, for tests, demos and benchmarks.

The package imports a name when it is first used: pytest loads the plugin here in every run.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ip1_async.testing._faults import Fault, Faults, Latency, Request
    from ip1_async.testing._hooks import HookCall
    from ip1_async.testing._links import LINK_STYLES, LinkStyle
    from ip1_async.testing._outbox import Sent
    from ip1_async.testing._server import Simulator

__all__ = [
    "LINK_STYLES",
    "Fault",
    "Faults",
    "HookCall",
    "Latency",
    "LinkStyle",
    "Request",
    "Sent",
    "Simulator",
]

_HOMES = {"Simulator": "_server", "LINK_STYLES": "_links", "LinkStyle": "_links"}
_HOMES |= {"HookCall": "_hooks", "Sent": "_outbox"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(f"{__name__}.{_HOMES.get(name, '_faults')}")
    return getattr(home, name)
