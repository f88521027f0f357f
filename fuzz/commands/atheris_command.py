"""`factfuzz atheris`."""

from __future__ import annotations

import click

from fuzz.guided.settings import HELP

TARGETS = ("differential", "decode", "adapters", "wave", "wast")


@click.command(
    "atheris", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    options_metavar="", epilog=f"\b\nFlags of ours, beside libFuzzer's:\n{HELP}",
    short_help="Guided fuzzing: libFuzzer, through atheris, on one of our targets.",
)
@click.argument("name", metavar="NAME")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[FLAGS] [CORPUS...]")
def atheris_command(name: str, arguments: tuple[str, ...]) -> int:
    """Guided fuzzing: libFuzzer, through atheris, on one of our targets.

    \b
    differential  cases through all engines; the corpus is stored cases (.wast)
    decode        bytes into the decoder
    adapters      types and options through the adapter compiler
    wave, wast    text into the readers of values and of scripts

    All of libFuzzer's flags are passed on (-help=1 lists them); new inputs go to the first CORPUS, what is found to the
    directory of -artifact_prefix. The status is 0 if nothing was found, 1 for a divergence, a crash, or an input that
    takes too much time or memory.
    """
    from fuzz.guided.process import run_target

    if {"-h", "--help"} & {*arguments}:
        click.echo(click.get_current_context().get_help())
        return 0
    return run_target(name, arguments)
