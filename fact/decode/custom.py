"""Custom sections, and the names in `component-name`. Binary.md, "Name Section"."""

from __future__ import annotations

from fact.decode.reader import Reader
from fact.decode.sorts import any_sort
from fact.errors import Malformed
from fact.model.syntax import CustomSection, SortIndex

COMPONENT_NAME = "component-name"


def custom_section(reader: Reader, offset: int) -> CustomSection:
    """The custom section at *offset*, of which *reader* holds the contents."""
    return CustomSection(offset, reader.name(), reader.take(reader.remaining))


def component_names(sections: list[CustomSection]) -> tuple[str | None, dict[SortIndex, str]]:
    """The component's own name and those of its definitions. A section that is not valid gives no names."""
    own: str | None = None
    names: dict[SortIndex, str] = {}
    for section in sections:
        if section.name == COMPONENT_NAME:
            try:
                found, more = _names(Reader(section.data))
            except Malformed:
                continue
            own = own if found is None else found
            names |= more
    return own, names


def _names(reader: Reader) -> tuple[str | None, dict[SortIndex, str]]:
    own: str | None = None
    names: dict[SortIndex, str] = {}
    while reader.remaining:
        subsection, body = reader.byte(), reader.window(reader.u32())
        match subsection:
            case 0x00:
                own = body.name()
            case 0x01:
                sort = any_sort(body)
                names |= {SortIndex(sort, index): name for index, name in body.vector(_name_association)}
            case _:
                continue
        body.finish("a name subsection")
    return own, names


def _name_association(reader: Reader) -> tuple[int, str]:
    return reader.u32(), reader.name()
