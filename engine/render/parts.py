"""From assignments to what is rendered: presets are looked up, models and options checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from starling.engine.render.assignments import Assignment
from starling.engine.render.playing.chip_voices import ChipVoice, chip_voice
from starling.engine.songs.song import Song, Track
from starling.engine.sounds.control_text import distinct, parse_control
from starling.engine.sounds.generate import Generators
from starling.engine.sounds.latent_edits import carried
from starling.engine.sounds.recipe import Recipe, check_seed
from starling.engine.sounds.takes import endless
from starling.engine.wire.protocol import MAX_SEED
from starling.models.errors import InputError
from starling.presets.formats.table import STARLING, read_bank
from starling.presets.synths.plugin_files import plugin_path
from starling.presets.synths.preset_folders import FACTORY

if TYPE_CHECKING:
    from starling.models.artifacts.catalogue import ModelCard
    from starling.presets.library.database import LibraryDatabase

LISTED = 8  # candidates that an ambiguous name's sentence shows
ROUND_ROBIN = 1  # sounds that a key cycles through; more is a different drum each time
MOST_ROUND_ROBIN = 8


@dataclass(frozen=True, slots=True)
class Patch:
    """A preset of a synth; `values` None is a plugin as it starts."""

    synth: str
    name: str
    bank: str = ""
    id: int = 0  # in the library; 0 for a factory preset
    values: Mapping[str, float] | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class Kit:
    """A model as an instrument: each key has a sound of its own, or `round_robin` of them.

    With a `recipe` all keys play that one sound, tuned to the key: the plugin's mode Play.
    """

    model: str
    seed: int = 0
    round_robin: int = ROUND_ROBIN
    controls: tuple[tuple[str, float], ...] = ()
    recipe: Recipe | None = None


@dataclass(frozen=True, slots=True)
class HeldTexture:
    """A texture as an instrument: a held key plays it for as long as it is held.

    As in a kit, each key has `round_robin` takes. They go on from a `prime`, if there is one.
    """

    model: str
    seed: int = 0
    round_robin: int = ROUND_ROBIN
    controls: tuple[tuple[str, float], ...] = ()
    prime: Path | None = None


Source = Patch | Kit | HeldTexture | ChipVoice


@dataclass(frozen=True, slots=True)
class Part:
    """A track, or those of its notes that have some programs, and what plays it."""

    track: Track
    source: Source
    chosen: bool = False  # as a default, since the user named nothing

    @property
    def title(self) -> str:
        """What plays, for people."""
        if isinstance(self.source, Kit | HeldTexture):
            return f"{self.source.model} (seed {self.source.seed})"
        if isinstance(self.source, ChipVoice):
            return f"{self.source.name} (chip)"
        return f"{self.source.name} ({Path(self.source.synth).name})"


def resolve(
    song: Song,
    assignments: Iterable[Assignment],
    cards: Mapping[str, ModelCard],
    library: LibraryDatabase | None = None,
) -> list[Part]:
    """What plays each track.

    Raises InputError for a name that is unknown or not clear, and for a key that the chip lacks.
    """
    parts = [
        Part(_notes(song, each), _source(each, cards, library), each.chosen) for each in assignments
    ]
    for part in parts:
        if isinstance(part.source, ChipVoice):
            part.source.check(part.track)
    return parts


def _notes(song: Song, assignment: Assignment) -> Track:
    """The part of an assignment, with the notes that it plays."""
    track = song.tracks[int(assignment.part)]
    return track.playing(assignment.programs) if assignment.programs else track


def _source(
    assignment: Assignment, cards: Mapping[str, ModelCard], library: LibraryDatabase | None
) -> Source:
    if assignment.kind == "chip":
        return chip_voice(assignment.name, dict(assignment.options))
    if assignment.kind == "model":
        return kit(assignment.name, dict(assignment.options), cards)
    if assignment.kind == "texture":
        return texture(assignment.name, dict(assignment.options), cards)
    if assignment.kind == "sound":
        return one_sound(Path(assignment.name), cards)
    if assignment.kind == "plugin":
        path = plugin_path(assignment.name)
        return Patch(str(path), path.stem)
    return find_preset(assignment.name, library)


def kit(model: str, options: Mapping[str, str], cards: Mapping[str, ModelCard]) -> Kit:
    """A model with `seed`, `roundrobin` and its own controls set from text."""
    card = Generators(cards).card(model)
    if card.is_texture:
        raise InputError(f"model {model} makes textures: texture:{model} plays it")
    return Kit(model, *_played(options, card))


def texture(model: str, options: Mapping[str, str], cards: Mapping[str, ModelCard]) -> HeldTexture:
    """A texture with `seed`, `roundrobin`, `prime` and its own controls set from text.

    The control `seconds` is not one of them: notes last as long as they are held.
    """
    card = endless(Generators(cards).texture_card(model))
    own = {name: value for name, value in options.items() if name != "prime"}
    prime = Path(options["prime"]) if "prime" in options else None
    if prime is not None and not prime.is_file():
        raise InputError(f"there is no sound file {prime}", code="no_file")
    return HeldTexture(model, *_played(own, card), prime)


def _played(
    options: Mapping[str, str], card: ModelCard
) -> tuple[int, int, tuple[tuple[str, float], ...]]:
    """Seed, round robin and controls."""
    own = {name: value for name, value in options.items() if name not in ("seed", "roundrobin")}
    controls = distinct(parse_control(card, f"{n}={value}") for n, value in own.items())
    return (
        check_seed(_whole(options, "seed", 0, MAX_SEED)),
        _whole(options, "roundrobin", ROUND_ROBIN, MOST_ROUND_ROBIN, lowest=1),
        tuple(sorted(controls.items())),
    )


def one_sound(path: Path, cards: Mapping[str, ModelCard]) -> Kit:
    """The sound whose recipe a WAV file carries. Raises InputError as `Generators.known`."""
    if not path.is_file():
        raise InputError(f"there is no sound file {path}", code="no_file")
    text = carried(path)
    if not text:
        raise InputError(
            f"{path.name} is not the sound of a model, made by Starling; "
            "`starling sounds encode` makes the nearest one",
            code="bad_recipe",
        )
    recipe = Generators(cards).known(text)
    return Kit(recipe.model, recipe.seed, recipe=recipe)


def _whole(
    options: Mapping[str, str], name: str, default: int, highest: int, *, lowest: int = 0
) -> int:
    text = options.get(name, str(default))
    if not text.isdecimal() or not lowest <= int(text) <= highest:
        raise InputError(f"{name} must be a whole number {lowest}..{highest}, got {text!r}")
    return int(text)


def factory_patches() -> list[Patch]:
    """Starling's own presets: they need no scan."""
    bank = read_bank(FACTORY)
    return [Patch(STARLING, each.name, bank.name, values=each.values) for each in bank.presets]


def find_preset(name: str, library: LibraryDatabase | None = None) -> Patch:
    """A preset by id, by `BANK/NAME`, by its exact name, or by a part of it that only one has.

    Looks among the factory presets and in the library. Raises InputError (`unknown_preset`).
    """
    if name.isdecimal() and library is not None:
        return _patch(library, int(name))
    patches = [*factory_patches(), *_library_patches(library)]
    bank, slash, rest = name.rpartition("/")
    in_bank = [p for p in patches if slash and p.bank.lower() == bank.lower()]
    exact = _called(patches, name) or _called(in_bank, rest)
    found = exact or [p for p in patches if name.lower() in p.name.lower()]
    if not found:
        where = "among the factory presets" + (" or in the library" if library else "")
        raise InputError(
            f"no preset {name!r} {where}; `starling presets list` searches, "
            "`starling presets scan` adds those of your synths",
            code="unknown_preset",
        )
    if len(found) > 1:
        raise InputError(_ambiguous(name, found), code="unknown_preset")
    return _patch(library, found[0].id) if found[0].id and library else found[0]


def _called(patches: Sequence[Patch], name: str) -> list[Patch]:
    return [patch for patch in patches if patch.name.lower() == name.lower()]


def _library_patches(library: LibraryDatabase | None) -> list[Patch]:
    """Name, bank and id of what the library adds to the factory presets, which it may hold too."""
    if library is None:
        return []
    rows = library.connection().execute(
        "SELECT id, name, bank, synth FROM presets WHERE quarantine = '' AND source <> ?",
        (str(FACTORY),),
    )
    return [Patch(row["synth"], row["name"], row["bank"], row["id"]) for row in rows]


def _patch(library: LibraryDatabase | None, preset_id: int) -> Patch:
    assert library is not None
    preset = library.preset(preset_id)
    if preset.quarantine:
        raise InputError(
            f"preset {preset_id} ({preset.name}) cannot be played: {preset.quarantine}",
            code="unknown_preset",
        )
    if preset.state:
        raise InputError(
            f"preset {preset_id} ({preset.name}) is more than the parameters of its plugin, and "
            "cannot be played in a song; `starling presets audition` plays it",
            code="unknown_preset",
        )
    return Patch(preset.synth, preset.name, preset.bank, preset.id, preset.values)


def _ambiguous(name: str, found: Sequence[Patch]) -> str:
    listed = ", ".join(
        f"{patch.bank}/{patch.name}" + (f" (id {patch.id})" if patch.id else "")
        for patch in found[:LISTED]
    )
    more = f" and {len(found) - LISTED} more" if len(found) > LISTED else ""
    return f"{len(found)} presets match {name!r}: {listed}{more}; name one by id or BANK/NAME"
