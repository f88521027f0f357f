"""How a definition's text refers to what is in its scope, and brings into sight what is defined further out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from generators.blueprint import Code, Definition, Guest, Ref
from generators.placing import Places
from generators.typetext import provided


@dataclass(slots=True)
class Referring:
    """Of definition *number*. *aliased*: the names from further out that it has by now."""

    text: Places
    number: int
    definition: Definition
    aliased: set[str] = field(default_factory=set)

    def sight(self, code: Code) -> Iterator[str]:
        """Brings into sight what is defined further out."""
        home, name = self.where(code)
        yield from self.outer(home, "component" if code.item is None else "core module", name)

    def where(self, code: Code) -> tuple[int | None, str]:
        """Which definition's text has *code*, and what it is called there."""
        if code.item is None:
            return self.text.blueprint.definitions[code.definition].home, f"$D{code.definition}"
        return self.text.modules[code.definition, code.item, "guest"]

    def outer(self, home: int | None, sort: str, name: str) -> Iterator[str]:
        if home != self.number and name not in self.aliased:
            self.aliased.add(name)
            yield f"(alias outer $D{home} {name} ({sort} {name}))"

    def called(self, ref: Ref, name: str) -> str:
        """What the code *ref* is called: *name* if it is an instance's export."""
        if (code := ref.code) is not None:
            return self.where(code)[1]
        return name if ref.path or ref.source == "item" else f"$import{ref.index}"

    def named(self, ref: Ref, sort: str, name: str) -> Iterator[str]:
        """Makes *name*, by which the code *ref* is `called`, stand for it."""
        if (code := ref.code) is not None:
            yield from self.sight(code)
        source = f"${'import' if ref.source == 'import' else 'i'}{ref.index}"
        for n, part in enumerate(() if code is not None else ref.path):
            inner = f"{name}.{n}" if n + 1 < len(ref.path) else name
            yield f'(alias export {source} "{part}" ({"instance" if inner != name else sort} {inner}))'
            source = inner

    def ref(self, ref: Ref) -> str:
        """As an argument, or after a name that is exported."""
        sort = self.sort(ref)
        if (code := ref.code) is not None:
            return f"({sort} {self.where(code)[1]})"
        path = ref.path
        if ref.source == "import":
            name = f"$import{ref.index}"
        elif isinstance(self.definition.items[ref.index], Guest):
            name, path = f"$i{ref.index}.{path[0]}", ()
        else:
            name = f"$i{ref.index}"
        return f"({sort} {name}{''.join(f' {chr(34)}{p}{chr(34)}' for p in path)})"

    def sort(self, ref: Ref) -> str:
        match provided(self.text.blueprint, self.definition, ref):
            case dict():
                return "instance"
            case Code(item=item):
                return "component" if item is None else "core module"
        return "func"
