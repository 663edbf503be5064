"""Pages of a list that may move, joined to one list. Nothing here knows HTTP."""
