"""Whether what was kept shows all that the corpus showed: measured again, by processes that have run nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from fuzz.cmin.measure import Measured, Order
from fuzz.cmin.output import Kept, there
from fuzz.cmin.workers import Crew, Ended


@dataclass(frozen=True, slots=True)
class Lost:
    """An element that no kept case shows now, and what became of each that did."""

    element: str
    why: tuple[str, ...]


@dataclass(slots=True)
class Checked:
    """*lost* is empty if all is well. *troubles*: files that are missing, changed, or cannot be measured, and why.
    *unsteady*: files as they were that do not show each time what they showed when they were measured, and what: that
    is no loss as long as others show it. *another_version* of factfuzz measured the corpus, and may name things
    otherwise."""

    cases: int = 0
    elements: int = 0
    complete: bool = True
    another_version: bool = False
    lost: list[Lost] = field(default_factory=list)
    troubles: dict[str, str] = field(default_factory=dict)
    unsteady: dict[str, list[str]] = field(default_factory=dict)

    @property
    def interrupted(self) -> bool:
        return not self.complete

    @property
    def ok(self) -> bool:
        return self.complete and not self.lost and not self.troubles


def check(
    out: Path, kept: Kept, crew: Crew, stopped: Callable[[], object], told: Callable[[int], object]
) -> Checked:
    """Measures the files of *kept* in *out*. Not complete when *stopped*."""
    checked = Checked(len(kept.files), len(kept.elements))
    found = there(out)
    orders = []
    for name, sha in kept.files.items():
        if name not in found:
            checked.troubles[name] = "is missing"
        else:
            if found[name].hex() != sha:
                checked.troubles[name] = "was changed since it was kept"
            orders.append(Order(str(out / name), found[name]))
    shown: set[str] = set()
    done = 0
    for order, measured in crew.measured(orders, stopped):
        name = Path(order.path).name
        shown.update(_shown(checked, kept, name, measured))
        done += 1
        told(done)
    checked.complete = done == len(orders)
    if checked.complete:
        _losses(checked, kept, shown)
    return checked


def _shown(checked: Checked, kept: Kept, name: str, measured: Measured | Ended) -> set[str]:
    if isinstance(measured, Ended):
        checked.troubles[name] = f"ended the process that measured it: {measured.how}"
        return set()
    if measured.unreadable:
        checked.troubles.setdefault(name, f"cannot be measured: {measured.unreadable}")
        return set()
    shown = set(measured.elements)
    before = {kept.elements[position] for position in kept.shown[name]}
    if name not in checked.troubles and not shown >= before:
        checked.unsteady[name] = sorted(before - shown)
    return shown


def _losses(checked: Checked, kept: Kept, shown: set[str]) -> None:
    wanted = {position: name for position, name in enumerate(kept.elements) if name not in shown}
    why: dict[int, list[str]] = {position: [] for position in wanted}
    for file, positions in kept.shown.items():
        for position in wanted.keys() & set(positions):
            why[position].append(f"{file} {checked.troubles.get(file, 'does not show it each time')}")
    checked.lost = [Lost(wanted[position], tuple(why[position])) for position in sorted(wanted)]
