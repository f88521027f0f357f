"""What stays of a case that is taken apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from generators.wiring import Instance, Node


def underneath(node: Node) -> Node:
    """What a relift hands on."""
    while node.kind == "relift" and node.imports[0] is not None:
        node = node.imports[0]
    return node


@dataclass(slots=True)
class Chosen:
    """What stays: functions of guests, functions of the host, and component instances in the order in which they need
    each other."""

    steps: Mapping[Node, tuple[int, ...]]
    starts: tuple[Node, ...]
    nodes: list[Node] = field(default_factory=list)
    host: list[Node] = field(default_factory=list)
    owners: list[Instance] = field(default_factory=list)

    def add(self, node: Node) -> None:
        todo = [underneath(node)]
        while todo:
            at = todo.pop()
            if at.kind == "host":
                if at not in self.host:
                    self.host.append(at)
            elif at.kind == "guest" and at not in self.nodes:
                self.nodes.append(at)
                todo += [underneath(callee) for _, callee in self.calls(at)]

    def kept(self, node: Node) -> tuple[int, ...]:
        """The numbers of the steps of *node* that stay."""
        assert node.function is not None
        every = range(len(node.function.steps))
        alive = [s for s in every if node.imports[node.function.steps[s].callee] is not None]
        return tuple(s for s in self.steps.get(node, tuple(every)) if s in alive)

    def calls(self, node: Node) -> Iterator[tuple[int, Node]]:
        assert node.function is not None
        for s in self.kept(node):
            callee = node.imports[node.function.steps[s].callee]
            assert callee is not None
            yield s, callee

    def order(self, built: Sequence[Instance]) -> bool:
        """Puts the instances in order, callees first, else as they were *built*; False if they go round in a circle or
        nothing of a guest is there."""
        needs: dict[Instance, set[Instance]] = {}
        for node in self.nodes:
            assert node.owner is not None
            needed = {underneath(callee).owner for _, callee in self.calls(node)}
            needs.setdefault(node.owner, set()).update(o for o in needed if o is not None and o is not node.owner)
        while needs:
            ready = [owner for owner, others in needs.items() if not others & needs.keys()]
            if not ready:
                return False
            self.owners.append(min(ready, key=built.index))
            del needs[self.owners[-1]]
        return bool(self.owners)
