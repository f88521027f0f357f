"""Which section of CanonicalABI.md decides, by the reason of a trap and the place, or by the kind of a value."""

from __future__ import annotations

from fact.model.traps import TrapReason
from fuzz.triage.place import OUT_AREA, Place

_VALUES = "Lifting and Lowering Values"

_AT_KIND: dict[tuple[TrapReason, str], str] = {
    (TrapReason.POINTER_MISALIGNED, "string"): "Loading: load_string_from_range",
    (TrapReason.POINTER_OUT_OF_BOUNDS, "string"): "Loading: load_string_from_range",
    (TrapReason.POINTER_MISALIGNED, "list"): "Loading: load_list_from_range",
    (TrapReason.POINTER_OUT_OF_BOUNDS, "list"): "Loading: load_list_from_range",
    (TrapReason.REALLOC_MISALIGNED, "string"): "Storing: store_string_into_range",
    (TrapReason.REALLOC_OUT_OF_BOUNDS, "string"): "Storing: store_string_into_range",
    (TrapReason.REALLOC_MISALIGNED, "list"): "Storing: store_list_into_range",
    (TrapReason.REALLOC_OUT_OF_BOUNDS, "list"): "Storing: store_list_into_range",
    (TrapReason.REALLOC_MISALIGNED, "area"): f"{_VALUES}: lower_flat_values",
    (TrapReason.REALLOC_OUT_OF_BOUNDS, "area"): f"{_VALUES}: lower_flat_values",
    (TrapReason.UNKNOWN_HANDLE, "own"): "Loading: lift_own; Table State: Table.remove",
    (TrapReason.UNKNOWN_HANDLE, "borrow"): "Loading: lift_borrow; Table State: Table.get",
    (TrapReason.UNKNOWN_HANDLE, "resource.drop"): "canon resource.drop; Table State: Table.remove",
    (TrapReason.UNKNOWN_HANDLE, "resource.rep"): "canon resource.rep; Table State: Table.get",
    (TrapReason.WRONG_RESOURCE_TYPE, "own"): "Loading: lift_own",
    (TrapReason.WRONG_RESOURCE_TYPE, "borrow"): "Loading: lift_borrow",
    (TrapReason.WRONG_RESOURCE_TYPE, "resource.drop"): "canon resource.drop",
    (TrapReason.WRONG_RESOURCE_TYPE, "resource.rep"): "canon resource.rep",
    (TrapReason.HANDLE_LENT, "own"): "Loading: lift_own",
    (TrapReason.HANDLE_LENT, "resource.drop"): "canon resource.drop",
    (TrapReason.CANNOT_ENTER, "resource.drop"): "canon resource.drop; Embedding: Store.lift",
    (TrapReason.UNCAUGHT_EXCEPTION, "realloc"): "Lifting and Lowering Context: reallocate; canon lift",
}

_AREAS = {"area": f"{_VALUES}: lift_flat_values", OUT_AREA: f"{_VALUES}: lower_flat_values, out_param"}

_LEAVING: dict[str, str] = {
    "lower": "canon lower", "resource.new": "canon resource.new", "resource.drop": "canon resource.drop",
}

_OF_VALUES: dict[str, str] = {
    "bool": "Loading: convert_int_to_bool; Storing; Flat Lifting; Flat Lowering",
    "char": "Loading: convert_i32_to_char; Storing: char_to_i32",
    "integer": "Loading: load_int; Storing: store_int; Flat Lifting: lift_flat_unsigned, lift_flat_signed",
    "float": "Loading: decode_i32_as_float; Storing: encode_float_as_i32",
    "string": "Loading: load_string; Storing: store_string",
    "list": "Loading: load_list; Storing: store_list",
    "flags": "Loading: load_flags; Storing: store_flags",
    "discriminant": "Loading: load_variant; Storing: store_variant; Flat Lifting: lift_flat_variant",
    "aggregate": "Loading: load_record; Storing: store_record",
    "own": "Loading: lift_own; Storing: lower_own",
    "borrow": "Loading: lift_borrow; Storing: lower_borrow",
    "padding": "Storing: store_record, store_variant",
    "realloc": "Lifting and Lowering Context: reallocate; Storing",
    "post-return": "canon lift: post_return",
    "destructor": "canon resource.drop",
}


def rule_of_trap(reason: TrapReason, place: Place | None) -> str:
    """Empty where the specification has no part in the trap: it is core wasm's or the harness's own."""
    kind = "" if place is None else place.kind
    if reason is TrapReason.CANNOT_LEAVE and (section := _LEAVING.get(kind.partition(" in ")[0])):
        return f"{section}: trap_if(not may_leave)"
    if kind in _AREAS and reason in (TrapReason.POINTER_MISALIGNED, TrapReason.POINTER_OUT_OF_BOUNDS):
        return _AREAS[kind]
    return _AT_KIND.get((reason, kind)) or reason.section or ""


def rule_of_values(kind: str) -> str:
    """For values that differ in a part of that kind (`fuzz.triage.place.kind_of`), and for what code of that role
    sees, or that it is called at all."""
    return _OF_VALUES.get(kind, "")
