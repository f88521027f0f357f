"""Fewer directives, plainer ones, and plainer values in calls."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fuzz.minimise.scripts.constants import plainer_constants
from fuzz.minimise.scripts.model import ACTING, ScriptParts, with_action
from fuzz.minimise.scripts.search import Search, fewer
from fuzz.wast import script as commands


def fewer_directives(search: Search) -> None:
    def without(run: Sequence[object]) -> ScriptParts | None:
        taken = set(run)
        stay = [d for d in search.best.directives if id(d) not in taken]
        return search.best.with_directives(stay) if len(stay) < len(search.best.directives) else None

    fewer(search, [id(d) for d in search.best.directives], without)


def plain_directives(search: Search) -> None:
    """A call in place of an assertion, a component that is instantiated at once in place of a definition."""
    acting = [i for i, d in enumerate(search.best.directives) if isinstance(d.command, ACTING)]
    plain = search.best
    for i in acting:
        plain = plain.with_command(i, _plain(plain, i))
    if not search.improves(plain):
        for i in acting:
            search.improves(search.best.with_command(i, _plain(search.best, i)))
    for i in range(len(search.best.directives) - 1):
        joined = _joined(search.best, i) if i + 1 < len(search.best.directives) else None
        if joined is not None:
            search.improves(joined)


def _plain(parts: ScriptParts, index: int) -> commands.Command:
    command = parts.directives[index].command
    assert isinstance(command, ACTING)
    return commands.Perform(line=command.line, action=command.action)


def _joined(parts: ScriptParts, i: int) -> ScriptParts | None:
    """`(component $i ...)` for `(component definition $D ...)` and `(component instance $i $D)`."""
    first, second = parts.directives[i : i + 2]
    match first.command, second.command:
        case commands.Define() as d, commands.Instantiate(definition=name, instance=instance) if d.name == name:
            made = commands.DefineAndInstantiate(
                line=d.line, filename=d.filename, module_type=d.module_type, binary_filename=d.binary_filename,
                name=instance)
            joined = parts.with_command(i, made)
            return joined.with_directives((*joined.directives[: i + 1], *joined.directives[i + 2 :]))
    return None


def without_names(search: Search) -> None:
    """Of instances and definitions where the latest is meant."""
    for i, directive in enumerate(search.best.directives):
        c = directive.command
        match c:
            case commands.DefineAndInstantiate(name=str()) | commands.Define(name=str()):
                search.improves(search.best.with_command(i, msgspec.structs.replace(c, name=None)))
            case commands.Instantiate(instance=str()):
                search.improves(search.best.with_command(i, msgspec.structs.replace(c, instance=None)))
        match c:
            case commands.Instantiate(definition=str()):
                search.improves(search.best.with_command(i, msgspec.structs.replace(c, definition=None)))
            case _ if isinstance(c, ACTING) and c.action.module is not None:
                action = msgspec.structs.replace(c.action, module=None)
                search.improves(search.best.with_command(i, with_action(c, action)))


def plainer_values(search: Search) -> None:
    for i, directive in enumerate(search.best.directives):
        if isinstance(directive.command, ACTING):
            for number in range(len(directive.command.action.args)):
                while _plainer_value(search, i, number):
                    pass


def _plainer_value(search: Search, index: int, number: int) -> bool:
    command = search.best.directives[index].command
    assert isinstance(command, ACTING)
    args = command.action.args
    for plainer in plainer_constants(args[number]):
        action = msgspec.structs.replace(command.action, args=(*args[:number], plainer, *args[number + 1 :]))
        if search.improves(search.best.with_command(index, with_action(command, action))):
            return True
    return False
