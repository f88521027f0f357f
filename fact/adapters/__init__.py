"""FACT, the fused-adapter compiler: every lower of a lift becomes a function of a generated core module.

- `module`: `compile_adapters`, from a partitioned plan to the text of its adapter modules
- `call`: the order of one call; `flat`: values passed as core values
- `shapes`, `signature`: types despecialised, laid out and flattened
- `checks`, `checking`: what can be wrong with a value in memory; the code that finds out
- `moves`, `moving`: what moving a value from memory to memory takes; the code that does it
- `runs`: rows of equal values, by vectors; `strings`: strings, a few of them on the spot (`strings_inline`)
- `handles`: handles of resources, and what a call lends and borrows; `builtins`: resource.new, context.get and the like
- `scratch`: calls within one component instance
- `dispatch`, `memory`, `function`: cases of variants; addresses; the locals and sites of a function
- `reentrance`, `leaving`, `exceptions`: what a plan rules out, so that adapters need not check it
- `scope`: imports, names, sites and helpers of one module
- `wat`: the writer
- `branches`: counters put into what was written, by `branches_text` and `branches_counters`; names of branches, by
  `branches_places` and `branches_conditions`
"""

from fact.adapters.branches import with_branches
from fact.adapters.leaving import confinable, everywhere
from fact.adapters.module import compile_adapters
from fact.adapters.reentrance import entered, reenterable

__all__ = ["compile_adapters", "confinable", "entered", "everywhere", "reenterable", "with_branches"]
