"""The host as a component sees it: one callable that serves every imported function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from fact.model.types import FuncType
from fact.model.values import Value


class Host(Protocol):
    """Serves imports. *path* is `HostImport.path`; raises `Trap` with reason HOST to make the guest trap."""

    def __call__(self, path: tuple[str, ...], type: FuncType, args: Sequence[Value], /) -> Value | None: ...


@runtime_checkable
class DroppingHost(Host, Protocol):
    """A host that is told when the last owner of one of its own resources is gone."""

    def drop(self, path: tuple[str, ...], number: int) -> None:
        """*path* is `Resource.path`, *number* the representation. Raises `Trap` as a function would."""
        ...
