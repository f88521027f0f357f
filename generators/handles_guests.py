"""Core text of the guests that `generators.handles` is about, which carry out scripts on top of a runtime.

An operation is words of 32 bits: the number of the function that carries it out (in the table `ops`), how many words
it is long, then what it needs; the script that belongs to it comes last. A register is written as its number; in the
second byte, what is added to its content; in the third, which bit is turned. Any other handle has the top bit set.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from generators.blueprint import Signature
from generators.constants import Data
from generators.handles import Definition, Function, HandleBlueprint
from generators.handles_runtime import HOOKS, OPS_OF_RUNTIME, STATIC_END, at, from_runtime
from generators.handles_script import (
    AT_A_TIME,
    RECEIVED,
    RETURNED,
    Copy,
    Divide,
    Drop,
    Empty,
    Fill,
    Hook,
    Invoke,
    Look,
    New,
    Op,
    Operand,
    Overrun,
    Raw,
    Rep,
    Script,
    Store,
    Throw,
    Unreachable,
)
from generators.handles_state import LOOKED, REPRESENTATION, fresh_rep
from generators.handles_templates import LENGTH, POINTER, Template, flat_value, marked
from generators.handles_values import handles_in, slots_in, with_script
from generators.helpers import Helpers
from generators.layout import Pointer, area, core_params, core_results, flat, pointer_size, spills, spills_result
from generators.observing import log_flat, log_memory
from generators.runtime import CALL, POST_RETURN, RESULT, event
from generators.valtypes import Image, Type

_OUT_OR_NEW = """\
  (func $out.new{type} (param $register i32) (result i32)
    (local $handle i32)
    (local.set $handle (call $out (local.get $register)))
    (if (local.get $handle) (then (return (local.get $handle))))
    (global.set $fresh (i32.add (global.get $fresh) (i32.const 1)))
    (call $new{type} (i32.add (global.get $fresh) (i32.const {base:#x}))))
"""


@dataclass(slots=True)
class Guest:
    """The core code of one definition, as far as the scripts that its instances carry out need it.

    *ops* numbers the operations by what tells them apart. *needed* are the built-ins and lowered functions that it
    imports, by name, with their types; *out* the types of which it makes resources to return them.
    """

    definition: Definition
    ops: dict[tuple[object, ...], int] = field(default_factory=lambda: dict(OPS_OF_RUNTIME))
    bodies: list[str] = field(default_factory=list)
    needed: dict[str, str] = field(default_factory=dict)
    out: set[int] = field(default_factory=set)
    data: Data = field(default_factory=lambda: Data(STATIC_END))
    helpers: Helpers = field(init=False)

    def __post_init__(self) -> None:
        self.helpers = Helpers(self.pointer)

    @property
    def pointer(self) -> Pointer:
        return self.definition.pointer

    def fields(self) -> str:
        """Of the core module. Fixes what the guest imports.

        It imports the function for destructors too: without that wasmtime 50 aborts (destructor-adapter-abort.wast).
        """
        if self.definition.notes:
            self.needed["note"] = "(param i32)"
        functions = "".join([self.function(i, f) for i, f in enumerate(self.definition.functions)])
        for type in self.out:
            self.built_in("new", type)
        functions += "  (global $fresh (mut i32) (i32.const 0))\n" if self.out else ""
        functions += "".join([_OUT_OR_NEW.format(type=t, base=fresh_rep(self.definition, t, 0)) for t in self.out])
        functions += "".join(self.bodies) + self.helpers.text()
        imports = "".join([
            f'  (import "runtime" "{name}" {type})\n' for name, type in from_runtime(self.pointer).items()
            if not type.startswith("(func") or f"(call ${name} " in functions
        ])
        imports += "".join([
            f'  (import "imports" "{name}" (func ${name} {type}))\n' for name, type in self.needed.items()
        ])
        ops = "".join(f" $op{i}" for i in range(len(OPS_OF_RUNTIME), len(self.ops)))
        elements = f"  (elem (table $ops) (i32.const {len(OPS_OF_RUNTIME)}) func{ops})\n" if ops else ""
        return imports + elements + functions + self.data.segments(self.pointer)

    def built_in(self, kind: str, type: int) -> str:
        """The name of a built-in that the guest then imports."""
        name = f"{kind}{type}"
        self.needed.setdefault(name, "(param i32)" if kind == "drop" else "(param i32) (result i32)")
        return f"${name}"

    def word(self, number: int) -> str:
        """A word of the operation at hand."""
        return f"(i32.load offset={4 * number} {at('(local.get $at)', self.pointer)})"

    def operand(self, number: int) -> str:
        return f"(call $handle {self.word(number)})"

    # -- functions

    def function(self, number: int, f: Function) -> str:
        """Logs its parameters, carries out the script, and returns."""
        signature = with_script(f.signature)
        params = [f"(param ${i} {core})" for i, core in enumerate(core_params(signature, self.pointer))]
        given = [f"(local.get ${i})" for i in range(len(params))]
        lines = [event(CALL, number), f"(call $expect (i32.const {RECEIVED}))"]
        if spills(signature):
            offsets = area(signature.params, self.pointer)[0]
            lines += [log_memory(self.helpers, t, "utf8", given[0], offset)
                      for t, offset in zip(f.signature.params, offsets, strict=False)]
            width = pointer_size(self.pointer)
            script = [self.helpers.load_pointer(given[0], offsets[-1] + offset) for offset in (0, width)]
        else:
            for t in f.signature.params:
                count = len(flat(t, self.pointer))
                lines.append(log_flat(self.helpers, t, "utf8", given[:count]))
                del given[:count]
            script = given
        lines.append(f"(call $run {' '.join(script)})")
        results = core_results(signature, self.pointer)
        if f.signature.result is not None:
            lines += self.returning(f.signature.result, f.returns)
        types = "".join(f" (result {core})" for core in results)
        text = f'  (func (export "f{number}") {" ".join(params)}{types}\n    ' + "\n    ".join(lines) + ")\n"
        if f.post_return:
            params = [f"(param {core})" for core in results]
            text += (f'  (func (export "post{number}") {" ".join(params)} {event(POST_RETURN, number)}'
                     " (call $hooked (i32.const 2)))\n")
        return text

    def returning(self, t: Type, image: Image) -> list[str]:
        """Leaves the result on the stack, made of the registers for it."""
        types = dict(zip(slots_in(t, image), handles_in(t, image), strict=True))

        def handle(slot: int) -> str:
            type, register = types[slot].resource, f"(i32.const {RETURNED + slot % AT_A_TIME})"
            if type < self.definition.imported:
                return f"(call $out {register})"
            self.out.add(type)
            return f"(call $out.new{type} {register})"

        template = Template(self.data, self.pointer)
        if spills_result(Signature((), t)):
            address = template.stored((t,), (marked(t, image),))
            return [*template.patches(handle), f"({self.pointer}.const {address:#x})"]
        bits = zip(flat(t, self.pointer), template.flat(t, marked(t, image)), strict=True)
        return [*template.patches(handle), *(flat_value(core, b, handle) for core, b in bits)]

    # -- operations

    def op(self, key: tuple[object, ...]) -> int:
        """The number of the operation that *key* tells from others."""
        number = self.ops.get(key)
        if number is None:
            number = self.ops[key] = len(self.ops)
            lines = self.body(key)
            self.bodies.append(f"  (func $op{number} (param $at i32)\n    " + "\n    ".join(lines) + ")\n")
        return number

    def body(self, key: tuple[object, ...]) -> list[str]:
        match key:
            case ("new", int(t)):
                return [f"(call $keep (call {self.built_in('new', t)} {self.word(3)}) {self.word(2)})"]
            case ("rep", int(t)):
                found = f"(i64.extend_i32_u (call {self.built_in('rep', t)} {self.operand(2)}))"
                return [f"(call $log (i64.or (i64.const {REPRESENTATION << 32:#x}) {found}))"]
            case ("drop", int(t)):
                return [f"(call {self.built_in('drop', t)} {self.operand(2)})"]
            case ("fill", int(t)):
                made = f"(call {self.built_in('new', t)} (i32.add {self.word(4)} (local.get $i)))"
                return _counted(self.word(3), f"(call $keep {made} {self.word(2)})")
            case ("empty", int(t)):
                handle = f"(i32.add (local.get $first) (i32.mul (local.get $i) {self.word(4)}))"
                loop = _counted(self.word(3), f"(call {self.built_in('drop', t)} {handle})")
                return ["(local $first i32)", loop[0], f"(local.set $first {self.operand(2)})", *loop[1:]]
            case ("store",):
                self.needed.setdefault("context.set", "(param i32)")
                return [f"(call $context.set {self.word(2)})"]
            case ("look",):
                self.needed.setdefault("context.get", "(result i32)")
                return [f"(call $log (i64.or (i64.const {LOOKED << 32:#x}) (i64.extend_i32_u (call $context.get))))"]
            case ("invoke", int(callee), tuple(args)):
                return self.invoke(callee, args)
        raise AssertionError(f"no such operation: {key}")

    def invoke(self, callee: int, args: tuple[Image, ...]) -> list[str]:
        signature = self.definition.import_type(callee)
        count = sum(len(slots_in(t, image)) for t, image in zip(signature.params, args, strict=False))
        script = () if callee in self.definition.hosts else ((POINTER, LENGTH),)
        images = (*(marked(t, image) for t, image in zip(signature.params, args, strict=False)), *script)

        def value(number: int) -> str:
            match number:
                case -2:
                    return f"(i32.add (local.get $at) (i32.const {4 * (3 + count)}))"
                case -1:
                    return f"(i32.sub {self.word(1)} (i32.const {3 + count}))"
            return self.operand(3 + number)

        template = Template(self.data, self.pointer)
        if spills(signature):
            passed = [f"({self.pointer}.const {template.stored(signature.params, images):#x})"]
        else:
            bits = [b for t, image in zip(signature.params, images, strict=True) for b in template.flat(t, image)]
            types = core_params(signature, self.pointer)
            passed = [flat_value(core, b, value) for core, b in zip(types, bits, strict=True)]
        lines = template.patches(value)
        given, result = "", ""
        expect = f"(call $expect {self.word(2)})"
        t = signature.result
        if t is None:
            lines += [f"(call $c{callee} {' '.join(passed)})", expect, event(RESULT, callee)]
        elif spills_result(signature):
            _, size, align = area((t,), self.pointer)
            address = f"({self.pointer}.const {self.data.reserve(size, align):#x})"
            given = f" (param {self.pointer})"
            lines += [f"(call $c{callee} {' '.join(passed)} {address})", expect, event(RESULT, callee),
                      log_memory(self.helpers, t, "utf8", address)]
        else:
            core = flat(t, self.pointer)[0]
            result = f" (result {core})"
            lines = [f"(local $result {core})", *lines, f"(local.set $result (call $c{callee} {' '.join(passed)}))",
                     expect, event(RESULT, callee), log_flat(self.helpers, t, "utf8", ["(local.get $result)"])]
        params = "".join(f" (param {core})" for core in core_params(signature, self.pointer))
        self.needed.setdefault(f"c{callee}", f"{params}{given}{result}".strip())
        return lines


@dataclass(slots=True)
class Encoder:
    """Scripts as words, and the guests that can read them: one for each definition with core code."""

    blueprint: HandleBlueprint
    guests: dict[int, Guest] = field(init=False)

    def __post_init__(self) -> None:
        self.guests = {d: Guest(definition) for d, definition in enumerate(self.blueprint.definitions)
                       if not definition.relay}

    def words(self, instance: int, script: Script) -> tuple[int, ...]:
        """*script* as *instance* reads it."""
        return tuple(word for op in script for word in self.word(instance, op))

    def word(self, instance: int, op: Op) -> list[int]:
        guest = self.guests[self.blueprint.instances[instance].definition]
        match op:
            case New(type=type, rep=rep, to=to):
                return [guest.op(("new", type)), 4, to, rep]
            case Rep(type=type, handle=handle):
                return [guest.op(("rep", type)), 3, word_of(handle)]
            case Drop(type=type, handle=handle):
                return [guest.op(("drop", type)), 3, word_of(handle)]
            case Copy(handle=handle, to=to):
                return [guest.op(("copy",)), 4, to, word_of(handle)]
            case Fill(type=type, count=count, rep=rep, to=to):
                return [guest.op(("fill", type)), 5, to, count, rep]
            case Empty(type=type, handle=handle, count=count, step=step):
                return [guest.op(("empty", type)), 5, word_of(handle), count, step & 0xFFFF_FFFF]
            case Invoke(callee=callee, args=args, handles=handles, script=script, to=to):
                inner = self.words(self.blueprint.callee(instance, callee).instance, script) if script else ()
                number = guest.op(("invoke", callee, args))
                return [number, 3 + len(handles) + len(inner), to, *map(word_of, handles), *inner]
            case Hook(where=where, script=script):
                inner = self.words(instance, script)
                return [guest.op(("hook",)), 3 + len(inner), HOOKS.index(where), *inner]
            case Store(value=value):
                return [guest.op(("store",)), 3, value]
            case Look():
                return [guest.op(("look",)), 2]
            case Unreachable():
                return [guest.op(("unreachable",)), 2]
            case Throw():
                return [guest.op(("throw",)), 2]
            case Divide():
                return [guest.op(("divide",)), 2]
            case Overrun():
                return [guest.op(("overrun",)), 2]


def word_of(operand: Operand) -> int:
    if isinstance(operand, Raw):
        return operand.number | 1 << 31
    return operand.number | (operand.beside & 0xFF) << 8 | operand.bit << 16


def _counted(count: str, line: str) -> list[str]:
    """A loop with $i from 0 to *count* - 1."""
    return [
        "(local $i i32)", "(block $done (loop $more", f"  (br_if $done (i32.ge_u (local.get $i) {count}))", f"  {line}",
        "  (local.set $i (i32.add (local.get $i) (i32.const 1)))", "  (br $more)))",
    ]
