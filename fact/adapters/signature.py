"""How the parameters and the result of a function travel, as core values or through memory.

CanonicalABI.md, "Flattening": flatten_functype.
"""

from __future__ import annotations

from dataclasses import dataclass

from fact.adapters.shapes import MAX_FLAT, RecordShape, Shape, Shapes
from fact.model.types import CoreFuncType, CoreValType, FuncType, PtrType

MAX_FLAT_PARAMS = MAX_FLAT
MAX_FLAT_RESULTS = 1


@dataclass(frozen=True, slots=True)
class Signature:
    """A function type by shapes. The number of flat values is the same for both types of pointers."""

    params: RecordShape
    """All of them as one record: how they are laid out when they are too many."""
    result: Shape | None

    @classmethod
    def of(cls, shapes: Shapes, ft: FuncType) -> Signature:
        """Raises `Unsupported`, naming the type, for one that adapters cannot carry."""
        result = None if ft.result is None else shapes.of(ft.result)
        return cls(shapes.record((label, shapes.of(t)) for label, t in ft.params), result)

    @property
    def params_spill(self) -> bool:
        """Whether the parameters are too many to be passed flat."""
        return self.params.flat("i32") is None

    @property
    def result_spills(self) -> bool:
        if self.result is None:
            return False
        flat = self.result.flat("i32")
        return flat is None or len(flat) > MAX_FLAT_RESULTS

    def lift_type(self, pointer: PtrType) -> CoreFuncType:
        """Of the core function that is lifted: what spills comes as a pointer."""
        return CoreFuncType(self._params(pointer), (pointer,) if self.result_spills else self._result(pointer))

    def lower_type(self, pointer: PtrType) -> CoreFuncType:
        """Of the core function that a lower makes: a pointer to where a result that spills goes comes last."""
        if self.result_spills:
            return CoreFuncType((*self._params(pointer), pointer), ())
        return CoreFuncType(self._params(pointer), self._result(pointer))

    def post_return_type(self, pointer: PtrType) -> CoreFuncType:
        """It is given the flat results of the lifted function."""
        return CoreFuncType(self.lift_type(pointer).results, ())

    def _params(self, pointer: PtrType) -> tuple[CoreValType, ...]:
        return (pointer,) if (flat := self.params.flat(pointer)) is None else flat

    def _result(self, pointer: PtrType) -> tuple[CoreValType, ...]:
        return () if self.result is None else self.result.flat(pointer) or ()
