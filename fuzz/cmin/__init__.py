"""Corpus minimisation: a smallest set of cases that shows what a whole corpus shows. The table of contents.

| concept | where |
|---|---|
| which files are cases | `corpus`: `read_corpus` |
| what a case shows, and what it costs | `measure`; of our Python: `python_coverage`; by many processes: `workers` |
| what was measured before, on disk | `index`: `Index`; what a measurement depends on: `code` |
| cases by what they show, as arrays | `matrix`: `Matrix`; from the index: `loading` |
| which cases to keep | `cover`: `cover`, on `reductions`, `greedy`, `bound`, `search`; weights: `weights` |
| making kept cases smaller | `shrinking`: `shrunk`; all once: `rounds`; one: `shrinker`, in its process `reducing` |
| where they go | `output` |
| whether nothing was lost | `check` |
| all of it, from paths to a summary | `job`; in words: `summary`; while it runs: `progress` |

`matrix`, `cover` and what they stand on know nothing of cases: rows that have elements, and weights.
"""
