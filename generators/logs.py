"""The logs of guests as functions of components: a definition exports those of all the guests inside."""

from __future__ import annotations

from generators.blueprint import Blueprint, Child, Guest

LOG_FUNCTIONS = (
    ("log-count", "(result u32)"), ("log-entry", '(param "i" u32) (result u64)'), ("log-digest", "(result u64)")
)
"""Names, and types in text."""


def logs(blueprint: Blueprint, definition: int) -> list[tuple[str, tuple[int, str]]]:
    """The prefix of each log that the definition exports, and the item and that item's prefix that it comes from."""
    items = blueprint.definitions[definition].items
    own = [i for i, item in enumerate(items) if isinstance(item, Guest)]
    found = [("" if len(own) == 1 else f"g{i}", (i, "")) for i in own]
    for i, item in enumerate(items):
        if isinstance(item, Child):
            found.extend((qualified(f"c{i}", p), (i, p)) for p, _ in logs(blueprint, item.definition))
    return found


def log_prefixes(blueprint: Blueprint) -> tuple[str, ...]:
    """The prefixes of the root's log exports; `root` for a guest of the root itself."""
    items = blueprint.definitions[blueprint.root].items
    return tuple(
        qualified("root", prefix) if isinstance(items[i], Guest) else prefix
        for prefix, (i, _) in logs(blueprint, blueprint.root)
    )


def qualified(prefix: str, rest: str) -> str:
    return "-".join(part for part in (prefix, rest) if part)
