"""Hypothesis strategies for cases: the table of contents.

| concept | where |
|---|---|
| a case as frozen, JSON-able data | `blueprint`: `Blueprint`, `to_json`, `from_json` |
| its component text, calls and host | `components`: `render`, `Rendered` |
| core code of guests | `guests`: modules; `functions`, `expressions`; `runtime`: memory, log, realloc |
| what guests do with values | `observing`: log them; `copying`: to memory and back; `helpers`: functions for that |
| constants as flat values and data segments | `constants` |
| names of types in component text | `typetext` |
| what the host answers | `behaviours`: `respond` |
| types and images of values | `valtypes`; their flattening and layout: `layout` |
| which types a case uses | `types` |
| values, the edges first | `values` |
| what guests do | `bodies` |
| component graphs | `topologies`, a definition at a time: `scope`; who calls whom in one: `wiring` |
| what correct code does not do | `hostile`; what can be wrong with a value: `damage` |
| whole cases | `cases`: `blueprints` |
| cases about handles as data | `handles`: `HandleBlueprint`; handles in values: `handles_values` |
| their text and guests | `handles_text`; `handles_guests`, on `handles_runtime`; constants: `handles_templates` |
| what becomes of handles, in Python | `handles_model`: `Model`; its tables and threads: `handles_state` |
| cases about handles | `handles_cases`: `handle_blueprints`, on `handles_choices` and `handles_topologies` |
| what they can exercise | `handles_features` |
| cases of any family | `families`: `cases`, `render`, `features`, `to_json`, `from_json` |
| a reproducible stream of them | `stream`: `CaseStream`, `examples` |
| what a case can exercise | `features`: `features`, `ALL_FEATURES`; of types: `type_features` |
"""

from __future__ import annotations

from generators.behaviours import respond
from generators.blueprint import Blueprint
from generators.cases import blueprints
from generators.components import Rendered
from generators.families import AnyBlueprint, cases, features, from_json, render, to_json
from generators.features import ALL_FEATURES
from generators.handles import HandleBlueprint
from generators.handles_cases import handle_blueprints
from generators.stream import CaseStream, examples

__all__ = [
    "ALL_FEATURES", "AnyBlueprint", "Blueprint", "CaseStream", "HandleBlueprint", "Rendered", "blueprints", "cases",
    "examples", "features", "from_json", "handle_blueprints", "render", "respond", "to_json",
]
