"""What the page shows of messages and summaries, as plain values for JSON."""

from typing import Any

from ip1_async import (
    ConversationSummary,
    DeliveryReport,
    Direction,
    Message,
    MessageStatusCode,
    Status,
)


def bubble(message: Message) -> dict[str, Any]:
    """Pick what the page shows of a message, and nothing else."""
    outgoing = message.direction == Direction.MT
    return {
        "id": message.id,
        "batch": message.batch_id,
        "text": message.body or "",
        "outgoing": outgoing,
        "sender": message.sender,
        "time": message.modified and message.modified.isoformat(),
        "state": delivery_state(message.latest_status) if outgoing else None,
        "status": status_text(message.latest_status),
        "since": since(message.latest_status),
        "segments": message.segments or 0,
        # A string: JavaScript would round the number.
        "price": None if message.price is None else f"{message.price:f}",
        "currency": (message.currency or "").upper(),
    }


def news(report: DeliveryReport) -> dict[str, Any]:
    """Pick what a delivery report changes in a bubble."""
    status = Status(created=report.created, code=report.code, duration=report.duration)
    return {
        "id": report.id,
        "state": delivery_state(status),
        "status": status_text(status),
        "since": since(status),
    }


def since(status: Status | None) -> float:
    """Say when a status was reached, in seconds since 1970: reports come in any order."""
    return status.created.timestamp() if status and status.created else 0.0


def delivery_state(status: Status | None) -> str:
    """Sort a status into `delivered`, `failed`, and `sending`, which may still change."""
    if status is None:
        return "sending"
    if status.code == MessageStatusCode.DELIVERED_TO_HANDSET:
        return "delivered"
    # A refund follows a failure, though its block is the one of messages under way.
    is_over = status.is_final or status.code == MessageStatusCode.REFUNDED
    return "failed" if is_over else "sending"


def status_text(status: Status | None) -> str:
    """Say a status in words, or as the number where it has none."""
    if status is None or status.code is None:
        return "no status yet"
    if isinstance(status.code, MessageStatusCode):
        return status.code.name.replace("_", " ").lower().replace("gsm", "GSM")
    return f"status {status.code}"


def counts(summary: ConversationSummary) -> dict[str, int]:
    """Sum up a conversation by what became of its messages."""
    sums = dict.fromkeys(("delivered", "sending", "failed"), 0)
    for code, count in summary.mobile_terminated_messages.items():
        sums[delivery_state(Status(code=code))] += count.messages or 0
    received = summary.mobile_originated_messages.values()
    return {
        **sums,
        "received": sum(count.messages or 0 for count in received),
        "messages": summary.total_message_count or 0,
        "segments": summary.total_sms_count or 0,
    }
