"""Entry points for libFuzzer, one a module: `python fuzz/targets/NAME.py [flags] CORPUS`.

Each module has `target(settings)`, which gives the `fuzz.guided.target.Target`, and may have `PACKAGES`, what is
instrumented unless the user says otherwise, and `FEEDBACK`, what it can be steered by. Modules of `fact` are imported
inside of `target`, when instrumentation is on.
"""
