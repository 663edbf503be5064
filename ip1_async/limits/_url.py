"""The addresses of limits, taken apart so that no password can be shown."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import attrs

from ip1_async._http.secret import Secret
from ip1_async._http.settings import is_loopback
from ip1_async.errors import ConfigurationError

_SCHEMES = ("redis", "rediss", "unix", "file")
# A password in the query, or a switch that turns certificates off, would be an accident.
_OPTIONS = {"redis": {"db"}, "unix": {"db"}, "rediss": {"db", "ssl_ca_certs"}}


@attrs.frozen
class Address:
    """What may be shown of a URL, and the rest.

    Attributes:
        scheme: `redis`, `rediss`, `unix` or `file`.
        host: The host, or "".
        place: Host and port.
        path: The path, decoded.
        options: The names in the query, without `name`.
        name: The limit's name in the query.
        url: The URL without that name.
        has_password: Whether the URL has one.
    """

    scheme: str
    host: str
    place: str
    path: str
    options: frozenset[str]
    name: str | None
    url: Secret
    has_password: bool

    @property
    def shown(self) -> str:
        """What may be shown of it."""
        return f"{self.scheme}://{self.place}{self.path}"


def parse(url: Secret) -> Address:
    """Take a URL apart.

    Raises:
        ConfigurationError: It is none of a limit; its text is not shown.
    """
    try:
        address = _take_apart(url.reveal())
    except (ValueError, TypeError, AttributeError):  # their texts may quote the URL
        address = None
    if address is None:
        raise ConfigurationError("limit: expected redis://, rediss://, unix:// or file://")
    return address


def _take_apart(url: Any) -> Address | None:
    parts = urlsplit(url)
    query = parse_qs(parts.query, keep_blank_values=True)
    name = query.pop("name", [None])[-1]
    if parts.scheme not in _SCHEMES or parts.fragment:
        return None
    is_numbered = all(map(str.isdecimal, query.get("db", [])))
    has_password_in_path = parts.path[:1] not in ("", "/")  # "redis:me:password@host"
    if not is_numbered or has_password_in_path:
        return None
    return Address(
        parts.scheme,
        parts.hostname or "",
        f"{parts.hostname or ''}{'' if parts.port is None else f':{parts.port}'}",
        unquote(parts.path),
        frozenset(query),
        name,
        Secret(parts._replace(query=urlencode(query, doseq=True)).geturl()),
        parts.password is not None or "password" in query,
    )


def check_redis(address: Address, *, allow_http: bool) -> None:
    """Refuse what is no address of a Redis server, or would show the password on the way.

    Raises:
        ConfigurationError: It is.
    """
    by_socket = address.scheme == "unix"
    if address.scheme == "file" or not (address.path if by_socket else address.host):
        raise ConfigurationError("limit: expected a Redis server, or the path of its socket")
    if not address.options <= _OPTIONS[address.scheme]:
        raise ConfigurationError(
            "limit: expected no other options than name, db, and with rediss:// ssl_ca_certs"
        )
    if address.scheme == "redis" and not allow_http and not is_loopback(address.host):
        raise ConfigurationError(
            "limit: redis:// would show the password to anyone on the way; use rediss://, or "
            "allow_http=True"
        )


def check_file(address: Address) -> str:
    """Give the path of a file's URL.

    Raises:
        ConfigurationError: It is of another machine, not from the root, or has options.
    """
    bare = not address.options and address.name is None
    if address.host not in ("", "localhost") or not bare or not address.path.startswith("/"):
        raise ConfigurationError("limit: expected file:///path from the root, and no more")
    return address.path
