"""`starling presets favourite`, `audition` and `export`: what is done with one preset."""

from __future__ import annotations

from pathlib import Path

import click

from starling.engine.cli.options import json_option, out_option
from starling.engine.cli.output import progress, say, say_json
from starling.engine.cli.presets.open_library import opened_browser
from starling.engine.config import folders
from starling.models.errors import InputError


@click.command()
@click.argument("preset", type=int)
@click.option("--off", is_flag=True, help="It is none any more.")
@json_option
def favourite(preset: int, off: bool, as_json: bool) -> None:
    """Mark a preset (its id) as a favourite; `presets list is:favourite` shows them.

    Scans keep the mark.
    """
    with opened_browser() as browser:
        browser.library.favourite(preset, not off)
        name = browser.library.preset(preset).name
    if as_json:
        say_json({"preset": preset, "favourite": not off})
        return
    say(f"{name} is {'no longer ' if off else ''}a favourite")


@click.command()
@click.argument("preset", type=int)
@click.option("--note", type=click.IntRange(0, 127), default=60, show_default=True)
@click.option("--velocity", type=click.IntRange(1, 127), default=100, show_default=True)
@click.option("--seconds", type=click.FloatRange(0.1, 30), default=2.0, show_default=True)
@out_option("A new .wav file; else preset-ID.wav.", old="--output")
@json_option
def audition(
    preset: int, note: int, velocity: int, seconds: float, out: Path | None, as_json: bool
) -> None:
    """Play one note of a preset into a WAV file."""
    from starling.engine.server.preset_browser import AUDITION_RATE
    from starling.engine.sounds import wav
    from starling.engine.sounds.whole_files import write_whole
    from starling.engine.wire.failure_codes import translated

    path = _new_wav(out) if out else Path(f"preset-{preset}.wav")
    with opened_browser() as browser, progress("Playing") as report:
        recipe, found = browser.audition_recipe(preset, note, velocity, seconds)
        report(0.0, recipe.synth)
        audio = browser.play(recipe, found)
    with translated():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, wav.encode(audio, AUDITION_RATE, root=note, recipe=recipe.json))
    say_json({"path": str(path), "sound": recipe.id}) if as_json else say(str(path))


def _new_wav(path: Path) -> Path:
    """The path, if a sound can be written there and nothing is lost; raises InputError."""
    if path.suffix.lower() != ".wav":
        raise InputError(f"--out must end in .wav, got {path.name}", code="bad_path")
    if path.exists():
        raise InputError(f"{path} is there already; choose another name", code="bad_path")
    return path


@click.command()
@click.argument("preset", type=int)
@out_option(
    "Left out, the folder in which the synth looks for presets.", metavar="FOLDER", old="--to"
)
@click.option(
    "--format",
    "key",
    default="",
    metavar="FORMAT",
    help="bank, fxp, vstpreset, syx, lv2, starling-preset or json, as far as the synth has it; "
    "left out, what it loads itself.",
)
@json_option
def export(preset: int, out: Path | None, key: str, as_json: bool) -> None:
    """Write a preset as a file that its synth loads, and say where.

    Nothing is ever overwritten: a second export of the same name gets a number.
    """
    with opened_browser() as browser:
        path = browser.export(preset, folders().exports, out, key)
    say_json({"path": str(path)}) if as_json else say(str(path))
