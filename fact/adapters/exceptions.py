"""Where an exception can come from (CanonicalABI.md, "canon lift": call_and_trap_on_throw).

Catching costs a call something even when nothing is thrown, so an adapter catches only where something can be: an
exception needs a tag, tags never cross from one component instance to another, and no exception leaves an adapter, nor
a resource.drop, which catches what a destructor of such an instance throws.
"""

from __future__ import annotations

from fact.model.plan import InstantiateModule, Plan
from fact.model.syntax import CoreModule, Sort

_HEADER_BYTES = 8
_TAG_SECTION = 13


def throwing_instances(plan: Plan) -> frozenset[int]:
    """The component instances in which some core module defines or imports a tag."""
    tagged = {i for i, module in enumerate(plan.modules) if has_tags(module)}
    return frozenset(
        step.owner for step in plan.steps if isinstance(step, InstantiateModule) and step.module in tagged
    )


def has_tags(module: CoreModule) -> bool:
    return any(wanted.sort is Sort.CORE_TAG for wanted in module.imports) or _TAG_SECTION in _sections(module.binary)


def _sections(binary: bytes) -> set[int]:
    """The ids of a core module's sections."""
    found: set[int] = set()
    at = _HEADER_BYTES
    while at < len(binary):
        found.add(binary[at])
        length, at = _u32(binary, at + 1)
        at += length
    return found


def _u32(binary: bytes, at: int) -> tuple[int, int]:
    """The LEB128 number at *at*, and where it ends; what is cut off counts as zero."""
    value = shift = 0
    while at < len(binary):
        byte = binary[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            break
    return value, at
