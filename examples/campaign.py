"""Remind everybody in a CSV file of an appointment, and send no reminder twice.

    python -m examples.campaign appointments.csv            # shows what it would send
    python -m examples.campaign appointments.csv --send

The file has a head: `recipient`, and a column for each placeholder, `name` and `when` here. The
token comes from `IP1_API_TOKEN`. Beside the CSV file, one with the suffix `.key` is made before
anything is sent: as long as it is there, the command only looks for what it sent.
"""

import argparse
import asyncio
import csv
import sys
from datetime import datetime, time, timedelta, tzinfo
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

from ip1_async import Batch, Client, IP1Error, Preview, SendUncertainError, preview

BODY = "Hi {name}! Your appointment is on {when}. Reply STOP for no more reminders."
ZONE = ZoneInfo("Europe/Stockholm")
# Nobody wants an SMS at night: what comes too late today goes out tomorrow.
OPENS, CLOSES = time(9), time(20)
MOST_RECIPIENTS = 1_000

People = dict[str, dict[str, str]]


def main() -> None:
    """Show what would be sent, or send it."""
    parser = argparse.ArgumentParser(description="Remind people of their appointments.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--sender", default="iP1", help="a registered number or name")
    parser.add_argument("--send", action="store_true")
    arguments = parser.parse_args()
    people = read_people(arguments.file)
    show(preview(BODY, people, datacoding="gsm"))
    if arguments.send:
        key_file = arguments.file.with_suffix(".key")
        try:
            batch = asyncio.run(send_once(key_file, people, arguments.sender))
        except (IP1Error, ValueError) as error:
            sys.exit(str(error))
        print(f"sent as batch {batch.id}")


def read_people(file: Path) -> People:
    """Read the values of the placeholders by number."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    people = {row.pop("recipient"): row for row in rows}
    if len(people) < len(rows):
        sys.exit(f"{file}: a number comes twice")
    if len(people) > MOST_RECIPIENTS:
        sys.exit(f"{file}: more than {MOST_RECIPIENTS:,} recipients")
    return people


def show(seen: Preview) -> None:
    """Print the first text and what all take; end if one can't be sent."""
    if seen.impossible:
        sys.exit(f"{len(seen.impossible)} numbers can't be right")
    if seen.segments is None:
        sys.exit(f"not in the GSM alphabet: {seen.beyond_gsm}")
    print(seen.texts[0].text)
    print(f"{len(seen.texts):,} recipients, {seen.segments:,} segments")


async def send_once(key_file: Path, people: People, sender: str) -> Batch:
    """Send to everybody, or find what an earlier run sent."""
    async with Client() as client:
        batches = client.v2.batches
        try:
            key = make_key(key_file)
        except FileExistsError:
            return await find(client, read_key(key_file))
        try:
            return await batches.send(
                sender=sender,
                recipients=people,
                body=BODY,
                datacoding="gsm",
                delivery_windows=windows(datetime.now(ZONE)),
                tags=["reminders"],
                key=key,
            )
        except SendUncertainError:
            return await find(client, key)
        except (IP1Error, ValueError):  # certainly not sent
            forget_key(key_file)
            raise


def make_key(file: Path) -> str:
    """Make the key of this send, and write it down first.

    Raises:
        FileExistsError: An earlier run did.
    """
    key = str(uuid4())
    with file.open("x", encoding="ascii") as new:
        new.write(key)
    return key


def read_key(file: Path) -> str:
    """Read the key of an earlier run."""
    return file.read_text(encoding="ascii")


def forget_key(file: Path) -> None:
    """Let the next run send."""
    file.unlink()


async def find(client: Client, key: str) -> Batch:
    """Find the batch with a key; end if it can't be found, for a person has to decide then."""
    batch = await client.v2.batches.settle(key, patience=60)
    if batch is None:
        sys.exit(f"uncertain: perhaps sent, but not seen so far; its key is {key}")
    return batch


def windows(now: datetime) -> list[tuple[datetime, datetime]]:
    """Give today's window and tomorrow's, without what is over."""
    days = (now.date() + timedelta(days=ahead) for ahead in range(2))
    zone: tzinfo = ZONE
    both = [(datetime.combine(d, OPENS, zone), datetime.combine(d, CLOSES, zone)) for d in days]
    return [window for window in both if window[1] > now]


if __name__ == "__main__":
    main()
