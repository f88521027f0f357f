"""A plan for programs: what `factfuzz compile` writes as `plan.json`, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

from fact.model.plan import (
    Adapter,
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
    HostLower,
    HostLowerRef,
    InstanceExport,
    InstantiateAdapters,
    InstantiateModule,
    Lift,
    Options,
    Plan,
    ScratchMemory,
    Step,
    SupportModule,
)
from fact.model.types import FuncType


def plan_data(plan: Plan, compiled: Sequence[CompiledAdapterModule] = ()) -> dict[str, Any]:
    """The plan as plain data for JSON, with the support modules of *compiled* adapter modules, if they are given.

    Core modules are described, not contained: `module-N.wasm` holds number N.
    """
    support = {m.index: m.support for m in compiled}
    return {
        "component_instances": [
            {"index": c.index, "parent": c.parent, "name": c.name} for c in plan.component_instances
        ],
        "modules": [
            {
                "index": i,
                "file": f"module-{i}.wasm",
                "name": m.name,
                "offset": m.offset,
                "size": len(m.binary),
                "start": m.has_start,
                "imports": [{"module": x.module, "name": x.name, "sort": str(x.sort)} for x in m.imports],
                "exports": [{"name": x.name, "sort": str(x.sort)} for x in m.exports],
            }
            for i, m in enumerate(plan.modules)
        ],
        "adapter_modules": [
            {
                "index": m.index,
                "file": f"adapter-{m.index}.wasm",
                "text": f"adapter-{m.index}.wat",
                "adapters": list(m.adapters),
                "ready": m.ready,
                "due": m.due,
                "apart": m.apart,
                "support": [_support_data(s) for s in support.get(m.index, ())],
            }
            for m in plan.adapter_modules
        ],
        "steps": [_step_data(s) for s in plan.steps],
        "lifts": [_lift_data(x) for x in plan.lifts],
        "adapters": [
            {**_lower_data(x), "lift": x.lift, "caller": x.caller, "name": x.name, "type": type_data(x.type)}
            for x in plan.adapters
        ],
        "host_imports": [
            {"index": h.index, "path": list(h.path), "type": type_data(h.type)} for h in plan.host_imports
        ],
        "host_lowers": [
            {**_lower_data(x), "host_import": x.host_import, "caller": x.caller, "name": x.name,
             "type": type_data(x.type)}
            for x in plan.host_lowers
        ],
        "resources": [
            {
                "index": r.index,
                "name": r.name,
                "instance": r.instance,
                "dtor": r.dtor and _item_data(r.dtor),
                "path": list(r.path),
            }
            for r in plan.resources
        ],
        "builtins": [
            {
                "index": b.index,
                "kind": b.kind,
                "instance": b.instance,
                "resource": b.resource,
                "slot": b.slot,
                "type": {"params": list(b.type.params), "results": list(b.type.results)},
                "name": b.name,
            }
            for b in plan.builtins
        ],
        "exports": _exports_data(plan.exports),
    }


def type_data(t: FuncType) -> dict[str, Any]:
    return {
        "params": [{"name": name, "type": str(p)} for name, p in t.params],
        "result": None if t.result is None else str(t.result),
    }


def _item_data(item: CoreItem) -> dict[str, Any]:
    match item:
        case ScratchMemory(_, name, sort):
            return {"support": name, "sort": str(sort)}
        case InstanceExport(instance, name, sort):
            return {"core_instance": instance, "name": name, "sort": str(sort)}
        case AdapterRef(index):
            return {"adapter": index}
        case HostLowerRef(index):
            return {"host_lower": index}
        case BuiltinRef(index):
            return {"builtin": index}
        case _:
            assert_never(item)


def _options_data(options: Options) -> dict[str, Any]:
    return {
        "string_encoding": options.string_encoding,
        "pointer": options.pointer,
        "memory": options.memory and _item_data(options.memory),
        "realloc": options.realloc and _item_data(options.realloc),
        "post_return": options.post_return and _item_data(options.post_return),
    }


def _support_data(support: SupportModule) -> dict[str, Any]:
    return {
        "name": support.name,
        "text": f"support-{support.name}.wat",
        "memories": [_item_data(memory) for memory in support.memories],
    }


def _step_data(step: Step) -> dict[str, Any]:
    match step:
        case InstantiateModule(instance, module, args, owner, name):
            return {
                "instantiate": "module",
                "core_instance": instance,
                "module": module,
                "args": [_item_data(arg) for arg in args],
                "owner": owner,
                "name": name,
            }
        case InstantiateAdapters(adapter_module):
            return {"instantiate": "adapters", "adapter_module": adapter_module}
        case DefineResource(resource):
            return {"define": "resource", "resource": resource}
        case _:
            assert_never(step)


def _lift_data(lift: Lift) -> dict[str, Any]:
    return {
        "index": lift.index,
        "callee": _item_data(lift.callee),
        "type": type_data(lift.type),
        "options": _options_data(lift.options),
        "instance": lift.instance,
        "name": lift.name,
    }


def _lower_data(lower: Adapter | HostLower) -> dict[str, Any]:
    return {"index": lower.index, "options": _options_data(lower.options)}


def _exports_data(exports: tuple[tuple[str, Exported], ...]) -> list[dict[str, Any]]:
    def data(item: Exported) -> dict[str, Any]:
        match item:
            case ExportedFunc(lift):
                return {"lift": lift}
            case ExportedHostFunc(host_import):
                return {"host_import": host_import}
            case ExportedInstance(inner):
                return {"instance": _exports_data(inner)}
            case ExportedModule(module):
                return {"module": module}
            case ExportedResource(resource):
                return {"resource": resource}
            case ExportedOther(sort):
                return {"other": str(sort)}
            case _:
                assert_never(item)

    return [{"name": name, **data(item)} for name, item in exports]
