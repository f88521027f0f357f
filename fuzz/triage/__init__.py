"""Which divergences are one and the same, and what is to be said of each."""
