"""`starling.render`: a MIDI file to a mix and stems, as arrays or files, in this process.

The processes that play start first, and load the synth while the rest is imported.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from starling.engine.api.values import Progress, RenderedTrack, Rendering, StrPath
from starling.engine.config import folders
from starling.engine.wire.failure_codes import translated
from starling.models.errors import InputError

if TYPE_CHECKING:
    from starling.engine.api.arguments import PresetLike
    from starling.engine.render.assignments import Assignment
    from starling.engine.render.bounce import BounceOptions, Mix
    from starling.engine.render.effects import Effects
    from starling.engine.render.parts import Part
    from starling.engine.songs.song import Song
    from starling.models.artifacts.catalogue import ModelCard


@dataclass(frozen=True, slots=True)
class Places:
    """Where a mix and stems are written, if anywhere; the last two are what callers call these."""

    out: Path | None
    stems: Path | None
    out_name: str = "out"
    stems_name: str = "stems"
    bits: int | None = None

    def check(self) -> None:
        """Refuse before the work what could not be written after it. Raises InputError."""
        from starling.engine.render.files import check

        out, stems = self.out, self.stems
        if out is not None and (out.is_dir() or not out.parent.is_dir()):
            raise InputError(
                f"{self.out_name} must be a file in a folder that exists, got {out}",
                code="bad_path",
            )
        check(self.like, self.bits, self.out_name)
        if stems is not None and (stems.is_file() or not stems.parent.is_dir()):
            raise InputError(
                f"{self.stems_name} must be a folder, or its parent must exist; got {stems}",
                code="bad_path",
            )

    @property
    def like(self) -> Path:
        """A file of the format that mix and stems have."""
        return self.out or Path("mix.wav")

    def stem(self, name: str) -> Path:
        """The file of a stem."""
        return (self.stems or Path()) / f"{name}{self.like.suffix.lower()}"


@translated()
def render(
    song: StrPath,
    tracks: Mapping[int | str, str | PresetLike] | None = None,
    *,
    effects: StrPath | Mapping[str, object] | None = None,
    out: StrPath | None = None,
    stems: StrPath | None = None,
    sample_rate: int = 44_100,
    tail: float = 2.0,
    bits: int | None = None,
    headroom: float | None = 1.0,
    jobs: int | None = None,
    progress: Progress = lambda fraction, text: None,
) -> Rendering:
    """Play a MIDI file offline, as `starling render` does, to the byte.

    `tracks` says what plays a part of the song, by its number, its name, or its MIDI channel
    (`ch10`): a preset of the library (its id or a hit), or a text `preset:NAME`,
    `model:NAME:seed=5,brightness=.7`, `plugin:PATH`, `sound:FILE.wav`, `chip:pulse:duty=25`. For
    the others Starling chooses. `effects` is a chain.json or what one holds, `out` a .wav or .flac
    file for the mix, of so many `bits`, `stems` a folder, `tail` seconds after the song's end. A
    mix that comes nearer to full scale than `headroom` dB is lowered (None: it never is). `jobs`
    processes (None: one a core). An exception that `progress` raises ends it. Raises InputError,
    ParseError, MissingError, PluginError, StarlingError (code `store_full`).
    """
    return render_texts(
        Path(song),
        [f"{part}={_text(plays)}" for part, plays in (tracks or {}).items()],
        effects,
        Places(_path(out), _path(stems), bits=bits),
        sample_rate=sample_rate,
        tail=tail,
        headroom=headroom,
        jobs=jobs,
        progress=progress,
        source="tracks",
    )


def render_texts(
    song_file: Path,
    tracks: Iterable[str],
    effects: StrPath | Mapping[str, object] | None,
    places: Places,
    *,
    sample_rate: int,
    tail: float,
    headroom: float | None,
    jobs: int | None,
    progress: Progress,
    source: str = "--track",
    one_thread: bool = False,
) -> Rendering:
    """As `render`, with the tracks as the command line has them: `10=model:drums`.

    `source` names the tracks in complaints. With `one_thread` torch is kept to one core from now
    on: models then need not take turns, but the process must be Starling's own.
    """
    from starling.engine.api.arguments import processes
    from starling.engine.render.worker_pool import Workers

    places.check()
    # they load the synth meanwhile
    with Workers(processes(jobs) or os.cpu_count() or 1) as workers:
        from starling.engine.render.assignments import assign, parse_track
        from starling.engine.render.bounce import BounceOptions, Renderer
        from starling.engine.songs.song import read_song
        from starling.engine.sounds.generate import Generators
        from starling.engine.sounds.loaded_models import load_quietly
        from starling.engine.sounds.store import SoundStore
        from starling.models.artifacts.catalogue import catalogue, load_generator

        options = BounceOptions(sample_rate, tail, _effects(effects), headroom)
        song, cards = read_song(song_file), catalogue(folders().models)
        _check_size(song, options, places)
        assignments = assign(song, [parse_track(text, source) for text in tracks], source)
        parts = _parts(song, assignments, cards)
        models = Generators(cards, load_quietly if one_thread else load_generator)
        renderer = Renderer(models, workers, SoundStore(folders().store))
        mix = renderer.render(song, parts, options, progress)
    groups = [[p for p in parts if p.track.number == number] for number in mix.stems]
    files = _write(mix, groups, places)
    return Rendering(
        song.name,
        mix.master,
        mix.sample_rate,
        tuple(_track(song, group, mix, file) for group, file in zip(groups, files, strict=True)),
        places.out,
        mix.lowered,
        (song.remark,) if song.remark else (),
    )


def _check_size(song: Song, options: BounceOptions, places: Places) -> None:
    from starling.engine.render.files import check, check_size

    frames = round((song.seconds + options.tail) * options.sample_rate)
    if places.out is not None or places.stems is not None:
        check_size(places.like, frames, check(places.like, places.bits))


def _path(place: StrPath | None) -> Path | None:
    return None if place is None else Path(place)


def _text(plays: str | PresetLike) -> str:
    from starling.engine.api.arguments import preset_id

    return plays if isinstance(plays, str) else f"preset:{preset_id(plays)}"


def _effects(effects: StrPath | Mapping[str, object] | None) -> Effects:
    from starling.engine.render.effects import Effects, parse_effects, read_effects

    if effects is None:
        return Effects()
    if isinstance(effects, Mapping):
        return parse_effects(dict(effects))
    return read_effects(Path(effects))


def _parts(
    song: Song, assignments: Sequence[Assignment], cards: Mapping[str, ModelCard]
) -> list[Part]:
    """The parts; the library is opened only when it exists and a preset is requested."""
    from starling.engine.render.parts import resolve
    from starling.presets.library.database import DATABASE, LibraryDatabase

    requested = any(each.kind == "preset" and not each.chosen for each in assignments)
    if not (requested and (folders().library / DATABASE).is_file()):
        return resolve(song, assignments, cards)
    library = LibraryDatabase.open(folders().library)
    try:
        return resolve(song, assignments, cards, library)
    finally:
        library.close()


def _track(song: Song, parts: Sequence[Part], mix: Mix, file: Path | None) -> RenderedTrack:
    """A part of the song; where its program changes, what plays the one and the other."""
    track = song.tracks[parts[0].track.number]
    plays = ", then ".join(part.title for part in parts)
    return RenderedTrack(
        track.number,
        track.name,
        track.channel,
        plays,
        len(track.notes),
        parts[0].chosen,
        mix.stems[track.number],
        file,
    )


def _write(mix: Mix, groups: Sequence[Sequence[Part]], places: Places) -> list[Path | None]:
    """Write mix and stems, each whole or not at all; the stems' files in order of the parts."""
    from starling.engine.render.files import check, write

    bits = check(places.like, places.bits, places.out_name)
    written: list[Path | None] = [None] * len(groups)
    if places.stems is not None:
        places.stems.mkdir(exist_ok=True)
        for at, (part, *_) in enumerate(groups):
            path = places.stem(_stem_name(part))
            write(path, mix.stems[part.track.number], mix.sample_rate, bits)
            written[at] = path
    if places.out is not None:
        write(places.out, mix.master, mix.sample_rate, bits)
    return written


def _stem_name(part: Part) -> str:
    """`10-drums`: the part's number, and the source's name without what file systems dislike."""
    name = part.title.partition(" (")[0].lower()
    return f"{part.track.number:02}-{re.sub(r'[^a-z0-9]+', '-', name).strip('-')}"
