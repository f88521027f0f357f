"""Makes any script smaller that engines disagree on: `fuzz.minimise.scripts.reducer`."""
