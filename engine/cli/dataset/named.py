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
@click.option("--licence", default="not stated", help="Of the sounds, for the model's card.")
@click.option("--notes", type=Notes(), help="NOTE:VELOCITY:SECONDS of presets, with commas.")
@jobs_option()
@json_option
def named(
    source: str,
    out: Path,
    banks: tuple[Path, ...],
    part: str,
    licence: str,
    notes: tuple[tuple[int, int, float], ...] | None,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Render the presets of a synth, or a General MIDI soundfont (.sf2, .sf3), with their names.

    \b
    starling dataset named amsynth --out data/amsynth-named
    starling dataset named dexed --banks cartridges --out data/dexed-named
    starling dataset named FluidR3_GM.sf2 --out data/fluid-named
    """
    from starling.models.timbre.families import named_sounds
    from starling.models.timbre.families.batches import label
    from starling.presets.datasets import named as datasets

    font = Path(source)
    with stoppable("nothing was written"), progress("Rendering") as report:
        if font.suffix.lower() in datasets.FONTS:
            found = datasets.soundfont(font, licence, report)
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
            )
    named_sounds.write(out, found)
    told = sum(label(sound) is not None for sound in found.sounds)
    if as_json:
        say_json({"path": str(out), "sounds": len(found.sounds), "with_family": told})
    else:
        click.echo(f"{len(found.sounds)} sounds, {told} of them of a family by name: {out}")
