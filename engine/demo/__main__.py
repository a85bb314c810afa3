"""The whole of Starling in six steps, each checked: `python3 build.py demo`.

An engine is started, the built plugin plays examples/demo.mid in a host, the preset libraries of
the machine are scanned and searched with a recording, and the best preset plays the same song.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.box import ROUNDED
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from starling.engine.cli.output import Report, progress
from starling.engine.demo import steps
from starling.engine.demo.picture import FOUND, GENERATED, QUERIED, Bar, Panel, draw
from starling.engine.render.assignments import DRUM_CHANNEL
from starling.engine.songs.song import Song, read_song
from starling.engine.wire.client import Client, Row
from starling.models.dsp.files.sound_file import read_sound
from starling.models.errors import InputError, MissingError, StarlingError
from starling.models.plain import plain

EXAMPLES = Path("examples")
OUTPUT = Path("demo")
QUERY = EXAMPLES / "query.wav"
HITS = 5
SEED = 7  # a kick at 50 Hz and a dry snare, distinct even on small speakers
WIDTH = 100  # columns where the output is no terminal
console = Console(highlight=False)
if not console.is_terminal:
    console.width = WIDTH


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; 0 when every step did what it should, else 1 and a sentence."""
    parser = argparse.ArgumentParser(prog="build.py demo", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED, help="0..999999: another drum kit")
    seed = parser.parse_args(arguments).seed
    began = time.monotonic()
    try:
        run(seed)
    except StarlingError as exc:
        console.print(f"[red]✗[/] {exc}", soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        console.print("\nstopped; run it again to go on")
        return 130
    console.print(f"\nThe demo took {time.monotonic() - began:.0f} s.")
    return 0


def run(seed: int) -> None:
    """All steps in their order. Raises StarlingError."""
    if not 0 <= seed <= steps.VARIATIONS:
        raise InputError(f"seed must be 0..{steps.VARIATIONS:.0f}, got {seed}", code="bad_seed")
    OUTPUT.mkdir(exist_ok=True)
    song = read_song(EXAMPLES / "demo.mid")
    with steps.running_engine() as client:
        with step("The engine runs"):
            up = client.request("ping")["uptime"]
            say(f"version {client.welcome['version']}, up for {up:.1f} s")
        bounce = play(song, seed)
        hits = find(client)
    found = render(song, seed, hits)
    with step("The picture is drawn"):
        picture(song, seed, bounce, found, hits)
        say(f"{OUTPUT / 'demo.png'}")
    say_what_to_do(found, seed)


def play(song: Song, seed: int) -> steps.Bounce:
    """The plugin in its host: notes in, generated sounds out."""
    with step("The plugin plays drums, and each key asks for a sound that never existed"):
        bounce = steps.bounce_plugin(steps.find_plugin(), song, seed, OUTPUT / "plugin.wav")
        made = (
            f"{bounce.made} sounds were made" if bounce.made else "an earlier run made the sounds"
        )
        say(f"{made}, by the model {steps.MODEL} with seed {seed}")
        say(f"{OUTPUT / 'plugin.wav'}: {steps.describe(bounce.audio)}")
        return bounce


def find(client: Client) -> list[Row]:
    """The scan, and the search with the recording."""
    with step("The preset libraries of this machine are heard") as report:
        done = client.request("scan", progress=report)
        say(f"{done['added']} presets new, {done['kept']} known, {done['failed']} in quarantine")
    with step(f"They are searched with a recording, {QUERY}"):
        hits = steps.search(client, QUERY, HITS)
        if not hits:
            raise MissingError("the search found nothing; `starling doctor` says what is missing")
        say_hits(hits)
        return hits


def render(song: Song, seed: int, hits: Sequence[Row]) -> steps.FoundSong:
    """The same song, played by what was found."""
    with step(f"{hits[0]['name']} plays the same song") as report:
        chain, output = EXAMPLES / "chain.json", OUTPUT / "search.wav"
        found = steps.render_found(song, hits[0]["preset"], seed, chain, output, report)
        say(f"{output}: {steps.describe(found.audio)}, in {found.seconds:.1f} s")
        return found


def picture(
    song: Song, seed: int, bounce: steps.Bounce, found: steps.FoundSong, hits: Sequence[Row]
) -> None:
    """demo.png from what the steps made."""
    recording, rate = read_sound(QUERY)
    draw(
        OUTPUT / "demo.png",
        Panel(
            bounce.audio,
            steps.RATE,
            "Drums that never existed",
            f"demo/plugin.wav: Starling.vst3 plays examples/demo.mid; a sound a key, seed {seed}",
            GENERATED,
        ),
        [(note.start, note.key) for note in song.tracks[DRUM_CHANNEL].notes],
        Panel(
            recording.T,
            rate,
            "The recording",
            "examples/query.wav, one note of a marimba, CC0",
            QUERIED,
        ),
        Panel(
            found.audio,
            steps.RATE,
            f"The song, played by what was found: {found.patch.name}",
            f"demo/search.wav: {found.patch.synth} in chords and melody, Starling's bass, drums",
            FOUND,
        ),
        [Bar(hit["name"], f"{hit['synth']}, {hit['bank']}", hit["score"]) for hit in hits],
    )


def say_hits(hits: Sequence[Row]) -> None:
    """The results as a table."""
    table = Table(header_style="bold", box=ROUNDED)
    for column in ("", "preset", "synth", "bank", "tags"):
        table.add_column(column)
    table.add_column("similarity", justify="right")
    for place, hit in enumerate(hits, 1):
        shown = (hit["name"], hit["synth"], hit["bank"], hit["tags"].replace(",", ", "))
        cells = (Text(plain(each)) for each in shown)
        table.add_row(str(place), *cells, f"{hit['score']:.3f}")
    console.print(table)


def say_what_to_do(found: steps.FoundSong, seed: int) -> None:
    """What to listen to, and what to do next, in plain words."""
    name, synth = (escape(plain(each)) for each in (found.patch.name, found.patch.synth))
    console.print(
        f"""
[bold]Listen[/]
  demo/plugin.wav   Drums out of the plugin. No recording is in it: kick, snare, hats and toms were
                    invented for the keys that asked for them. Headphones help with the kick.
  examples/query.wav, then demo/search.wav
                    A marimba, and what came nearest to it among your presets: {name}
                    ({synth}). It plays chords and melody, over the same drums.
[bold]Look[/]
  demo/demo.png     Both sounds, the recording, and the five results.
[bold]Next[/]
  python3 build.py demo --seed {seed + 1}       another kit
  python3 build.py install              the plugin for your DAW: load Starling, play a key
  .venv/bin/starling presets search YOUR.wav
  .venv/bin/starling render YOUR.mid -o mix.wav --track 1=preset:'Solina Flare'""",
        soft_wrap=True,
    )


def say(line: str) -> None:
    """A line under the step that is going on."""
    console.print(Text(f"  {plain(line)}", style="dim"), soft_wrap=True)


@contextmanager
def step(title: str) -> Iterator[Report]:
    """Name a step, then print how long it took; yields what shows its progress."""
    began = time.monotonic()
    console.print(Text(f"→ {plain(title)}", style="bold"))
    with progress("  ") as report:
        yield report
    console.print(f"  [green]✓[/] [dim]{time.monotonic() - began:.1f} s[/]")


if __name__ == "__main__":
    sys.exit(main())
