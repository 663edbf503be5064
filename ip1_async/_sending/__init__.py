"""Sends: their bodies, checked, their keys, and how an uncertain one is found again."""
