"""A Redis server of one's own, on a free port of loopback."""

import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import attrs
import pytest
import redis

needs_redis = pytest.mark.skipif(
    shutil.which("redis-server") is None, reason="redis-server is not installed"
)


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@attrs.define(eq=False)
class RedisServer:
    """Runs a server, until it is stopped or killed.

    Attributes:
        folder: Where it lives.
        options: More of its options.
        port: Where it listens.
        password: What it asks for.
    """

    folder: Path
    options: tuple[str, ...] = ()
    password: str = ""
    port: int = attrs.field(factory=free_port)
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Its address, without a password."""
        return f"redis://127.0.0.1:{self.port}"

    @property
    def socket(self) -> Path:
        """Its socket in the file system."""
        return self.folder / "redis.sock"

    @property
    def client(self) -> Any:
        """A plain client."""
        return redis.Redis(port=self.port, password=self.password or None)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        where = ("--bind", "127.0.0.1", "--port", f"{self.port}", "--unixsocket", str(self.socket))
        secret = ("--requirepass", self.password) if self.password else ()
        self._process = subprocess.Popen(
            ["redis-server", *where, "--save", "", *secret, *self.options],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
        )
        while self._process.poll() is None:
            try:
                with self.client as client:
                    client.ping()
            except redis.ConnectionError:
                time.sleep(0.01)
            else:
                return
        raise ChildProcessError("redis-server ended")

    def kill(self) -> None:
        """Kill it; what it knew is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def signal(self, number: int) -> None:
        """Stop it, or let it go on."""
        assert self._process is not None
        self._process.send_signal(number)
