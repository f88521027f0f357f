"""A script taken apart: its directives in order, each definition a tree of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from wasmtime import WasmtimeError, wat2wasm

from fuzz.constants import quoted
from fuzz.errors import UsageError
from fuzz.minimise.scripts.constants import constant_text
from fuzz.minimise.scripts.naming import named
from fuzz.minimise.scripts.scopes import NotNamed
from fuzz.minimise.scripts.tree import Tree, pretty, read
from fuzz.script_header import Record, read_header
from fuzz.sexpr import Form, forms
from fuzz.validate import MODULE_PREAMBLE
from fuzz.wast import script as commands
from fuzz.wast.script import Action, Command, Script, load_script


@dataclass(frozen=True, slots=True)
class Directive:
    """*body* is the tree of its definition, `(component field...)` or `(module field...)`: with *unique* names, or else
    as it is written. A definition without a body has a *binary*, or is *written* text of another kind."""

    command: Command
    body: Tree | None = None
    unique: bool = True
    binary: bytes | None = None
    written: str = ""

    @property
    def is_module(self) -> bool:
        if self.body is not None:
            return self.body.head == "module"
        return self.binary is not None and self.binary.startswith(MODULE_PREAMBLE)


class NotAssembled(Exception):
    """A candidate is no text that can be assembled."""


@dataclass(frozen=True, slots=True)
class ScriptParts:
    """*record* is what the header of a case tells besides, the host's functions above all."""

    directives: tuple[Directive, ...]
    record: Record

    @property
    def text(self) -> str:
        """Without a header; one line a directive."""
        return "\n".join(directive_text(d) for d in self.directives)

    def with_directives(self, directives: Iterable[Directive]) -> ScriptParts:
        return replace(self, directives=tuple(directives))

    def with_body(self, index: int, body: Tree) -> ScriptParts:
        changed = replace(self.directives[index], body=body)
        return self.with_directives((*self.directives[:index], changed, *self.directives[index + 1 :]))

    def with_command(self, index: int, command: Command) -> ScriptParts:
        changed = replace(self.directives[index], command=command)
        return self.with_directives((*self.directives[:index], changed, *self.directives[index + 1 :]))


# -- reading


def load_parts(path: Path) -> ScriptParts:
    """Raises `UsageError` for a file that is not a script."""
    script = load_script(path)
    try:
        text = path.read_text(encoding="utf-8")
        record, _ = read_header(text)
        written = list(forms(text))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: {error}") from None
    if len(written) != len(script.commands):
        at = [form.line for form in written]
        written = [written[max(i for i, line in enumerate(at) if line <= c.line)] for c in script.commands]
    return ScriptParts(tuple(map(lambda c, f: _directive(c, f, script), script.commands, written)), record)


def _directive(command: Command, form: Form, script: Script) -> Directive:
    if not isinstance(command, commands.Definition):
        return Directive(command, written=form.text)
    binary = script.binary(command)
    if binary is None:
        return Directive(command, written=form.text)
    try:
        body = without_name(named(binary))
        assembled(body)
        return Directive(command, body)
    except (NotNamed, NotAssembled):
        return Directive(command, _as_written(form), unique=False, binary=binary)


def _as_written(form: Form) -> Tree | None:
    """The definition in a directive; None if it is not text, or text that wasm-tools reads and wasmtime does not."""
    for node in read(form.text):
        at: Tree | None = node
        while at is not None and at.head not in ("component", "module"):
            at = next(iter(at.trees), None)
        if at is None or {"binary", "quote"} & set(at[:4]):
            return None
        body = Tree((at.head, *(n for n in at[1:] if isinstance(n, Tree))))
        try:
            wat2wasm(body.text)
        except WasmtimeError:
            return None
        return body
    return None


def without_name(root: Tree) -> Tree:
    return Tree((root.head, *(n for n in root[1:] if isinstance(n, Tree))))


# -- as a script

_assembled: dict[str, bytes] = {}
_ASSEMBLED_LIMIT = 256


def assembled(body: Tree) -> bytes:
    """Raises `NotAssembled`."""
    text = body.text
    if text not in _assembled:
        if len(_assembled) >= _ASSEMBLED_LIMIT:
            del _assembled[next(iter(_assembled))]
        try:
            _assembled[text] = bytes(wat2wasm(text))
        except WasmtimeError as error:
            raise NotAssembled(str(error)) from None
    return _assembled[text]


def script_of(parts: ScriptParts, path: str) -> Script:
    """To be run; lines are the numbers of directives. Raises `NotAssembled`."""
    numbered, binaries = [], {}
    for line, directive in enumerate(parts.directives):
        command = msgspec.structs.replace(directive.command, line=line)
        if isinstance(command, commands.Definition):
            file = f"{line}.wasm"
            binary = directive.binary if directive.body is None else assembled(directive.body)
            command = msgspec.structs.replace(command, filename=file, binary_filename=None)
            if binary is not None:
                binaries[file] = binary
        numbered.append(command)
    return Script(path, tuple(numbered), binaries)


# -- as text


def directive_text(directive: Directive, lines: bool = False) -> str:
    """*lines*: long definitions on several lines."""
    c = directive.command
    match c:
        case commands.Define():
            return _definition(directive, "definition", c.name, lines)
        case commands.DefineAndInstantiate():
            return _definition(directive, "", c.name, lines)
        case commands.Instantiate():
            sort = "module" if directive.is_module else "component"
            return f"({' '.join([sort, 'instance', *_name(c.instance), *_name(c.definition)])})"
        case commands.Register():
            return f"({' '.join(['register', quoted(c.as_), *_name(c.name)])})"
        case commands.Perform():
            return action_text(c.action)
        case commands.AssertReturn():
            return f"({' '.join(['assert_return', action_text(c.action), *map(constant_text, c.expected)])})"
        case commands.AssertTrap():
            return f"(assert_trap {action_text(c.action)} {quoted(c.text)})"
        case commands.AssertExhaustion():
            return f"(assert_exhaustion {action_text(c.action)} {quoted(c.text)})"
        case commands.AssertException():
            return f"(assert_exception {action_text(c.action)})"
        case commands.AssertUninstantiable():
            return f"(assert_trap {_definition(directive, '', None, lines)} {quoted(c.text)})"
        case commands.AssertInvalid():
            return f"(assert_invalid {_definition(directive, '', None, lines)} {quoted(c.text)})"
        case commands.AssertUnlinkable():
            return f"(assert_unlinkable {_definition(directive, '', None, lines)} {quoted(c.text)})"
        case commands.AssertMalformed() if directive.written:
            return directive.written
        case commands.AssertMalformed():
            return f"(assert_malformed {_definition(directive, '', None, lines)} {quoted(c.text)})"
    return directive.written


def _definition(directive: Directive, keyword: str, name: str | None, lines: bool) -> str:
    body = directive.body
    if body is None:
        if directive.binary is None:
            return directive.written
        sort = "module" if directive.is_module else "component"
        data = "".join(f"\\{byte:02x}" for byte in directive.binary)
        return f"({' '.join([sort, *([keyword] if keyword else []), *_name(name), 'binary'])} \"{data}\")"
    whole = Tree((body.head, *([keyword] if keyword else []), *_name(name), *body[1:]))
    return pretty(whole) if lines else whole.text


def action_text(action: Action) -> str:
    return f"({' '.join([action.type, *_name(action.module), quoted(action.field), *map(constant_text, action.args)])})"


def _name(name: str | None) -> Sequence[str]:
    return () if name is None else (f"${name}",)


def with_action(command: Command, action: Action) -> Command:
    assert isinstance(command, ACTING)
    return msgspec.structs.replace(command, action=action)


ACTING = (commands.Perform, commands.AssertReturn, commands.AssertTrap, commands.AssertExhaustion,
          commands.AssertException)
"""Commands that call something."""
