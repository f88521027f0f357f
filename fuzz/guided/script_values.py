"""Another value in a call of a script."""

from __future__ import annotations

import re
from random import Random

from fact.model.types import Prim
from generators.edges import EDGES

_CONSTANT = re.compile(rb"\((bool|[su](?:8|16|32|64))\.const\s+([^\s()]+)\)")
"""Of component values only: what core code holds is written in other words."""


def with_another_value(data: bytes, random: Random) -> bytes | None:
    """*data* with an integer or a bool that a call passes changed; None if there is none."""
    found = list(_CONSTANT.finditer(data))
    if not found:
        return None
    chosen = random.choice(found)
    t = Prim(chosen[1].decode())
    number = random.choice(EDGES[t])
    value = ("true" if number else "false") if t is Prim.BOOL else str(number)
    return data[: chosen.start(2)] + value.encode() + data[chosen.end(2) :]
