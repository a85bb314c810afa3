"""`starling dataset named`: sounds with names, to learn from what belongs together."""

from __future__ import annotations

from pathlib import Path

import click

from starling.engine.cli.dataset.value_types import Notes
from starling.engine.cli.options import PATH, jobs_option, json_option, out_option
from starling.engine.cli.output import progress, say_json
from starling.engine.cli.stopping import stoppable
from starling.engine.config import folders


@click.command("named")
@click.argument("source")
@out_option("The set's folder.", required=True)
@click.option("--banks", type=PATH, multiple=True, help="A folder of preset files to take too.")
@click.option(
    "--part",
    type=click.Choice(["train", "all"]),
    default="train",
    show_default=True,
    help="Whole banks of presets: those to learn from, or all.",
)
@click.option(
    "--apart-from",
    "apart",
    type=PATH,
    multiple=True,
    help="A folder of preset files that something is measured with: nothing that sounds like one.",
)
@click.option("--licence", default="not stated", help="Of the sounds, for the model's card.")
@click.option("--notes", type=Notes(), help="NOTE:VELOCITY:SECONDS of presets, with commas.")
@jobs_option()
@json_option
def named(
    source: str,
    out: Path,
    banks: tuple[Path, ...],
    part: str,
    apart: tuple[Path, ...],
    licence: str,
    notes: tuple[tuple[int, int, float], ...] | None,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Render the presets of a synth, or a General MIDI soundfont (.sf2, .sf3), with their names;
    or take a folder of recorded instruments.

    \b
    starling dataset named amsynth --out data/amsynth-named
    starling dataset named dexed --banks cartridges --out data/dexed-named
    starling dataset named FluidR3_GM.sf2 --out data/fluid-named
    starling dataset named recordings --out data/recordings-named
    """
    from starling.models.timbre.families import named_sounds
    from starling.models.timbre.families.batches import label
    from starling.presets.datasets import named as datasets
    from starling.presets.datasets.recordings import recordings
    from starling.presets.synths.plugin_files import SUFFIXES as BUNDLES

    font = Path(source)
    with stoppable("nothing was written"), progress("Rendering") as report:
        if font.suffix.lower() in datasets.FONTS:
            found = datasets.soundfont(font, licence, report)
        elif font.is_dir() and font.suffix.lower() not in BUNDLES:
            found = recordings(font, licence, report)
        else:
            found = datasets.presets(
                source,
                banks,
                part == "train",
                licence,
                folders().library,
                notes or datasets.NOTES,
                jobs,
                report,
                apart,
            )
    named_sounds.write(out, found)
    told = sum(label(sound) is not None for sound in found.sounds)
    if as_json:
        say_json({"path": str(out), "sounds": len(found.sounds), "with_family": told})
    else:
        click.echo(f"{len(found.sounds)} sounds, {told} of them of a family by name: {out}")
