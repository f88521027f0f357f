"""Runs a script on one engine, command by command."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from fact.errors import Unsupported
from fact.model.traps import Trap, TrapReason
from fact.model.wave.lexis import brief
from fuzz.engines.base import Engine, Refusal
from fuzz.wast import script as commands
from fuzz.wast.expected import OtherOutcome, check_refusal, check_trap, is_not_provided, trap_text
from fuzz.wast.host import ScriptHost
from fuzz.wast.instances import Definition, Failed, Instance, Names
from fuzz.wast.report import RAISED, Event, FileReport, summarise
from fuzz.wast.scope import Absent, NotSupported
from fuzz.wast.script import Action, Command, Constant, Script, load_script
from fuzz.wast.values import UnsupportedConstant, show


def run_script(script: Script | str | Path, engine: Engine, host: ScriptHost | None = None) -> FileReport:
    """Runs a script, or the one in a file; raises `ScriptError` for a file that is none."""
    read = script if isinstance(script, Script) else load_script(script)
    return summarise(read.path, engine.info.name, run_commands(read, engine, host))


def run_commands(script: Script, engine: Engine, host: ScriptHost | None = None) -> Iterator[Event]:
    """One event a command, as they happen; *host* (not shared between runs) may offer more than the usual imports."""
    run = _Run(script, engine, host or ScriptHost())
    for command in script.commands:
        yield run.event(command)


class _Run:
    def __init__(self, script: Script, engine: Engine, host: ScriptHost) -> None:
        self.script = script
        self.names = Names(engine, host)

    def event(self, command: Command) -> Event:
        try:
            return Event(command.line, "passed", self.carry_out(command))
        except NotSupported as error:
            return Event(command.line, "unsupported", str(error), error.depends_on)
        except UnsupportedConstant as error:
            return Event(command.line, "unsupported", str(error))
        except Unsupported as error:
            return Event(command.line, "unsupported", error.construct)
        except (Failed, OtherOutcome) as error:
            return Event(command.line, "failed", str(error))
        except Trap as trap:
            return Event(command.line, "failed", f"trapped: {trap_text(trap)}")
        except Refusal as refusal:
            lacking = refusal.kind == "unsupported" or is_not_provided(refusal)
            return Event(command.line, "unsupported" if lacking else "failed", _refused(refusal))
        except Exception as error:
            return Event(command.line, "failed", f"{RAISED} {type(error).__name__}: {error}")

    def carry_out(self, command: Command) -> str:
        """A remark, or nothing, when the command did what it should; raises otherwise."""
        match command:
            case commands.Define():
                self.define(command)
            case commands.DefineAndInstantiate():
                self.define(command)
                self.instantiate(command.line, None, command.name)
            case commands.Instantiate():
                self.instantiate(command.line, command.definition, command.instance)
            case commands.Register():
                self.names.instance(command.name).register(command.as_)
            case commands.Perform():
                self.perform(command.action)
            case commands.AssertReturn():
                self.assert_return(command.action, command.expected)
            case commands.AssertTrap() | commands.AssertExhaustion():
                return check_trap(command.text, self.trap_of(command.action))
            case commands.AssertException():
                self.assert_exception(command.action)
            case commands.AssertUninstantiable():
                return self.assert_uninstantiable(command)
            case commands.AssertInvalid() | commands.AssertMalformed():
                self.assert_refused(command)
            case commands.AssertUnlinkable():
                return self.assert_unlinkable(command)
            case commands.Other(directive=directive):
                raise NotSupported(directive)
        return ""

    def define(self, command: commands.Define | commands.DefineAndInstantiate) -> None:
        self.names.define(command.name, Absent(command.line))
        if isinstance(command, commands.DefineAndInstantiate):
            self.names.place(command.name, Absent(command.line))
        self.names.define(command.name, self.load(command))

    def load(self, command: commands.Definition) -> Definition:
        binary = self.script.binary(command)
        if binary is None:
            raise Failed("the text does not parse")
        return self.names.load(binary)

    def instantiate(self, line: int, definition: str | None, instance: str | None) -> None:
        self.names.place(instance, Absent(line))
        self.names.place(instance, self.names.definition(definition).instantiate())

    def perform(self, action: Action) -> tuple[Instance, list[object]]:
        instance = self.names.instance(action.module)
        try:
            return instance, instance.perform(action)
        except KeyError:
            raise Failed(f"no export {action.field} to {action.type}") from None
        except ValueError as error:
            raise Failed(f"{action.type} {action.field}: {error}") from None

    def assert_return(self, action: Action, expected: tuple[Constant, ...]) -> None:
        instance, results = self.perform(action)
        if len(results) != len(expected):
            wanted = ", ".join(map(show, expected)) or "nothing"
            raise Failed(f"{action.field} returned {_told(results)}, expected {wanted}")
        for constant, result in zip(expected, results, strict=True):
            try:
                if instance.matches(action.field, constant, result):
                    continue
                difference = instance.difference(action.field, constant, result)
            except ValueError as error:
                difference = f"{_told([result])}, and no such value is expected: {error}"
            raise Failed(f"{action.field} returned {difference}")

    def trap_of(self, action: Action) -> Trap:
        try:
            _, results = self.perform(action)
        except Trap as trap:
            return trap
        raise Failed(f"{action.field} returned {_told(results)}, expected a trap")

    def assert_exception(self, action: Action) -> None:
        trap = self.trap_of(action)
        if trap.reason is not TrapReason.UNCAUGHT_EXCEPTION:
            raise Failed(f"expected an exception, got a trap: {trap_text(trap)}")

    def assert_uninstantiable(self, command: commands.AssertUninstantiable) -> str:
        definition = self.load(command)
        try:
            definition.instantiate()
        except Trap as trap:
            return check_trap(command.text, trap)
        raise Failed(f"instantiated, expected a trap {command.text!r}")

    def assert_refused(self, command: commands.AssertInvalid | commands.AssertMalformed) -> None:
        binary = self.script.binary(command)
        if binary is None:
            return
        try:
            self.names.load(binary).load()
        except Refusal as refusal:
            if refusal.kind == "unsupported" and command.text not in refusal.message:
                raise
            return
        raise Failed(f"accepted, expected a refusal: {command.text}")

    def assert_unlinkable(self, command: commands.AssertUnlinkable) -> str:
        try:
            self.load(command).instantiate()
        except Refusal as refusal:
            if refusal.kind != "unlinkable" and command.text not in refusal.message:
                raise
            return check_refusal(command.text, refusal.message)
        raise Failed(f"instantiated, expected a refusal: {command.text}")


def _told(results: Sequence[object]) -> str:
    return ", ".join(brief(repr(result), 200) for result in results) or "nothing"


def _refused(refusal: Refusal) -> str:
    return f"refused as {refusal.kind}: {' '.join(refusal.message.split())}"
