"""All features that a case can have, by group, and what looks as if it were one and is none."""

from __future__ import annotations

from fuzz.coverage import blocks, calls, crossings, graphs, handles, junk, layout, pointers, scalars, text, traps
from fuzz.coverage.groups import Excluded, Group, named
from fuzz.coverage.places import ELEMENTS, LENGTHS

LISTS = Group(
    "list", "how long lists are, of what",
    named(
        "list",
        *(f"{length} {of}" for of in (*ELEMENTS, "map entries") for length in LENGTHS),
        "map with a key twice",
    ),
)

GROUPS: tuple[Group, ...] = (
    crossings.TYPES, scalars.VALUES, calls.FLAT, layout.LAYOUT, LISTS, text.STRINGS, calls.MEMORIES, blocks.BLOCKS,
    pointers.POINTERS, junk.JUNK, handles.HANDLES, calls.CONTEXT, calls.CALLS, graphs.ROLES, traps.TRAPS, graphs.GRAPHS,
)

POSSIBLE: frozenset[str] = frozenset(feature for group in GROUPS for feature in group.members)

ORDER: tuple[str, ...] = tuple(dict.fromkeys(feature for group in GROUPS for feature in group.members))
"""The same, group by group."""

EXCLUDED: tuple[Excluded, ...] = (
    *crossings.EXCLUDED, *calls.EXCLUDED, *layout.EXCLUDED, *text.EXCLUDED, *blocks.EXCLUDED, *pointers.EXCLUDED,
    *junk.EXCLUDED, *handles.EXCLUDED, *graphs.EXCLUDED, *traps.EXCLUDED,
)

UNDRAWN: dict[str, str] = {
    "type: borrow param element, host import":
        "not generated: wasmtime fails at two borrows in a call of the host (corpus/findings/host-two-borrows.wast)",
    "list: 256 and more handles": "not generated: lists of handles have up to 40",
}
"""Features that no generated case has, and why; other components may have them."""
