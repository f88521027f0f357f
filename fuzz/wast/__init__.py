"""Scripts (`.wast`): read with wasm-tools, run on one engine at a time."""

from fuzz.wast.host import ScriptHost
from fuzz.wast.report import Event, FileReport, Problem, Verdict
from fuzz.wast.runner import run_commands, run_script
from fuzz.wast.script import Script, ScriptError, load_script, script_paths

__all__ = [
    "Event", "FileReport", "Problem", "Script", "ScriptError", "ScriptHost", "Verdict", "load_script", "run_commands",
    "run_script", "script_paths",
]
