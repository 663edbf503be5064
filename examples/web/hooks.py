"""What iP.1 posts: it is read from the API, and shown on all open pages."""

from examples.web.hub import Hub
from ip1_async import Client
from ip1_async.webhooks import HookEvent, Receiver


def make_receiver(client: Client, hub: Hub, secret: str) -> Receiver:
    """Make the receiver of delivery reports and incoming messages."""
    receiver = Receiver(client, secret=secret)
    receiver.on_delivery_report(hub.show_report)
    receiver.on_incoming(hub.show_message)

    @receiver.fallback
    def ignore(event: HookEvent) -> None:
        """Take what this page has no place for."""

    return receiver
