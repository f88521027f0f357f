"""What the host answers: the meaning of `blueprint.Behaviour`."""

from __future__ import annotations

from collections.abc import Sequence

from fact.model.traps import Trap, TrapReason
from fact.model.values import Value
from generators.blueprint import Answer, Behaviour, EchoArgument, HostTrap
from generators.values import value


def respond(behaviour: Behaviour, args: Sequence[Value]) -> Value | None:
    """The host's result for *args*; raises `Trap` with reason HOST for `HostTrap`."""
    match behaviour:
        case Answer(type=t, image=image):
            return None if t is None else value(t, image)
        case EchoArgument(index=index):
            return args[index]
        case HostTrap():
            raise Trap(TrapReason.HOST)
