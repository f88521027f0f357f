"""Whether what a script has to offer fits the imports of a component.

Both are put into one component around them, which gives the one to the other, and wasm-tools validates that: so what is
checked is the specification's subtyping, by neither of the engines under test. Nothing of it is run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import wasmtime

from fact.decode import decode
from fact.decode.externs import import_
from fact.decode.reader import Reader
from fact.errors import Malformed, Unsupported
from fact.model.syntax import (
    AliasExport,
    AliasOuter,
    Declaration,
    Definition,
    Export,
    ExportDecl,
    ExternType,
    Import,
    InstanceType,
    Sort,
    SortIndex,
    TypeDef,
)
from fuzz.engines.base import Refusal
from fuzz.validate import COMPONENT_PREAMBLE, validate_with
from fuzz.wast.enclosing import Linked, enclosing
from fuzz.wast.spectest import HOST_TYPES

_IMPORTS = 10


def imports_of(binary: bytes) -> tuple[Import, ...]:
    """The imports of a valid component; raises `Unsupported` for one of a gated feature."""
    reader = Reader(binary)
    reader.skip(len(COMPONENT_PREAMBLE))
    found: list[Import] = []
    while reader.remaining:
        section, size = reader.byte(), reader.u32()
        body = reader.window(size)
        if section == _IMPORTS:
            found.extend(body.vector(import_))
    return tuple(found)


def misfit(component: Linked) -> str:
    """What of *component* does not fit, in the words of wasm-tools; empty when everything does.

    To the host, labels of parameters do not matter, and what leaves nothing to provide need not be provided: types with
    a bound `eq`, and instances of nothing else. Validation stops there, and where two components have two labels for
    one parameter of the host's, and the rest is not checked.
    """
    host, tried = HOST_TYPES, set[str]()
    while host not in tried:
        tried.add(host)
        try:
            validate_with(enclosing(component, _binary(host)), "all")
        except Refusal as refusal:
            message = refusal.message
        else:
            return ""
        relabelled = _relabelled(host, message)
        if relabelled == host:
            return "" if _leaves_nothing_to_provide(component, message) else message
        host = relabelled
    return ""


def _relabelled(host: str, message: str) -> str:
    """The host, one of its parameters named as the component wants it that *message* says does not fit."""
    wrong = re.search(r"(?:instance export|import) `(.*)`\s+expected parameter named `(.*)`, found `(.*)`", message)
    if wrong is None:
        return host
    head, function, rest = host.partition(f'(func (export "{wrong[1]}")')
    return head + function + rest.replace(f'(param "{wrong[3]}"', f'(param "{wrong[2]}"', 1)


def _leaves_nothing_to_provide(component: Linked, message: str) -> bool:
    """Whether what is missing according to *message* is nothing that a host could provide."""
    inside = re.search(r"import `(.*)`\s+missing expected export `(.*)`", message)
    missing = re.search(r"missing import named `(.*)`", message)
    name = inside[1] if inside else missing[1] if missing else None
    if name is None or isinstance(dict(component.links).get(name), Linked):
        return False
    try:
        definitions = decode(component.binary).definitions
    except (Unsupported, Malformed):
        return False
    types = list(_type_space(definitions))
    wanted = next(d.type for d in definitions if isinstance(d, Import) and d.name == name)
    if inside is None:
        return _is_nothing(wanted, types)
    declared = types[wanted.index or 0]
    return isinstance(declared, InstanceType) and any(
        _is_nothing(d.type, list(_type_space(declared.declarations)))
        for d in declared.declarations if isinstance(d, ExportDecl) and d.name == inside[2])


def _is_nothing(wanted: ExternType, types: Sequence[object]) -> bool:
    """*types* is the index space that *wanted* is in."""
    if wanted.sort is Sort.TYPE:
        return wanted.bound is not None and wanted.bound.eq is not None
    declared = types[wanted.index] if wanted.sort is Sort.INSTANCE and wanted.index is not None else None
    return isinstance(declared, InstanceType) and all(
        _is_nothing(d.type, list(_type_space(declared.declarations)))
        for d in declared.declarations if isinstance(d, ExportDecl))


def _type_space(definitions: Sequence[Definition | Declaration]) -> Iterator[object]:
    """What is defined at each index of types; None where that is said elsewhere."""
    for d in definitions:
        match d:
            case TypeDef():
                yield d.type
            case AliasExport(sort=Sort.TYPE) | AliasOuter(sort=Sort.TYPE) | Export(item=SortIndex(sort=Sort.TYPE)):
                yield None
            case Import(type=ExternType(sort=Sort.TYPE)) | ExportDecl(type=ExternType(sort=Sort.TYPE)):
                yield None


@lru_cache(16)
def _binary(text: str) -> bytes:
    return bytes(wasmtime.wat2wasm(text))
