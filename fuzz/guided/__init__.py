"""Guided fuzzing: libFuzzer, through atheris, changes inputs and keeps those that reach something new.

- `target`: what libFuzzer is given; `libfuzzer` gives it; `flags` are libFuzzer's, `settings` ours; `start` is `main`
- `counters`: what inputs reached that no instrumentation sees
- the target `differential`: `units`, `mutator`, `differential`, with `scripts`, `disagreement`, `figures`
- the other targets: `target_NAME`, of `decode` on `binary_parts` and `binary_edits`; of `adapters` on `boundary`,
  `boundary_rig` and `boundary_edits`; of `wave` and `wast` on `text_edits`; with `dictionaries`. What they report:
  `offence`
"""
