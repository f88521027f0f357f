"""The reference: CanonicalABI.md as an interpreter, in the specification's order and with its names.

| section of CanonicalABI.md | here |
|---|---|
| Component Instances | `instances` |
| Threads, Tasks, Subtask State | `tasks` |
| Table State, Resource State | `table`; `ResourceType` in `instances` |
| Embedding | `embedding` |
| (what traps tell) | `explaining` |
| Canonical ABI Options | `options` |
| Lifting and Lowering Context | `context` |
| Despecialization | `despecialization` |
| Type Predicates | `predicates` |
| Alignment, Element Size | `layout` |
| Loading | `loading`; of strings `strings`; of scalars `scalars`; of handles `handles` |
| Storing | `storing`; of strings `transcoding`; of scalars `scalars`; of handles `handles` |
| Flattening | `flattening` |
| Flat Lifting, Flat Lowering | `flat` |
| Lifting and Lowering Values | `values` |
| canon lift, canon lower | `canon` |
| canon resource.new, .drop, .rep, canon context.get, .set | `builtins` |

Core values are unsigned integers (i32, i64) and floats (f32, f64). NaNs are canonical: the deterministic profile.
"""

from __future__ import annotations

from fact.abi.builtins import (
    builtin,
    canon_context_get,
    canon_context_set,
    canon_resource_drop,
    canon_resource_new,
    canon_resource_rep,
    destructor,
)
from fact.abi.calls import CoreWebAssemblyException, call_and_trap_on_throw
from fact.abi.canon import FuncInst, OnResolve, OnStart, canon_lift, canon_lower
from fact.abi.context import MAX_LIFTED_BYTES, LiftLowerContext
from fact.abi.despecialization import despecialize
from fact.abi.embedding import invoke, lift, lower, to_host
from fact.abi.explaining import OVER_HANDLES, tables
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
from fact.abi.instances import ComponentInstance, ResourceType
from fact.abi.layout import align_to, alignment, elem_size
from fact.abi.loading import MAX_LIST_BYTE_LENGTH, load
from fact.abi.memo import forget
from fact.abi.options import CanonicalOptions, CoreFunc, CoreValue, MemInst, Memory, ptr_size
from fact.abi.predicates import contains_handle
from fact.abi.storing import store
from fact.abi.strings import MAX_STRING_BYTE_LENGTH, String, string_of_host
from fact.abi.table import Handles, HandleState, ResourceHandle, Table
from fact.abi.tasks import BorrowScope, Lender, Subtask, Task
from fact.abi.values import lift_flat_values, lower_flat_values
from fact.abi.violation import Violation, trap_if
from fact.model.types import PtrType

__all__ = [
    "MAX_FLAT_PARAMS",
    "MAX_FLAT_RESULTS",
    "MAX_LIFTED_BYTES",
    "MAX_LIST_BYTE_LENGTH",
    "MAX_STRING_BYTE_LENGTH",
    "OVER_HANDLES",
    "BorrowScope",
    "CanonicalOptions",
    "ComponentInstance",
    "CoreFunc",
    "CoreValue",
    "CoreValueIter",
    "CoreWebAssemblyException",
    "FlatFuncType",
    "FuncInst",
    "HandleState",
    "Handles",
    "Lender",
    "LiftLowerContext",
    "MemInst",
    "Memory",
    "OnResolve",
    "OnStart",
    "PtrType",
    "ResourceHandle",
    "ResourceType",
    "String",
    "Subtask",
    "Table",
    "Task",
    "ValueTypes",
    "Violation",
    "align_to",
    "alignment",
    "builtin",
    "call_and_trap_on_throw",
    "canon_context_get",
    "canon_context_set",
    "canon_lift",
    "canon_lower",
    "canon_resource_drop",
    "canon_resource_new",
    "canon_resource_rep",
    "contains_handle",
    "despecialize",
    "destructor",
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
    "tables",
    "to_host",
    "trap_if",
]
