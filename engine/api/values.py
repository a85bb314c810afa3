"""The values that the API takes and gives beside those of `presets` and `models`. Plain data."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from starling.engine.wire.failure_codes import translated

if TYPE_CHECKING:  # `starling render` must not wait for what it does not use
    from starling.models.artifacts.catalogue import Control
    from starling.presets.library.preset import Preset
    from starling.presets.match.variants import Variant

Array = NDArray[np.float32]
StrPath: TypeAlias = str | os.PathLike[str]
Progress: TypeAlias = Callable[[float, str], None]  # the part that is done, 0..1, and a sentence


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """A sound in memory: `audio` (channels, frames) at `sample_rate` hertz, and what made it.

    `root` is the MIDI key that plays it unshifted, `recipe` the canonical JSON of what makes it
    again, `id` that recipe's hash. An audition has no seed and no controls.
    """

    audio: Array
    sample_rate: int
    root: int
    id: str
    recipe: str
    seed: int | None = None
    controls: Mapping[str, float] = field(default_factory=dict)

    @translated()
    def save(self, path: StrPath) -> Path:
        """Write it as a 32-bit float WAV file that carries its recipe; folders are made.

        Raises StarlingError (code `store_full`, `no_access`) where the disk is full or refuses.
        """
        from starling.engine.sounds import wav
        from starling.engine.sounds.whole_files import write_whole

        place = Path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        data = wav.encode(self.audio, self.sample_rate, root=self.root, recipe=self.recipe)
        write_whole(place, data)
        return place


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Music for the four voices of the chip: its `sound`, its notes, and the bytes of two files.

    `notes` (N, 4) are P1, P2, TR and NO in each of `frame_rate` frames a second: MIDI notes, of the
    noise 1..16, 0 for silence. The bars after a prompt begin at `start` seconds; `remarks` say what
    of the prompt has no place on the chip.
    """

    sound: Sound
    notes: NDArray[np.uint8]
    frame_rate: float
    midi: bytes
    vgm: bytes
    start: float
    remarks: tuple[str, ...] = ()

    @translated()
    def save(self, path: StrPath) -> tuple[Path, Path, Path]:
        """Write PATH.mid, PATH.vgm and PATH.wav; folders are made. Raises as `Sound.save`."""
        from starling.engine.sounds.whole_files import write_whole

        place = Path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        midi, vgm, wav = (place.with_name(place.name + each) for each in (".mid", ".vgm", ".wav"))
        write_whole(midi, self.midi)
        write_whole(vgm, self.vgm)
        return midi, vgm, self.sound.save(wav)


@dataclass(frozen=True, slots=True)
class Model:
    """A model of sounds or music: its rate in hertz, its controls, the licences of its data.

    `card` is the JSON file that says what it was trained on and how well it does.
    """

    name: str
    title: str
    kind: str
    sample_rate: int
    root: int
    controls: tuple[Control, ...]
    licences: tuple[str, ...]
    card: Path


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """What came of a match: `variants` sound different, the best first; losses are in dB.

    `nearest` is the sound of `preset`, the library's nearest, from which the search began. All
    were played at the MIDI key `note`, held for `held` seconds; their audio has `sample_rate`
    hertz. `kept` are the variants' ids in the library, where they were kept.
    """

    synth: str
    variants: tuple[Variant, ...]
    nearest: Variant
    preset: Preset
    note: int
    held: float
    sample_rate: int
    evaluations: int
    seconds: float
    remarks: tuple[str, ...]
    kept: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class RenderedTrack:
    """A part of a song, by its number: what `plays` its notes, its `audio` (2, frames), the stem.

    `channel` (1..16) and `name` are its MIDI channel's and its track's. `chosen` says that Starling
    chose what plays; `file` is where the stem was written, if it was.
    """

    number: int
    name: str
    channel: int
    plays: str
    notes: int
    chosen: bool
    audio: Array
    file: Path | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Rendering:
    """A rendered song: the mix in `audio` (2, frames) at `sample_rate` hertz, and its tracks.

    `file` is where the mix was written, if it was; `lowered` by how many dB mix and stems were
    lowered for headroom; `remarks` say what of the MIDI file could not be read.
    """

    song: str
    audio: Array
    sample_rate: int
    tracks: tuple[RenderedTrack, ...]
    file: Path | None = None
    lowered: float = 0.0
    remarks: tuple[str, ...] = ()

    @property
    def stems(self) -> dict[int, Array]:
        """The tracks' audio by number, before the effects of the mix."""
        return {track.number: track.audio for track in self.tracks}
