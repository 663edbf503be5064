"""The endpoints: they turn a request into status, headers and body, and know no socket."""

from collections.abc import Mapping
from urllib.parse import quote, unquote

from attrs import define, field

from ip1_async.testing._account import Account, Doors
from ip1_async.testing._answers import JSON, Answer, refusal
from ip1_async.testing._faults import Request
from ip1_async.testing._links import PagePlace, link_lines
from ip1_async.testing._messages import MessageDict, count_codes, encode
from ip1_async.testing._options import Options
from ip1_async.testing._pages import PageWriter
from ip1_async.testing._slices import PARAMETERS, PagingError, read_slice
from ip1_async.testing._store import Conversation, Listing, Store

_COLLECTIONS = ("messages", "batches", "bundles", "conversations", "senders")


@define(eq=False)
class Endpoints:
    """Answers requests from the lists of a store."""

    _options: Options
    _store: Store
    _account: Account
    _pages: PageWriter = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._pages = PageWriter(self._options)

    def answer(self, request: Request) -> Answer:
        """Answer one request."""
        if not self._knows(request.headers):
            return refusal(401, "No valid token", request, ("WWW-Authenticate", "Bearer"))
        # Split before decoding: a %2F is part of its segment.
        path = [unquote(each) for each in request.raw_path.partition("?")[0].split("/")[1:]]
        doors = self._doors(path)
        if not doors:
            return refusal(404, "No such resource", request)
        if request.method not in doors:
            allowed = ", ".join(doors)
            return refusal(405, f"Answered here: {allowed}", request, ("Allow", allowed))
        found = doors[request.method](request)
        if found is None:
            return refusal(404, f"No such {_noun(path)}", request)
        return self._finish(request, found)

    def _knows(self, headers: Mapping[str, str]) -> bool:
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return False
        return self._options.token is None or token.strip() == self._options.token

    def _doors(self, path: list[str]) -> Doors:
        store = self._store
        match path:
            case ["v2", "conversations", name, *rest]:
                return self._conversation(name, rest)
            case ["v2", "batches", batch, "messages"]:
                return {"GET": lambda _: store.batch(batch)}
            case ["v2", "batches", batch, "messages", message]:
                return {"GET": lambda _: store.batch_message(batch, message)}
            case ["v3", "bundles", bundle, "messages"]:
                return {"GET": lambda _: store.bundle(bundle)}
            case ["v3", "bundles", bundle, "messages", message]:
                return {"GET": lambda _: store.bundle_message(bundle, message)}
        return self._account.doors(path)

    def _finish(self, request: Request, found: Answer | Listing | MessageDict) -> Answer:
        if isinstance(found, Answer):
            return found
        if isinstance(found, dict):
            return Answer(200, encode(found))
        return self._page(request, found) if found.count() else Answer(200, b"[]")

    def _conversation(self, name: str, rest: list[str]) -> Doors:
        listing = self._store.conversation(name)
        match rest:
            case []:
                return {"GET": lambda request: self._page(request, listing)}
            case ["mt" | "mo" as direction]:
                return {"GET": lambda request: self._page(request, listing, direction)}
            case ["summary"]:
                return {"GET": lambda _: _summary(name, listing)}
        return {}

    def _page(
        self, request: Request, listing: Listing | None, direction: str | None = None
    ) -> Answer:
        try:
            part = read_slice(request.query, self._options.rules)
        except PagingError as error:
            errors = {error.parameter: [str(error)]}
            return refusal(400, "Paging was invalid", request, errors=errors)
        if listing is None or not listing.count(direction):
            return refusal(404, "No messages to list", request)
        page = self._pages.write(listing, direction, part, request.path)
        if self._options.ignore_paging:
            return Answer(200, page.body)
        if part.first >= page.total and self._options.past_end == "404":
            return refusal(404, "No messages to list", request)
        links = self._links(request, PagePlace(part, page.rows, page.total))
        return Answer(200, page.body, (JSON, *links))

    def _links(self, request: Request, place: PagePlace) -> list[tuple[str, str]]:
        options = self._options
        others = (each for each in request.query.items() if each[0] not in PARAMETERS)
        lines = link_lines(
            options.link_style,
            place,
            last_style=options.last_style,
            offset_base=options.offset_base,
            url=f"http://{request.headers.get('Host')}{request.raw_path.partition('?')[0]}",
            more="".join(f"&{name}={quote(value)}" for name, value in others),
        )
        return [("Link", line) for line in lines]


def _noun(path: list[str]) -> str:
    """Name what a path leads to, after the last collection in it that is not asked for whole."""
    collection = next((each for each in reversed(path[:-1]) if each in _COLLECTIONS), "numbers")
    return "batch" if collection == "batches" else collection[:-1]


def _summary(name: str, listing: Conversation | None) -> MessageDict | None:
    if listing is None or not listing.count():
        return None
    tally = listing.tally()
    return {
        "participant": name,
        "totalMessageCount": tally.total(),
        "totalSmsCount": sum(key[2] * times for key, times in tally.items()),
        "mobileTerminatedMessages": count_codes(tally, "mt"),
        "mobileOriginatedMessages": count_codes(tally, "mo"),
    }
