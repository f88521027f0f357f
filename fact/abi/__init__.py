"""The reference: CanonicalABI.md as an interpreter, in the specification's order and with its names.

| section of CanonicalABI.md | here |
|---|---|
| Component Instances | `instances` |
| Embedding | `embedding` |
| Canonical ABI Options | `options` |
| Lifting and Lowering Context | `context` |
| Despecialization | `despecialization` |
| Alignment, Element Size | `layout` |
| Loading | `loading`; of strings `strings`; of scalars `scalars` |
| Storing | `storing`; of strings `transcoding`; of scalars `scalars` |
| Flattening | `flattening` |
| Flat Lifting, Flat Lowering | `flat` |
| Lifting and Lowering Values | `values` |
| canon lift, canon lower | `canon` |

Core values are unsigned integers (i32, i64) and floats (f32, f64). NaNs are canonical: the deterministic profile.
"""

from __future__ import annotations

from fact.abi.calls import CoreWebAssemblyException, call_and_trap_on_throw
from fact.abi.canon import FuncInst, OnResolve, OnStart, canon_lift, canon_lower
from fact.abi.context import MAX_LIFTED_BYTES, LiftLowerContext, Violation, trap_if
from fact.abi.embedding import invoke, lift, lower, to_host
from fact.abi.flat import CoreValueIter, lift_flat, lower_flat
from fact.abi.flattening import (
    MAX_FLAT_PARAMS,
    MAX_FLAT_RESULTS,
    FlatFuncType,
    ValueTypes,
    flat_functype,
    flatten_functype,
    flatten_type,
    flatten_types,
    join,
)
from fact.abi.instances import ComponentInstance
from fact.abi.layout import align_to, alignment, elem_size
from fact.abi.loading import MAX_LIST_BYTE_LENGTH, load
from fact.abi.memo import forget
from fact.abi.options import CanonicalOptions, CoreFunc, CoreValue, MemInst, Memory, ptr_size
from fact.abi.storing import store
from fact.abi.strings import MAX_STRING_BYTE_LENGTH, String, string_of_host
from fact.abi.values import lift_flat_values, lower_flat_values
from fact.model.types import PtrType

__all__ = [
    "MAX_FLAT_PARAMS",
    "MAX_FLAT_RESULTS",
    "MAX_LIFTED_BYTES",
    "MAX_LIST_BYTE_LENGTH",
    "MAX_STRING_BYTE_LENGTH",
    "CanonicalOptions",
    "ComponentInstance",
    "CoreFunc",
    "CoreValue",
    "CoreValueIter",
    "CoreWebAssemblyException",
    "FlatFuncType",
    "FuncInst",
    "LiftLowerContext",
    "MemInst",
    "Memory",
    "OnResolve",
    "OnStart",
    "PtrType",
    "String",
    "ValueTypes",
    "Violation",
    "align_to",
    "alignment",
    "call_and_trap_on_throw",
    "canon_lift",
    "canon_lower",
    "elem_size",
    "flat_functype",
    "flatten_functype",
    "flatten_type",
    "flatten_types",
    "forget",
    "invoke",
    "join",
    "lift",
    "lift_flat",
    "lift_flat_values",
    "load",
    "lower",
    "lower_flat",
    "lower_flat_values",
    "ptr_size",
    "store",
    "string_of_host",
    "to_host",
    "trap_if",
]
