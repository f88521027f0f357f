"""Core module section: what linking has to know of a core module. Code is never looked at."""

from __future__ import annotations

from collections.abc import Callable

from fact.decode.core_wasm import Limits, import_group, memory_type, rec_type, table_type, value_type
from fact.decode.preamble import CORE_MODULE_PREAMBLE, expect_preamble
from fact.decode.reader import Reader
from fact.decode.scopes import func_type
from fact.decode.segments import Segment, active_data_segments, constant_expression, element_segments
from fact.decode.sorts import CORE_SORTS
from fact.errors import Malformed, Unsupported
from fact.model.syntax import CoreExport, CoreImport, CoreModule, Sort
from fact.model.types import CoreFuncType

CUSTOM = 0
ORDER = {number: place for place, number in enumerate((1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11))}
"""The place of each section, custom ones apart: tags before globals, the data count before code."""

TABLE_WITH_INITIALISER = 0x40

LARGE = {Sort.CORE_TABLE: 1 << 20, Sort.CORE_MEMORY: 1 << 30}
"""Elements and bytes past which a table or memory of the module's own counts as one that may not be had."""


def decode_core_module(binary: bytes, offset: int = 0) -> CoreModule:
    """The imports, exports and start-up behaviour of the core module *binary*.

    *offset* is where the module begins in the outermost binary, and errors count from there. Validity is assumed:
    what linking does not need is not checked. Raises `Malformed`, or `Unsupported` for a proposal that is unknown here.
    """
    reader = Reader(bytes(binary), offset)
    expect_preamble(reader, CORE_MODULE_PREAMBLE, "core module")
    module = _Module()
    last = -1
    while reader.remaining:
        number = reader.byte()
        if number != CUSTOM:
            last = _next_place(reader, number, last)
        body = reader.window(reader.u32())
        if number in _SECTIONS:
            _SECTIONS[number](body, module)
    return CoreModule(
        offset,
        reader.data,
        tuple(module.imports),
        tuple(module.exports),
        module.has_start,
        module.has_active_segments,
        module.name,
        module.has_active_segments and module.in_bounds,
        module.writes_imports,
        module.may_fail,
    )


def _next_place(reader: Reader, number: int, last: int) -> int:
    """The place of section *number*, just read, which has to come after place *last*."""
    place = ORDER.get(number)
    if place is None:
        raise reader.unknown("core module section", number)
    if place <= last:
        raise Malformed(f"core module section {number} is out of order or occurs twice", reader.offset - 1)
    return place


class _Module:
    """What has been read so far; *funcs*, *limits* (of tables and memories) and *counts* are the index spaces."""

    __slots__ = (
        "counts", "exports", "funcs", "has_active_segments", "has_start", "imported", "imports", "in_bounds", "limits",
        "may_fail", "name", "types", "writes_imports",
    )

    def __init__(self) -> None:
        self.types: list[CoreFuncType | None] = []
        self.funcs: list[CoreFuncType] = []
        self.limits: dict[Sort, list[Limits]] = {Sort.CORE_TABLE: [], Sort.CORE_MEMORY: []}
        self.imported = {Sort.CORE_TABLE: 0, Sort.CORE_MEMORY: 0}
        self.counts: dict[Sort, int] = {}
        self.imports: list[CoreImport] = []
        self.exports: list[CoreExport] = []
        self.has_start = False
        self.has_active_segments = False
        self.in_bounds = True
        self.writes_imports = False
        self.may_fail = False
        self.name: str | None = None

    def count(self, sort: Sort, more: int) -> None:
        self.counts[sort] = self.counts.get(sort, 0) + more

    def define(self, sort: Sort, limits: Limits) -> None:
        """Adds a table or memory of the module's own."""
        self.limits[sort].append(limits)
        self.count(sort, 1)
        self.may_fail |= limits.minimum > LARGE[sort]

    def segment(self, sort: Sort, segment: Segment) -> None:
        """Notes a segment for a table or memory. An imported one has at least what its import asks for."""
        self.may_fail |= segment.allocates
        if segment.index is None:
            return
        self.has_active_segments = True
        space = self.limits[sort]
        self.writes_imports |= segment.index < self.imported[sort]
        self.in_bounds &= (
            segment.at is not None
            and segment.index < len(space)
            and segment.at + segment.size <= space[segment.index].minimum
        )


def _type_section(reader: Reader, module: _Module) -> None:
    for group in reader.vector(rec_type):
        module.types += [definition.type for definition in group]
    reader.finish("the core type section")


def _import_section(reader: Reader, module: _Module) -> None:
    for group in reader.vector(import_group):
        for namespace, name, kind in group:
            type: CoreFuncType | None = None
            if kind.sort is Sort.CORE_FUNC and kind.type is not None:
                type = func_type(module.types, kind.type, kind.offset)
                module.funcs.append(type)
            if kind.limits is not None:
                module.limits[kind.sort].append(kind.limits)
                module.imported[kind.sort] += 1
            module.count(kind.sort, 1)
            module.imports.append(CoreImport(namespace, name, kind.sort, type, kind.pointer))
    reader.finish("the core import section")


def _function_section(reader: Reader, module: _Module) -> None:
    for _ in range(reader.count()):
        offset = reader.offset
        module.funcs.append(func_type(module.types, reader.u32(), offset))
        module.count(Sort.CORE_FUNC, 1)
    reader.finish("the core function section")


def _table_section(reader: Reader, module: _Module) -> None:
    for _ in range(reader.count()):
        initialised = reader.peek() == TABLE_WITH_INITIALISER
        if initialised:
            reader.byte()
            reader.expect(0x00, "table attribute")
        module.define(Sort.CORE_TABLE, table_type(reader))
        if initialised:
            module.may_fail |= constant_expression(reader).allocates
    reader.finish("the core table section")


def _memory_section(reader: Reader, module: _Module) -> None:
    for memory in reader.vector(memory_type):
        module.define(Sort.CORE_MEMORY, memory)
    reader.finish("the core memory section")


def _global_section(reader: Reader, module: _Module) -> None:
    """Only what is in the expressions matters here: a module with one that is unknown counts as one that may fail."""
    count = reader.count()
    module.count(Sort.CORE_GLOBAL, count)
    try:
        for _ in range(count):
            value_type(reader)
            reader.byte()
            module.may_fail |= constant_expression(reader).allocates
    except Unsupported:
        module.may_fail = True


def _tag_section(reader: Reader, module: _Module) -> None:
    module.count(Sort.CORE_TAG, reader.count())


def _export_section(reader: Reader, module: _Module) -> None:
    for _ in range(reader.count()):
        name, offset = reader.name(), reader.offset
        kind, index = reader.byte(), reader.u32()
        sort = CORE_SORTS.get(kind)
        if sort is None or index >= module.counts.get(sort, 0):
            raise Malformed(f"export {name!r} of kind {kind:#04x}, index {index}: there is no such definition", offset)
        type = module.funcs[index] if sort is Sort.CORE_FUNC else None
        pointer = module.limits[sort][index].pointer if sort is Sort.CORE_MEMORY else None
        module.exports.append(CoreExport(name, sort, type, pointer))
    reader.finish("the core export section")


def _start_section(reader: Reader, module: _Module) -> None:
    reader.u32()
    module.has_start = True
    reader.finish("the core start section")


def _element_section(reader: Reader, module: _Module) -> None:
    for segment in element_segments(reader):
        module.segment(Sort.CORE_TABLE, segment)
    reader.finish("the core element section")


def _data_section(reader: Reader, module: _Module) -> None:
    for segment in active_data_segments(reader):
        module.segment(Sort.CORE_MEMORY, segment)
    reader.finish("the core data section")


def _custom_section(reader: Reader, module: _Module) -> None:
    if reader.name() != "name":
        return
    try:
        module.name = _module_name(reader)
    except Malformed:
        module.name = None


def _module_name(reader: Reader) -> str | None:
    """Subsection 0 of the name section, if there is one."""
    while reader.remaining:
        subsection, body = reader.byte(), reader.window(reader.u32())
        if subsection == 0:
            return body.name()
    return None


_SECTIONS: dict[int, Callable[[Reader, _Module], None]] = {
    0: _custom_section,
    1: _type_section,
    2: _import_section,
    3: _function_section,
    4: _table_section,
    5: _memory_section,
    6: _global_section,
    7: _export_section,
    8: _start_section,
    9: _element_section,
    11: _data_section,
    13: _tag_section,
}
