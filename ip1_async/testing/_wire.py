"""Makes what a send becomes on the wire: batches, bundles, their messages, and reports."""

import re
from collections.abc import Mapping
from typing import Any

from ip1_async.segments import gsm_segments, segments, ucs_segments
from ip1_async.testing._data.clock import timestamp
from ip1_async.testing._data.countries import home_of
from ip1_async.testing._data.mixing import key_of
from ip1_async.testing._data.traffic import ACCOUNTS
from ip1_async.testing._messages import Json

_OWNER, _, _CURRENCY = ACCOUNTS[0]
_URGENT = 100  # priority 2 costs 0.01 EUR more per SMS; in ten-thousandths, as all prices are
_RCS_PRICE = 395
_UNIT = 10_000
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_FIRST_FINAL = 200
_BATCH: Json = {"type": "sms", "datacoding": "ucs", "priority": 1, "deliveryReportUrl": None}
_BATCH |= {"reference": None, "deliveryWindows": [], "tags": []}
_BUNDLE: Json = {"brand": None, "agent": None, "content": None, "uniqueId": None, "tags": []}


def make_batch(batch_id: str, payload: Json) -> Json:
    """Make a batch, without its summaries."""
    templated = isinstance(payload["recipients"], Mapping)
    shared = {"sender": payload["sender"], "body": payload["body"], "owner": _OWNER}
    chosen = {name: payload.get(name) or default for name, default in _BATCH.items()}
    return {"id": batch_id, **shared, "direction": "mt", **chosen, "templated": templated}


def make_sms(message_id: str, batch: Json, recipient: str, text: str) -> Json:
    """Make an SMS of a batch, without statuses."""
    gsm = gsm_segments(text) if batch["datacoding"] == "gsm" else None
    parts = (gsm or ucs_segments(text)).count
    rate = home_of(recipient).prices[_CURRENCY] + _URGENT * (batch["priority"] - 1)
    copied = ("owner", "sender", "direction", "type", "datacoding", "priority", "reference")
    message = {"id": message_id, "batchId": batch["id"], "recipient": recipient, "body": text}
    message |= {name: batch[name] for name in copied}
    return {**message, "segments": parts, "price": rate * parts / _UNIT, "currency": _CURRENCY}


def make_incoming(message_id: str, sender: str, recipient: str, body: str) -> Json:
    """Make an incoming SMS, which has no price, currency and reference."""
    counted = segments(body)
    message: Json = {"id": message_id, "owner": _OWNER, "sender": sender, "recipient": recipient}
    message |= {"body": body, "direction": "mo", "type": "SMS", "priority": 1}
    return {**message, "segments": counted.count, "datacoding": counted.coding.value}


def make_bundle(bundle_id: str, payload: Json, moment: int) -> Json:
    """Make a bundle."""
    chosen = {name: payload.get(name) or default for name, default in _BUNDLE.items()}
    return {"id": bundle_id, **chosen, "created": timestamp(moment, 7)}


def make_rcs(message_id: str, recipient: str) -> Json:
    """Make a message of a bundle, without its status."""
    price = _RCS_PRICE / _UNIT
    return {"id": message_id, "recipient": recipient, "price": price, "currency": _CURRENCY}


def make_chat(bundle: Json, recipient: str, seed: int) -> Json:
    """Make the conversation that the first bundle to a recipient begins."""
    key = key_of(seed, "chat", bundle["brand"], bundle["agent"], recipient)
    copied = {name: bundle[name] for name in ("brand", "agent", "uniqueId")}
    return {"id": f"{key:024x}", **copied, "recipient": recipient, "started": bundle["created"]}


def make_status(code: int, moment: int) -> Json:
    """Make a status; a code that is not in the block of information is final."""
    return {"created": timestamp(moment, 7), "code": code, "duration": int(code >= _FIRST_FINAL)}


def make_report(message: Json, status: Json, id_field: str) -> Json:
    """Make a delivery report; the documents print its currency in lower case."""
    copied = ("batchId", "recipient", "segments", "price", "reference")
    report = {id_field: message["id"], **{name: message[name] for name in copied}}
    return {**report, "currency": message["currency"].lower(), **status}


def fill(body: str, recipients: Any, number: str) -> str:
    """Fill the placeholders of a body for one of its recipients; a list has none."""
    if not isinstance(recipients, Mapping):
        return body
    values = {**(recipients.get("default") or {}), **(recipients[number] or {})}
    return _PLACEHOLDER.sub(lambda found: str(values.get(found[1], found[0])), body)
