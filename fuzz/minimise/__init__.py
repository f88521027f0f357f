"""Smaller cases that show the same divergence: `shrink` decides, `reduce`, `cut` and `retype` propose."""
