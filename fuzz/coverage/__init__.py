"""What a case exercises, named from a trace of the reference and from the plan: the table of contents.

| concept | where |
|---|---|
| all features by group, and what is excluded | `possible`: `GROUPS`, `POSSIBLE`, `EXCLUDED` |
| a plan whose instances are watched | `watch`: `Watch` |
| from events of one instance, run by the reference, to features | `trace`: `Trace` |
| function types at a boundary | `crossings`; where values are, and names of types: `places` |
| values of each type, as they pass and as bits | `shape`, `leaves`, `compounds`; from types to them: `shapes` |
| strings: content, length, path of storing | `text` |
| scalars; bits that no value has | `scalars`; `junk` |
| layout; pointers; what reallocs return | `layout`; `pointers`; `blocks` |
| handles; calls and storage; traps | `handles`; `calls`; `traps` |
| facts about a plan as a whole | `graphs` |
| what campaigns and scripts showed, added up | `seen` |
| what was seen where, as a table | `report` |
| branches of adapters: cases run with counters, a census, its table | `branches_run`, `branches`, `branches_report` |
| adapter modules with counts in the margin | `branches_listing` |
"""

from __future__ import annotations
