"""Random components that define, import, pass, hide and export functions, modules, instances and components.

Only components without components inside lift anything, and none of them is called while it runs, so that where a
function comes from is all that its result depends on. Types are structural and known here, so the exports that the
outermost component has are known without linking: `Graph.exports`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import TypeAlias


@dataclass(frozen=True)
class Func:
    """() -> u32"""


@dataclass(frozen=True)
class Module:
    """Exports f: () -> i32."""


@dataclass(frozen=True)
class Shop:
    """An instance that exports a resource, makes it and looks at it."""


@dataclass(frozen=True)
class Instance:
    exports: Mapping[str, Type]


@dataclass(frozen=True)
class Component:
    imports: Mapping[str, Type]
    exports: Mapping[str, Type]


Type: TypeAlias = Func | Module | Shop | Instance | Component

SORTS = {Func: "func", Module: "core module", Shop: "instance", Instance: "instance", Component: "component"}

SHOP_TYPE = """(export "item" (type $item (sub resource)))
  (export "make" (func (param "x" u32) (result (own $item))))
  (export "look" (func (param "self" (borrow $item)) (result u32)))"""


def sort(t: Type) -> str:
    return SORTS[type(t)]


def declared(t: Type, name: str = "") -> str:
    """*t* as the type of an import or export, called *name* there."""
    match t:
        case Func():
            inner = "(result u32)"
        case Module():
            inner = '(export "f" (func (result i32)))'
        case Shop():
            inner = SHOP_TYPE
        case Instance(exports):
            inner = _declarations("export", exports)
        case Component(imports, exports):
            inner = f"{_declarations('import', imports)} {_declarations('export', exports)}"
    return f"({sort(t)} {name} {inner})"


def _declarations(way: str, types: Mapping[str, Type]) -> str:
    return " ".join(f'({way} "{name}" {declared(t)})' for name, t in types.items())


def fits(have: Type, want: Type) -> bool:
    """Explainer.md, "Import and Export Definitions": a subtype may export more and import less."""
    match have, want:
        case Instance(more), Instance(less):
            return all(name in more and fits(more[name], t) for name, t in less.items())
        case Component(less_in, more_out), Component(more_in, less_out):
            return fits(Instance(more_in), Instance(less_in)) and fits(Instance(more_out), Instance(less_out))
        case _:
            return have == want


@dataclass(frozen=True)
class Item:
    identifier: str
    type: Type


@dataclass
class Graph:
    """A component being written: its text so far, what it has, and what it exports once it is closed."""

    rng: random.Random
    depth: int
    numbers: count[int]
    text: list[str] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    exports: dict[str, Type] = field(default_factory=dict)

    def fresh(self) -> str:
        return f"$x{next(self.numbers)}"

    def add(self, text: str, identifier: str, t: Type) -> Item:
        self.text.append(text)
        self.items.append(Item(identifier, t))
        return self.items[-1]

    def some(self, wanted: Callable[[Type], bool]) -> Item | None:
        found = [item for item in self.items if wanted(item.type)]
        return self.rng.choice(found) if found else None

    # -- what a component may do next

    def module(self) -> Item:
        x = self.fresh()
        value = next(self.numbers)
        return self.add(f'(core module {x} (func (export "f") (result i32) (i32.const {value})))', x, Module())

    def func(self) -> Item:
        """Of a module, lifted in a component of its own."""
        module = self.some(lambda t: t == Module()) or self.module()
        c, i, f = self.fresh(), self.fresh(), self.fresh()
        return self.add(
            f"""(component {c} (import "m" (core module $m (export "f" (func (result i32)))))
              (core instance $i (instantiate $m)) (func (export "f") (result u32) (canon lift (core func $i "f"))))
            (instance {i} (instantiate {c} (with "m" (core module {module.identifier}))))
            (alias export {i} "f" (func {f}))""", f, Func())

    def relay(self) -> Item:
        """A function that calls another one and adds a thousand."""
        callee = self.some(lambda t: t == Func()) or self.func()
        c, i, f = self.fresh(), self.fresh(), self.fresh()
        return self.add(
            f"""(component {c} (import "f" (func $f (result u32))) (core func $l (canon lower (func $f)))
              (core module $m (import "" "f" (func $f (result i32)))
                (func (export "f") (result i32) (i32.add (call $f) (i32.const 1000))))
              (core instance $i (instantiate $m (with "" (instance (export "f" (func $l))))))
              (func (export "f") (result u32) (canon lift (core func $i "f"))))
            (instance {i} (instantiate {c} (with "f" (func {callee.identifier}))))
            (alias export {i} "f" (func {f}))""", f, Func())

    def shop(self) -> Item:
        c, i = self.fresh(), self.fresh()
        price = next(self.numbers)
        return self.add(
            f"""(component {c} (type $item' (resource (rep i32))) (core func $new (canon resource.new $item'))
              (core module $m (import "" "new" (func $new (param i32) (result i32)))
                (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
                (func (export "look") (param i32) (result i32) (i32.add (local.get 0) (i32.const {price}))))
              (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
              (export $item "item" (type $item'))
              (func (export "make") (param "x" u32) (result (own $item)) (canon lift (core func $i "make")))
              (func (export "look") (param "self" (borrow $item)) (result u32) (canon lift (core func $i "look"))))
            (instance {i} (instantiate {c}))""", i, Shop())

    def customer(self) -> Item:
        """A function that makes a resource, looks at it and drops it."""
        shop = self.some(lambda t: t == Shop()) or self.shop()
        c, i, f = self.fresh(), self.fresh(), self.fresh()
        return self.add(
            f"""(component {c} (import "shop" {declared(Shop(), "$s")}) (alias export $s "item" (type $item))
              (core func $make (canon lower (func $s "make"))) (core func $look (canon lower (func $s "look")))
              (core func $drop (canon resource.drop $item))
              (core module $m (import "" "make" (func $make (param i32) (result i32)))
                (import "" "look" (func $look (param i32) (result i32))) (import "" "drop" (func $drop (param i32)))
                (func (export "f") (result i32) (local $h i32) (local.set $h (call $make (i32.const 7)))
                  (call $look (local.get $h)) (call $drop (local.get $h))))
              (core instance $i (instantiate $m (with "" (instance
                (export "make" (func $make)) (export "look" (func $look)) (export "drop" (func $drop))))))
              (func (export "f") (result u32) (canon lift (core func $i "f"))))
            (instance {i} (instantiate {c} (with "shop" (instance {shop.identifier}))))
            (alias export {i} "f" (func {f}))""", f, Func())

    def bundle(self) -> Item:
        x = self.fresh()
        chosen = {f"b{n}": self.rng.choice(self.items) for n in range(self.rng.randint(1, 4) if self.items else 0)}
        exports = " ".join(f'(export "{n}" ({sort(item.type)} {item.identifier}))' for n, item in chosen.items())
        return self.add(f"(instance {x} {exports})", x, Instance({n: item.type for n, item in chosen.items()}))

    def alias(self) -> Item:
        of = self.some(lambda t: isinstance(t, Instance) and bool(t.exports))
        if of is None:
            return self.bundle()
        assert isinstance(of.type, Instance)
        name, t = self.rng.choice(list(of.type.exports.items()))
        x = self.fresh()
        return self.add(f'(alias export {of.identifier} "{name}" ({sort(t)} {x}))', x, t)

    def component(self) -> Item:
        """A component around more of this, with imports that something here fits."""
        if self.depth == 0:
            return self.relay()
        wanted = [self.rng.choice(self.items).type for _ in range(self.rng.randint(0, 2) if self.items else 0)]
        component = self.some(lambda t: isinstance(t, Component))
        if component is not None and self.rng.random() < 0.5:
            wanted.append(component.type)
        imports = {f"i{n}": self.less(t) for n, t in enumerate(wanted)}
        inner = Graph(self.rng, self.depth - 1, self.numbers)
        for name, t in imports.items():
            x = self.fresh()
            item = inner.add(f'(import "{name}" {declared(t, x)})', x, t)
            if isinstance(t, Component):
                inner.instantiate(item)
        inner.fill(self.rng.randint(1, 6))
        inner.export(self.rng.randint(1, 4), lambda t: True)
        x = self.fresh()
        made = self.add(f"(component {x} {' '.join(inner.text)})", x, Component(imports, inner.exports))
        return self.instantiate(made) if self.rng.random() < 0.7 else made

    def instantiate(self, component: Item | None = None) -> Item:
        """An instance of a component, if everything that it imports is here."""
        component = component or self.some(lambda t: isinstance(t, Component)) or self.component()
        if not isinstance(component.type, Component):
            return component
        args = {n: self.some(partial(fits, want=t)) for n, t in component.type.imports.items()}
        given = {n: item for n, item in args.items() if item is not None}
        if len(given) < len(args):
            return component
        x = self.fresh()
        withs = " ".join(f'(with "{n}" ({sort(item.type)} {item.identifier}))' for n, item in given.items())
        return self.add(f"(instance {x} (instantiate {component.identifier} {withs}))", x,
                        Instance(component.type.exports))

    # -- hiding

    def less(self, t: Type) -> Type:
        """A supertype of *t*: with fewer exports, in another order, and more imports."""
        match t:
            case Instance(exports):
                return Instance(self.fewer(exports))
            case Component(imports, exports):
                extra: dict[str, Type] = {f"extra{next(self.numbers)}": Func()} if self.rng.random() < 0.3 else {}
                return Component({**extra, **imports}, self.fewer(exports))
            case _:
                return t

    def fewer(self, exports: Mapping[str, Type]) -> dict[str, Type]:
        kept = [name for name in exports if self.rng.random() < 0.7]
        self.rng.shuffle(kept)
        return {name: self.less(exports[name]) for name in kept}

    # -- the whole

    def fill(self, steps: int) -> None:
        ways = [self.func, self.relay, self.bundle, self.alias, self.alias, self.shop, self.customer,
                self.component, self.component, self.instantiate, self.instantiate]
        for _ in range(steps):
            self.rng.choice(ways)()

    def export(self, exports: int, exportable: Callable[[Type], bool]) -> None:
        for n in range(exports):
            item = self.some(exportable)
            if item is None:
                return
            t, ascription = item.type, ""
            if self.rng.random() < 0.4 and not holds(t, Shop):
                t = self.less(t)
                ascription = declared(t)
            self.text.append(f'(export "e{n}" ({sort(t)} {item.identifier}) {ascription})')
            self.exports[f"e{n}"] = t


def holds(t: Type, kind: type[Type]) -> bool:
    inner = [*getattr(t, "imports", {}).values(), *getattr(t, "exports", {}).values()]
    return isinstance(t, kind) or any(holds(part, kind) for part in inner)


def graph(seed: int) -> tuple[str, Instance]:
    """A component, and the type of an instance of it. Its exports hold no components: wasmtime has none of that."""
    rng = random.Random(seed)
    outermost = Graph(rng, 4, count())
    outermost.fill(rng.randint(4, 14))
    for _ in range(10):
        outermost.alias()
    outermost.export(8, lambda t: not holds(t, Component))
    return f"(component {' '.join(outermost.text)})", Instance(outermost.exports)


def functions(t: Instance, prefix: str = "") -> Iterator[str]:
    """The paths of the functions that an instance exports, those of its shops included."""
    for name, export in t.exports.items():
        match export:
            case Func():
                yield prefix + name
            case Shop():
                yield from (f"{prefix}{name}#make", f"{prefix}{name}#look")
            case Instance():
                yield from functions(export, f"{prefix}{name}#")
