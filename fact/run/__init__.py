"""Carries out a Plan on wasmtime's core API; the boundary between the host and guests."""
