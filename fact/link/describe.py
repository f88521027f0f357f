"""A plan for people: the page that `factfuzz compile` writes as `plan.txt`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from fact.model.plan import (
    AdapterModule,
    AdapterRef,
    BuiltinRef,
    CompiledAdapterModule,
    CoreItem,
    DefineResource,
    Exported,
    ExportedFunc,
    ExportedHostFunc,
    ExportedInstance,
    ExportedModule,
    ExportedOther,
    ExportedResource,
    HostLowerRef,
    InstanceExport,
    InstantiateAdapters,
    InstantiateModule,
    Options,
    Plan,
    ScratchMemory,
)


def plan_text(plan: Plan, compiled: Sequence[CompiledAdapterModule] = ()) -> str:
    """The whole plan as a page: what is made in which order, from what, and what comes out; with the support modules
    of *compiled* adapter modules, if they are given."""
    return "".join(f"{_printable(line)}\n" for line in _Describer(plan, compiled).page())


class _Describer:
    def __init__(self, plan: Plan, compiled: Sequence[CompiledAdapterModule]) -> None:
        self.plan = plan
        self.support = {module.index: module.support for module in compiled}
        self.steps = plan.core_instances
        self.moved = moved_ahead(plan)

    def page(self) -> Iterator[str]:
        yield from self.summary()
        yield from self.section("component instances", self.component_instances())
        yield from self.section("core modules", self.modules())
        yield from self.section("host imports", self.host_imports())
        yield from self.section("resources", self.resources())
        yield from self.section("built-ins: one module, builtins.wat, made before step 0", self.builtins())
        yield from self.section("steps", self.step_lines())
        yield from self.section("adapters: lowers of lifts", self.adapters())
        yield from self.section("host lowers", self.host_lowers())
        yield from self.section("exports", self.exports(self.plan.exports, ""))

    @staticmethod
    def section(title: str, lines: Iterable[str]) -> Iterator[str]:
        body = list(lines)
        if body:
            yield from ("", title, *(f"  {line}" for line in body))

    def summary(self) -> Iterator[str]:
        plan = self.plan
        yield (
            f"{_count(plan.component_instances, 'component instance')}, {_count(self.steps, 'core instance')}, "
            f"{_count(plan.adapters, 'adapter')} in {_count(plan.adapter_modules, 'adapter module')}"
        )

    def component_instances(self) -> Iterator[str]:
        for instance in self.plan.component_instances:
            parent = "" if instance.parent is None else f", in {self.plan.component_instances[instance.parent].name}"
            yield f"{instance.index}: {instance.name}{parent}"

    def modules(self) -> Iterator[str]:
        for i, module in enumerate(self.plan.modules):
            start = ", start function" if module.has_start else ""
            yield (
                f"{i}: {module.name or 'unnamed'}, {len(module.binary)} bytes at {module.offset:#x}, "
                f"{_count(module.imports, 'import')}, {_count(module.exports, 'export')}{start}"
            )

    def host_imports(self) -> Iterator[str]:
        for host_import in self.plan.host_imports:
            yield f"{host_import.index}: {host_import.name}: {self.plan.type_text(host_import.type)}"

    def resources(self) -> Iterator[str]:
        for resource in self.plan.resources:
            if resource.instance is None:
                yield f"{resource.index}: {resource.name}: the host implements it"
            else:
                owner = self.plan.component_instances[resource.instance].name
                dtor = "no destructor" if resource.dtor is None else f"destructor = {self.item(resource.dtor)}"
                yield f"{resource.index}: {resource.name}: {owner} implements it, {dtor}"

    def builtins(self) -> Iterator[str]:
        for builtin in self.plan.builtins:
            owner = self.plan.component_instances[builtin.instance].name
            yield f"{builtin.index}: {builtin.name} in {owner}: {builtin.type}"

    # -- steps

    def step_lines(self) -> Iterator[str]:
        for number, step in enumerate(self.plan.steps):
            match step:
                case InstantiateModule():
                    yield f"{number}: core instance {step.instance} {step.name} = instantiate core module {step.module}"
                    if step.instance in self.moved:
                        ahead_of = self.steps[self.moved[step.instance]].name
                        yield f"     moved ahead of {ahead_of}, for an adapter module that needs it: nobody can tell"
                    wanted = self.plan.modules[step.module].imports
                    for core_import, arg in zip(wanted, step.args, strict=True):
                        yield f'     "{core_import.module}" "{core_import.name}" = {self.item(arg)}'
                case DefineResource(index):
                    name = self.plan.resources[index].name
                    yield f"{number}: resource {index} ({name}) has its destructor from here on"
                case InstantiateAdapters(index):
                    module = self.plan.adapter_modules[index]
                    adapters = _numbers(module.adapters)
                    yield f"{number}: adapter module {index} = adapters {adapters}, adapter-{index}.wat"
                    yield f"     {self.why(module)}"
                    if module.apart:
                        yield f"     {self.how_many(index)}: {module.apart}"
                    for support in self.support.get(index, ()):
                        over = f", over {', '.join(map(self.item, support.memories))}" if support.memories else ""
                        yield f"     leans on support module {support.name}{over}"

    def why(self, module: AdapterModule) -> str:
        """Why the module stands where it does."""
        after = "needs no core instance" if module.ready < 0 else f"needs {self.steps[module.ready].name}"
        if module.due is None:
            return f"{after}; no step uses it, only exports do"
        return f"{after}; first used by {self.steps[module.due].name}"

    def how_many(self, index: int) -> str:
        if len(self.plan.adapter_modules) == 1:
            return "one is enough"
        return "the first" if index == 0 else "not one with those before"

    def item(self, item: CoreItem) -> str:
        match item:
            case ScratchMemory(_, name, _):
                return f"the memory of {name}"
            case InstanceExport(instance, name, sort):
                return f'{str(sort).removeprefix("core ")} "{name}" of {self.steps[instance].name}'
            case AdapterRef(index):
                return f"adapter {index} ({self.plan.adapters[index].name})"
            case HostLowerRef(index):
                return f"host lower {index} ({self.plan.host_lowers[index].name})"
            case BuiltinRef(index):
                return f"built-in {index} ({self.plan.builtins[index].name})"
            case _:
                assert_never(item)

    # -- functions

    def adapters(self) -> Iterator[str]:
        for adapter in self.plan.adapters:
            lift = self.plan.lifts[adapter.lift]
            caller, callee = (self.plan.component_instances[i].name for i in (adapter.caller, lift.instance))
            yield f"{adapter.index}: {adapter.name}: {self.plan.type_text(adapter.type)}"
            yield f"     lower in {caller}{self.options(adapter.options)}"
            yield f"     lift  in {callee} of {self.item(lift.callee)}{self.options(lift.options)}"

    def host_lowers(self) -> Iterator[str]:
        for lower in self.plan.host_lowers:
            caller = self.plan.component_instances[lower.caller].name
            yield f"{lower.index}: {lower.name}: {self.plan.type_text(lower.type)}"
            yield f"     lower in {caller}{self.options(lower.options)} of host import {lower.host_import}"

    def options(self, options: Options) -> str:
        parts = [options.string_encoding] if options.string_encoding != "utf8" else []
        if options.memory is not None:
            bits = "64-bit " if options.pointer == "i64" else ""
            parts.append(f"memory = {bits}{self.item(options.memory)}")
        for name, item in (("realloc", options.realloc), ("post-return", options.post_return)):
            if item is not None:
                parts.append(f"{name} = {self.item(item)}")
        return "".join(f", {part}" for part in parts)

    def exports(self, exports: tuple[tuple[str, Exported], ...], prefix: str) -> Iterator[str]:
        for name, item in exports:
            match item:
                case ExportedFunc(index):
                    lift = self.plan.lifts[index]
                    owner = self.plan.component_instances[lift.instance].name
                    yield f"{prefix}{name}: {self.plan.type_text(lift.type)}"
                    yield f"     lift in {owner} of {self.item(lift.callee)}{self.options(lift.options)}"
                case ExportedHostFunc(index):
                    yield f"{prefix}{name}: host import {index} again"
                case ExportedInstance(inner):
                    yield f"{prefix}{name}: instance"
                    yield from self.exports(inner, f"{prefix}{name}#")
                case ExportedModule(index):
                    yield f"{prefix}{name}: core module {index}"
                case ExportedResource(index):
                    yield f"{prefix}{name}: resource {index} ({self.plan.resources[index].name})"
                case ExportedOther(sort):
                    yield f"{prefix}{name}: {sort}"
                case _:
                    assert_never(item)


def moved_ahead(plan: Plan) -> dict[int, int]:
    """The core instances that are made ahead of one with a smaller number, each with the next such one."""
    found: dict[int, int] = {}
    later: list[int] = []
    for step in reversed(plan.steps):
        if isinstance(step, InstantiateModule):
            while later and later[-1] > step.instance:
                later.pop()
            if later:
                found[step.instance] = later[-1]
            later.append(step.instance)
    return found


def _printable(line: str) -> str:
    """*line* with what would break it or stay unseen, as names may hold, written as `\\u{a}`."""
    return "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in line)


def _count(things: Iterable[object], noun: str) -> str:
    n = len(list(things))
    return f"{n} {noun}{'' if n == 1 else 's'}"


def _numbers(numbers: tuple[int, ...]) -> str:
    """0, 1, 2, 5 as `0-2, 5`."""
    runs: list[list[int]] = []
    for n in numbers:
        if runs and runs[-1][-1] == n - 1:
            runs[-1][1:] = [n]
        else:
            runs.append([n])
    return ", ".join("-".join(map(str, run)) for run in runs)
