"""What the host answers: the meaning of `blueprint.Behaviour`."""

from __future__ import annotations

from collections.abc import Sequence

from fact.model.traps import Trap, TrapReason
from fact.model.values import Value
from generators.blueprint import Answer, Behaviour, EchoArgument, HostTrap
from generators.values import value


def respond(behaviour: Behaviour, args: Sequence[Value]) -> Value | None:
    """The host's result for *args*. Raises `Trap` with reason HOST for `HostTrap`, `ValueError` for an argument that
    there is not."""
    match behaviour:
        case Answer(type=t, image=image):
            return None if t is None else value(t, image)
        case EchoArgument(index=index):
            if not 0 <= index < len(args):
                raise ValueError(f"the host's answer is argument {index} of {len(args)}; they are numbered from 0")
            return args[index]
        case HostTrap():
            raise Trap(TrapReason.HOST)
