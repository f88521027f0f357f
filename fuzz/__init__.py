"""The fuzzer: engines, cases, comparison, campaigns and the `factfuzz` command."""
