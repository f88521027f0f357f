"""The reference interpreter and the fused-adapter compiler of the canonical ABI. Knows nothing of fuzzing."""
