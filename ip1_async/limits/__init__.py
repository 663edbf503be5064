"""One limit for all processes that use an account.

```python
async with Client(rate_limit=RedisLimiter("redis://localhost")) as client:
    ...
```

`RedisLimiter` is for processes anywhere, `FileLimiter` for those of one machine. Both give the
same: at most `rate` requests in any second at the server, equal shares for all processes that
want more, and a pause for all as soon as one is asked for it.
"""

import os

from ip1_async._http.secret import Secret
from ip1_async._http.settings import LIMIT_VARIABLE
from ip1_async.limits._file import FileLimiter
from ip1_async.limits._redis import RedisLimiter
from ip1_async.limits._url import check_file, parse

__all__ = ["FileLimiter", "RedisLimiter", "from_url"]


def from_variable(*, allow_http: bool) -> RedisLimiter | FileLimiter | None:
    """Make the limiter that `IP1_LIMIT_URL` names, if it names one.

    Raises:
        ConfigurationError: The URL can't be used.
    """
    url = os.environ.get(LIMIT_VARIABLE)
    return from_url(url, allow_http=allow_http) if url else None


def has_password(url: str) -> bool:
    """Whether the URL of a limit holds a password, which other users of a machine must not see.

    Raises:
        ConfigurationError: It is no URL of a limit.
    """
    return parse(Secret(url)).has_password


def from_url(
    url: str, rate: float = 30.0, *, allow_http: bool = False
) -> RedisLimiter | FileLimiter:
    """Make the limiter that a URL names.

    Args:
        url: `redis://host/0?name=account`, `rediss://`, `unix:///path` or `file:///path`.
        rate: Requests per second.
        allow_http: Allow `redis://`, which is not encrypted, to other hosts than loopback.

    Raises:
        ConfigurationError: The URL can't be used. Its text, which may hold a password, is not
            shown.
    """
    secret = Secret(url)
    del url
    address = parse(secret)
    if address.scheme == "file":
        return FileLimiter(check_file(address), rate)
    name = "default" if address.name is None else address.name
    return RedisLimiter(address.url.reveal(), rate, name=name, allow_http=allow_http)
