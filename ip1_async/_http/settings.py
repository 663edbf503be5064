"""The settings of a client, checked before anything is sent."""

import ipaddress
import os
import re
from collections.abc import Awaitable, Callable

import attrs
from yarl import URL

from ip1_async._http.secret import Secret
from ip1_async.errors import ConfigurationError

Token = str | Callable[[], str | Awaitable[str]]
# Scheme, host and path in visible ASCII: no credentials, no query, no fragment.
_PLAIN_URL = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?", re.ASCII)
_PROXY_URL = re.compile(r"https?://([^\s/?#@]+@)?[^\s/?#@]+/?", re.ASCII)
LIMIT_VARIABLE = "IP1_LIMIT_URL"
TOKEN_VARIABLE = "IP1_API_TOKEN"  # noqa: S105  # the variable's name


@attrs.frozen
class CallOptions:
    """What a call may set for itself; a bad value is a `ConfigurationError`.

    Attributes:
        timeout: Seconds for one attempt.
        retry_for: Seconds to go on retrying, counted from the first failure; 0 is never.
        concurrency: Most pages of a listing in flight or waiting.
        low_priority: Every call lets those of others go first, as pages do.
    """

    timeout: float
    retry_for: float
    concurrency: int
    low_priority: bool = False

    def __attrs_post_init__(self) -> None:
        _check_seconds("timeout", self.timeout)
        _check_seconds("retry_for", self.retry_for, zero=True)
        check_count("concurrency", self.concurrency)


def check_token(token: Secret) -> Secret:
    """Take the blanks off the ends of a token, and refuse what can't stand in a header.

    Raises:
        ConfigurationError: The token is blank, or has control or non-ASCII characters.
    """
    token = Secret(token.reveal().strip(" ") if isinstance(token.reveal(), str) else "")
    if not re.fullmatch(r"[\x21-\x7e]+", token.reveal()):
        raise ConfigurationError(
            "token: expected visible ASCII characters without blanks"
            if token.reveal()
            else f"token: none given; pass one or set {TOKEN_VARIABLE}"
        )
    return token


def find_token(given: Secret) -> Secret:
    """Take the token or the function given, or else the variable's token.

    Raises:
        ConfigurationError: There is none, or it can't be used.
    """
    if callable(given.reveal()):
        return given
    if given.reveal() is None:
        given = Secret(os.environ.get(TOKEN_VARIABLE, ""))
    return check_token(given)


def find_url(given: str | None, variable: str, default: str, *, allow_http: bool) -> URL:
    """Take the base URL given, the variable's, or the default, without a slash at its end.

    Raises:
        ConfigurationError: It is no plain `https` URL; `http` goes to loopback only.
    """
    text = given or os.environ.get(variable) or default
    if not isinstance(text, str) or not _PLAIN_URL.fullmatch(text):
        raise ConfigurationError(f"{variable.lower()}: expected https://host/path and no more")
    try:
        url = URL(text.rstrip("/"), encoded=True)
        host = url.host or ""
    except ValueError:
        raise ConfigurationError(f"{variable.lower()}: not a URL") from None
    if url.scheme == "http" and not allow_http and not is_loopback(host):
        raise ConfigurationError(
            f"{variable.lower()}: http would show the token to anyone on the way; use https, "
            "or allow_http=True"
        )
    return url


def check_proxy(proxy: str | None) -> str | None:
    """Refuse what is no URL of an HTTP proxy.

    Raises:
        ConfigurationError: It is not; its text, which may hold a password, is not shown.
    """
    if proxy is None or (isinstance(proxy, str) and _PROXY_URL.fullmatch(proxy)):
        return proxy
    raise ConfigurationError("proxy: expected http://host:port, with credentials or without")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its address or as `localhost`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_seconds(name: str, value: float, *, zero: bool = False) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not (0 < value < float("inf") or (zero and value == 0)):
        raise ConfigurationError(f"{name}: expected seconds {'from' if zero else 'above'} 0")


def check_count(name: str, value: int) -> int:
    """Refuse what is no whole number from 1.

    Raises:
        ConfigurationError: It is not.
    """
    if type(value) is not int or value < 1:
        raise ConfigurationError(f"{name}: expected a whole number from 1")
    return value
