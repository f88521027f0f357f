"""A blueprint as a case, with what the reference says came of it: what to hold against another engine, or to write down
as a script (`fuzz.script.to_wast`)."""

from __future__ import annotations

from fact.model.settings import Reentrance
from fuzz.case import Case, Origin, case_of
from fuzz.engines.reference import ReferenceEngine
from fuzz.examine import program_of
from fuzz.expect import with_expectations
from generators.families import AnyBlueprint


def reference_case(blueprint: AnyBlueprint, reentrance: Reentrance = Reentrance.GUARDED) -> Case:
    """The component's text, its calls, and what each is `expected` to come to: `Returned` a value or `Trapped` for a
    reason; None where the reference can say neither. After a call that trapped, the next one is of a new instance; if a
    start function traps there are no calls, but a `start_trap`. Raises `ValueError` when the text cannot be assembled.
    """
    case = case_of(blueprint, Origin(reentrance=reentrance.value))
    return with_expectations(case, ReferenceEngine(reentrance=reentrance), program_of(case))
