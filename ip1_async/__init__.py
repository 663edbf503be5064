"""Asyncio client for the iP.1 SMS and RCS API."""

__version__ = "0.1.0"
