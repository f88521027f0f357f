"""libFuzzer's flags: those it has, and what ours are unless the user says otherwise."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from fuzz.errors import UsageError

DEFAULTS: Mapping[str, str] = {"len_control": "0", "timeout": "60"}

_NUMBERS = """
    seed runs max_len len_control keep_seed cross_over cross_over_uniform_dist mutate_depth reduce_depth shuffle
    prefer_small timeout error_exitcode timeout_exitcode max_total_time help fork fork_corpus_groups ignore_timeouts
    ignore_ooms ignore_crashes merge set_cover_merge minimize_crash cleanse_crash use_counters use_memmem
    use_value_profile use_cmp shrink reduce_inputs jobs workers reload report_slow_units only_ascii print_pcs
    print_funcs print_final_stats print_corpus_stats print_coverage print_full_coverage dump_coverage handle_segv
    handle_bus handle_abrt handle_ill handle_fpe handle_int handle_term handle_xfsz handle_usr1 handle_usr2
    handle_winexcept close_fd_mask detect_leaks purge_allocator_interval trace_malloc rss_limit_mb malloc_limit_mb
    ignore_remaining_args entropic entropic_feature_frequency_threshold entropic_number_of_rarest_features
    entropic_scale_per_exec_time analyze_dict use_clang_coverage create_missing_dirs verbosity atheris_runs
    max_counters
"""
_TEXTS = """
    seed_inputs stop_file merge_control_file mutation_graph_file dict artifact_prefix exact_artifact_path
    exit_on_src_pos exit_on_item focus_function data_flow_trace collect_data_flow features_dir
"""
NUMBERS, TEXTS = frozenset(_NUMBERS.split()), frozenset(_TEXTS.split())

STARTS_PROCESSES = ("merge", "set_cover_merge", "fork", "jobs", "minimize_crash", "cleanse_crash")
"""Flags with which libFuzzer starts itself again, by a shell, to which it gives its arguments as they are."""

_FLAG = re.compile(r"-([A-Za-z_]+)=(.*)", re.DOTALL)


def given(args: Sequence[str], name: str, default: str = "") -> str:
    """The value of a flag: the last one counts."""
    values = [match[2] for match in map(_FLAG.fullmatch, args) if match is not None and match[1] == name]
    return values[-1] if values else default


def with_defaults(args: Sequence[str], defaults: Mapping[str, str]) -> list[str]:
    """*args*, before them the flags that are not among them."""
    named = {match[1] for match in map(_FLAG.fullmatch, args) if match is not None}
    return [*(f"-{name}={value}" for name, value in defaults.items() if name not in named), *args]


def is_on(args: Sequence[str], name: str) -> bool:
    """Whether a flag of numbers is there and not 0."""
    return given(args, name, "0") not in ("", "0")


def check(args: Sequence[str]) -> None:
    """Raises `UsageError` for what libFuzzer would pass over with a warning, or not read as it was meant."""
    paths = [arg for arg in args if not arg.startswith("-")]
    for arg in args:
        if arg.startswith("-"):
            _check_flag(arg)
    if len(args) != len(paths) and is_on(args, "help"):
        return
    _check_paths(args, paths)
    if any(is_on(args, name) for name in STARTS_PROCESSES):
        for arg in args:
            if re.search(r"[^\w@%+=:,./-]", arg):
                raise UsageError(f"{arg!r}: libFuzzer hands its arguments to a shell as they are, "
                                 f"with -{', -'.join(STARTS_PROCESSES)}; use names without such characters")


def _check_flag(arg: str) -> None:
    match = _FLAG.fullmatch(arg)
    if match is None:
        raise UsageError(f"{arg}: flags are written -name=value; -help=1 lists libFuzzer's")
    name, value = match.groups()
    if name not in NUMBERS | TEXTS:
        raise UsageError(f"{arg}: libFuzzer has no flag -{name}; -help=1 lists them")
    if name in NUMBERS and not re.fullmatch(r"[+-]?\d+", value):
        raise UsageError(f"{arg}: a whole number is expected")


def _check_paths(args: Sequence[str], paths: Sequence[str]) -> None:
    for path in paths:
        if not os.path.exists(path) and not is_on(args, "create_missing_dirs"):
            raise UsageError(f"{path}: no such file or directory: a corpus or an input is expected")
    if is_on(args, "merge") or is_on(args, "set_cover_merge"):
        if len(paths) < 2 or not all(os.path.isdir(path) for path in paths):
            raise UsageError("-merge=1: two or more directories are expected, the one to merge into first")
    elif len(paths) > 1 and len({os.path.isdir(path) for path in paths}) > 1:
        raise UsageError("either directories (corpora) or files (single inputs) are expected, not both")
    if is_on(args, "minimize_crash") and (len(paths) != 1 or os.path.isdir(paths[0])):
        raise UsageError("-minimize_crash=1: one input is expected, a file")
    prefix = given(args, "artifact_prefix")
    if prefix and not is_on(args, "create_missing_dirs") and not Path(prefix + "x").parent.is_dir():
        raise UsageError(f"-artifact_prefix={prefix}: no such directory")
