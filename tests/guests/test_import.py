"""Guests come when they are called."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("room", ["ip1_async", "ip1_async.testing", "ip1_async.archives"])
def test_nobody_else_imports_what_they_bring(room: str) -> None:
    """Neither dlt nor OpenTelemetry is imported by a program that doesn't ask for them."""
    program = f"import sys, {room}; sys.exit(bool({{'dlt', 'opentelemetry'}} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
