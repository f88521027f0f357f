"""A difference between engines on one case, ready to be grouped and read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table


@dataclass(frozen=True, slots=True)
class Side:
    """Engines that agree with each other, and what they saw; *state* explains a trap, a sentence a line."""

    engines: tuple[str, ...]
    saw: str
    state: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Divergence:
    """*position*: `load`, `instantiate`, `call`, `host` (what the component called) or `log` (what guests observed).

    *call* is the number of the call, *call_text* the call in words; None and empty before the first call. *signature*
    is the same for divergences of one kind: engines on each side, outcome kinds and reasons, position. *logs* are the
    prefixes of the logs that differ, *entries* what stands in them: side by side, in the order of *sides*. *first* says
    where two values of several parts differ first, and is empty where the sides say it all.
    """

    position: str
    call: int | None
    call_text: str
    sides: tuple[Side, ...]
    signature: str
    logs: tuple[str, ...] = ()
    entries: tuple[tuple[str, ...], ...] = field(default=(), compare=False)
    first: str = field(default="", compare=False)

    @property
    def title(self) -> str:
        where = f"call {self.call}, {self.call_text}" if self.call is not None else self.position
        about = {"host": "calls of the host differ: ", "log": "guest logs differ: "}.get(self.position, "")
        return about + where

    def lines(self) -> tuple[str, ...]:
        """For a file's header or a terminal without colours."""
        width = max(len(", ".join(side.engines)) for side in self.sides)
        lines = [f"disagreement: {self.title}"]
        for i, side in enumerate(self.sides):
            lines.append(f"  {', '.join(side.engines):{width}}  {side.saw}")
            lines.extend(f"  {'':{width}}    {line}" for line in side.state)
            if self.entries:
                lines.extend(f"  {'':{width}}    {entry}" for entry in self.entries[i])
        if self.first:
            lines.append(f"  first difference: {self.first}")
        return tuple(lines)

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def __rich__(self) -> Table:
        from rich.table import Table

        table = Table("engines", "saw", title=self.title, title_justify="left", title_style="bold", box=None,
                      caption=self.first and f"first difference: {self.first}", caption_justify="left")
        for i, side in enumerate(self.sides):
            more = (*side.state, *(self.entries[i] if self.entries else ()))
            table.add_row(", ".join(side.engines), "\n  ".join((side.saw, *more)))
        return table
