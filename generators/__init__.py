"""Hypothesis strategies for cases: the table of contents.

| concept | where |
|---|---|
| a case as frozen, JSON-able data | `blueprint`: `Blueprint`, `to_json`, `from_json` |
| its text, calls and host | `components`: `render`, `Rendered`, on `placing`, `referring`; the guests' `logs` |
| core code of guests | `guests`: modules; `functions`, `expressions`; `runtime`: memory, log; `reallocs`; `seconds` |
| what guests do with values | `observing`: log them; `copying`: to memory and back; `helpers`: functions for that |
| how operands are made | `operands`: as data; `making`, with `changing`, `combining`, `strings`, `building` |
| when steps are taken, and ways of functions | `stepping`, `programs`; what they should not do: `misbehaving` |
| constants as flat values and data segments | `constants` |
| names of types in component text | `typetext`; what definitions do with them: `naming` |
| what the host answers | `behaviours`: `respond` |
| types and images of values | `valtypes`; their flattening and layout: `layout` |
| which types a case uses | `types`; those at the places where a rule changes: `forms` |
| values, the edges first | `values`; of any type out of one number: `mill`, on `edges` and `texts` |
| what guests do | `bodies`, on `inventing`; `recursion` |
| component graphs | `topologies`, a definition at a time: `scope`; who calls whom in one: `wiring` |
| how things are passed on in them | `passing`: functions, instances; `routes`, `codetext`: code; `virtual` |
| what correct code does not do | `hostile_choices`: as data; `hostile`, on `hostile_places`; `reentries` |
| what can be wrong with a value | `damage`; with text: `hostile_text` |
| whole cases | `cases`: `blueprints`; of one boundary: `small`, on `smalltypes` |
| what a batch of them does without | `axes`; choices within strategies: `drawing` |
| cases about handles as data | `handles`: `HandleBlueprint`; handles in values: `handles_values` |
| their text | `handles_text`; of definitions: `handles_components`; of what is around instances: `handles_scopes` |
| their guests | `handles_guests`, on `handles_runtime`; constants: `handles_templates` |
| what becomes of handles, in Python | `handles_model`: `Model`; tables, threads: `handles_state`, `handles_instances` |
| what makes, drops and moves them there | `handles_builtins`, with destructors; `handles_crossing` |
| cases about handles | `handles_cases`: `handle_blueprints`, on `handles_choices` and `handles_topologies` |
| what their scripts do | `handles_operations`; in sequence: `handles_together`; in error: `handles_mistakes` |
| types around handles, and the host's functions on them | `handles_images`; `handles_host` |
| cases about component graphs as data | `graphs`: `GraphBlueprint`; core code: `graphs_core` |
| their text | `graphs_text`; core modules: `graphs_code` |
| what is known of a graph's parts | `graphs_facts`; what follows from what: `graphs_effects` |
| types of their functions | `graphs_signatures` |
| cases about component graphs | `graphs_cases`: `graph_blueprints` |
| how a component grows | `graphs_steps`, on `graphs_shims`, `graphs_relays`, `graphs_shops`; ends: `graphs_exports` |
| what is there while it does | `graphs_scope` |
| core functions in roles; guests | `graphs_roles`; `graphs_guests`, `graphs_bodies` |
| cases of any family | `families`: `cases`, `render`, `to_json`, `from_json` |
| cases with one change, or with a part of another | `mutation`: `mutated`, `crossed` |
| blueprints rewritten so that they stay consistent | `rewriting` |
| a reproducible stream of them | `stream`: `CaseStream`, `examples` |
| all of this for other people's tests | `strategies`; values of types with labels: `typed` |

For tests of an engine of your own there are the Hypothesis strategies `interface_types`, `values_of`, `function_types`,
`cases`, `component_texts` and `component_bytes` (`generators.strategies` has their options), and for a case `render`,
`to_json` and `from_json`. What each call of a case should come to says `fuzz.reference_case.reference_case`; of that,
`fuzz.script.to_wast` makes a `.wast` script.
"""

from __future__ import annotations

from generators.behaviours import respond
from generators.blueprint import Blueprint
from generators.cases import blueprints
from generators.components import Rendered
from generators.families import AnyBlueprint, from_json, render, to_json
from generators.handles import HandleBlueprint
from generators.handles_cases import handle_blueprints
from generators.strategies import (
    FAMILIES,
    SCALARS,
    cases,
    component_bytes,
    component_texts,
    function_types,
    interface_types,
    values_of,
)
from generators.stream import CaseStream, examples
from generators.valtypes import KINDS

__all__ = [
    "FAMILIES", "KINDS", "SCALARS", "AnyBlueprint", "Blueprint", "CaseStream", "HandleBlueprint", "Rendered",
    "blueprints", "cases", "component_bytes", "component_texts", "examples", "from_json", "function_types",
    "handle_blueprints", "interface_types", "render", "respond", "to_json", "values_of",
]
