"""Where operations stand in a case about handles, and the state that they find there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from fact.model.traps import Trap
from generators.frozen import put
from generators.handles import HandleBlueprint
from generators.handles_model import Model
from generators.handles_script import Copy, Hook, Invoke, Op, Raw, Script
from generators.handles_used import entered, with_script


@dataclass(frozen=True, slots=True)
class Place:
    """A script: that of call number *call*, or the one in the operation to which *path* leads, position by position.
    *instance* carries it out; *depth*: within so many calls of other instances."""

    call: int
    path: tuple[int, ...]
    instance: int
    depth: int
    script: Script

    def __str__(self) -> str:
        inside = "".join(f".{n}" for n in self.path)
        return f"call {self.call}{inside} of instance {self.instance}"


def places(b: HandleBlueprint) -> list[Place]:
    """Every script of the case; not that of a call which the host itself carries out."""
    return [place for n, call in enumerate(b.calls) if (at := entered(b, call)) and hasattr(call, "script")
            for place in _within(b, Place(n, (), at[0], 0, at[1]))]


def _within(b: HandleBlueprint, place: Place) -> Iterator[Place]:
    yield place
    for n, op in enumerate(place.script):
        path = (*place.path, n)
        match op:
            case Invoke(callee=callee, script=script):
                source = b.callee(place.instance, callee)
                if callee not in b.definition(place.instance).hosts:
                    yield from _within(b, Place(place.call, path, source.instance, place.depth + 1, script))
            case Hook(script=script):
                yield from _within(b, Place(place.call, path, place.instance, place.depth + 1, script))


def with_script_at(b: HandleBlueprint, place: Place, script: Script) -> HandleBlueprint:
    """*b* with another script there."""
    call = b.calls[place.call]
    whole = _changed(entered(b, call)[1], place.path, script)
    return replace(b, calls=put(b.calls, place.call, with_script(call, whole)))


def _changed(outer: Script, path: tuple[int, ...], script: Script) -> Script:
    if not path:
        return script
    op = outer[path[0]]
    assert isinstance(op, Invoke | Hook)
    return put(outer, path[0], replace(op, script=_changed(op.script, path[1:], script)))


def with_operation_at(b: HandleBlueprint, place: Place, position: int, *ops: Op) -> HandleBlueprint:
    """*b* with *ops* in place of the operation there."""
    script = (*place.script[:position], *ops, *place.script[position + 1 :])
    return with_script_at(b, place, script)


# -- the state there

_HERE = Copy(Raw(0), 0)
"""An operation that is told from any other by being this one."""


class _ReachedError(Exception):
    """The model has come to `_HERE`."""


class _Stopping(Model):
    def one(self, instance: int, op: Op) -> None:
        if op is _HERE:
            raise _ReachedError
        Model.one(self, instance, op)


def state_at(b: HandleBlueprint, place: Place, position: int) -> Model | None:
    """The model when it comes to that position for the first time, with everything under way; None if it never does."""
    marked = with_script_at(b, place, (*place.script[:position], _HERE, *place.script[position:]))
    model = _Stopping(b)
    for call in marked.calls:
        try:
            model.call(call)
        except _ReachedError:
            return model
        except Trap:
            model = _Stopping(b)
    return None
