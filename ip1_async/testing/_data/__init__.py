"""Believable messages, each made from its number alone."""
