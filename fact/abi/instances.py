"""CanonicalABI.md, "Component Instances": who may be entered, and who may leave."""

from __future__ import annotations


class ComponentInstance:
    """The state of a component instance that the canonical ABI reads and writes.

    A caller of None is the host. The set of instances that a call enters depends on the pair of caller and callee
    only, so it is worked out once for each pair.
    """

    __slots__ = ("_entering", "may_enter", "may_leave", "parent")

    def __init__(self, parent: ComponentInstance | None = None) -> None:
        self.parent = parent
        self.may_enter = True
        self.may_leave = True
        self._entering: dict[ComponentInstance | None, tuple[ComponentInstance, ...]] = {}

    def may_enter_from(self, caller: ComponentInstance | None) -> bool:
        return all(inst.may_enter for inst in self.entering_set(caller))

    def enter_from(self, caller: ComponentInstance | None) -> None:
        for inst in self.entering_set(caller):
            inst.may_enter = False

    def leave_to(self, caller: ComponentInstance | None) -> None:
        for inst in self.entering_set(caller):
            inst.may_enter = True

    def entering_set(self, caller: ComponentInstance | None) -> tuple[ComponentInstance, ...]:
        """What a call from *caller* enters: this instance and its ancestors, without those the caller is in."""
        found = self._entering.get(caller)
        if found is None:
            inside = () if caller is None else caller.self_and_ancestors()
            found = tuple(inst for inst in self.self_and_ancestors() if inst not in inside)
            self._entering[caller] = found
        return found

    def self_and_ancestors(self) -> tuple[ComponentInstance, ...]:
        """Innermost first."""
        return (self,) if self.parent is None else (self, *self.parent.self_and_ancestors())
