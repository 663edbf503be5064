"""Believable messages: the seed, the name of a list and a number decide a whole message."""
