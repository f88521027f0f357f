"""Blueprints of the family values rewritten so that they stay consistent.

| what changes | where |
|---|---|
| one part in place of another | `parts` |
| parts that go, with what cannot stay without them | `cut`, `spreading` |
| what only hands on, taken out | `bypass` |
| function types, with whoever has to agree | `retyping`, on `slots` |
| definitions and items that come in between | `inserting` |
| what a definition can refer to | `sight` |
"""
