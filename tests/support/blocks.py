"""Python blocks of the documentation, as programs."""

import ast
import textwrap


def compiled(block: str) -> str:
    """Make a block a program: one that awaits at its top level gets a coroutine around it."""
    try:
        tree = ast.parse(block)
        awaits = any(isinstance(node, ast.AsyncWith) for node in tree.body)
    except SyntaxError:
        awaits = True
    if not awaits:
        return block
    body = textwrap.indent(block, "    ")
    setup = "import asyncio\nfrom ip1_async import Client\n"
    return f"{setup}async def program():\n{body}\nasyncio.run(program())\n"
