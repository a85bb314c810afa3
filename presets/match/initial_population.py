"""The initial population: the library's nearest presets, played as the target was played.

A library embeds presets at one note and length. Here the nearest are rendered at the target's
own, and so are the likely mistakes about it: an octave, another moment of the key's release.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from starling.models.dsp.signal import resample
from starling.models.errors import InputError, MissingError
from starling.presets.features.spectral_loss import SAMPLE_RATE
from starling.presets.formats.schema import Schema
from starling.presets.library.database import LibraryDatabase
from starling.presets.library.preset import Preset
from starling.presets.match.evaluators import Evaluators
from starling.presets.match.target import Target
from starling.presets.search.by_sound import MAX_K, search_sound
from starling.presets.search.options import SearchOptions

MAX_INITIAL = 30  # nearest presets that are evaluated; the best of them is rarely the nearest
MIN_INITIAL = 5  # so that a small budget begins with some variety
INITIAL_SHARE = 0.03  # of the budget
LEADERS = 3  # the best presets, by which other ways of playing are compared
HELD_PARTS = (0.2, 0.35, 0.5, 0.65, 0.8, 1.0)  # of the target's length
OCTAVES = (-12, 12)
LIBRARY_NOTE = 60  # at which the nearest presets were found to be so
MAX_RATIO = 0.97  # of the losses, at which another way of playing is kept
MAX_RATIO_OFF_PITCH = 0.8  # for another note than a clear pitch: the user will play that one
KEYS = range(12, 109)  # notes that synths play


@dataclass(frozen=True, slots=True)
class InitialPreset:
    """A preset of the library and its loss, in dB."""

    preset: Preset
    values: Mapping[str, float]
    loss: float


@dataclass(frozen=True, slots=True)
class InitialPopulation:
    """The evaluated presets, the nearest of the library first, and how they were played.

    `before` are earlier ways of playing them, which brought the best of them less near.
    """

    presets: tuple[InitialPreset, ...]
    note: int
    held: float
    before: tuple[InitialPopulation, ...] = ()

    @property
    def nearest(self) -> tuple[InitialPreset, int, float]:
        """The library's nearest preset, with the note and seconds at which it comes nearest."""
        ways = [(each.presets[0], each.note, each.held) for each in (self, *self.before)]
        return min(ways, key=lambda way: way[0].loss)

    @property
    def best(self) -> InitialPreset:
        """The one that comes nearest to the target."""
        return min(self.presets, key=lambda start: start.loss)


def neighbours(
    library: LibraryDatabase, target: Target, synth: str, count: int, without: Collection[int] = ()
) -> list[Preset]:
    """The presets of a synth ("": of all) nearest in sound, the nearest first.

    Those that are more than their values are left out: their values alone are another sound.
    Raises MissingError (code `empty_library`) when there are none.
    """
    embedder = library.embedder
    signal = resample(target.samples, SAMPLE_RATE, embedder.sample_rate)[: embedder.frames]
    words = f'synth:"{synth}"' if synth else ""
    most = min(MAX_K, count + len(without))
    hits = search_sound(library, [signal], most, words, SearchOptions(family=0.0))
    presets = [library.preset(hit.preset) for hit in hits if hit.preset not in without]
    found = [p for p in presets if synth in ("", p.synth) and not p.state][:count]
    if not found:
        sentence = f"the library has no presets of {synth!r}; run `starling presets scan` first"
        raise MissingError(sentence, code="empty_library")
    return found


def initial_count(budget: int) -> int:
    """How many presets are evaluated first, of a budget of evaluations."""
    return max(MIN_INITIAL, min(MAX_INITIAL, round(budget * INITIAL_SHARE)))


def evaluate_initial(
    evaluators: Evaluators, schema: Schema, presets: Sequence[Preset], target: Target
) -> InitialPopulation:
    """Evaluate the presets and find out how the target was played.

    Raises MissingError when none of them fits the synth.
    """
    playable = [(preset, values) for preset in presets if (values := _full(schema, preset))]
    if not playable:
        raise MissingError(f"no preset in the library fits this {evaluators.synth}; scan it again")
    initial = _evaluated(evaluators, playable, target.pitch.note, target.held)
    initial = _other_lengths(evaluators, initial, target)
    return _other_notes(
        evaluators, initial, MAX_RATIO_OFF_PITCH if target.pitch.is_clear else MAX_RATIO
    )


def _full(schema: Schema, preset: Preset) -> dict[str, float] | None:
    try:
        return schema.validate(preset.values)
    except InputError:  # of another version of the synth
        return None


def _evaluated(
    evaluators: Evaluators,
    playable: Sequence[tuple[Preset, Mapping[str, float]]],
    note: int,
    held: float,
) -> InitialPopulation:
    losses = evaluators.evaluate([(values, note, held) for _, values in playable])
    pairs = zip(playable, losses, strict=True)
    return InitialPopulation(
        tuple(InitialPreset(p, values, loss) for (p, values), loss in pairs), note, held
    )


def _other_lengths(
    evaluators: Evaluators, initial: InitialPopulation, target: Target
) -> InitialPopulation:
    """The moment of release at which the leaders come nearest."""
    lengths = [part * target.seconds for part in HELD_PARTS]
    best = _best_way(evaluators, initial, [(initial.note, held) for held in lengths])
    return _moved(evaluators, initial, best)


def _other_notes(
    evaluators: Evaluators, initial: InitialPopulation, max_ratio: float
) -> InitialPopulation:
    """The note at which they come nearest: octaves are mistaken, and presets may be tuned."""
    notes = {initial.note + octave for octave in OCTAVES} | {LIBRARY_NOTE}
    ways = [(note, initial.held) for note in sorted(notes - {initial.note}) if note in KEYS]
    return _moved(evaluators, initial, _best_way(evaluators, initial, ways, max_ratio))


def _best_way(
    evaluators: Evaluators,
    initial: InitialPopulation,
    ways: Sequence[tuple[int, float]],
    max_ratio: float = MAX_RATIO,
) -> tuple[int, float] | None:
    """The (note, held) at which a leader comes nearest, if the ratio of losses allows it."""
    leaders = sorted(initial.presets, key=lambda start: start.loss)[:LEADERS]
    asked = [(leader.values, *way) for way in ways for leader in leaders]
    losses = evaluators.evaluate(asked)
    best = min(range(len(losses)), key=losses.__getitem__)
    return ways[best // len(leaders)] if losses[best] < max_ratio * initial.best.loss else None


def _moved(
    evaluators: Evaluators, initial: InitialPopulation, way: tuple[int, float] | None
) -> InitialPopulation:
    """The same presets, played another way."""
    if way is None:
        return initial
    moved = _evaluated(evaluators, [(s.preset, s.values) for s in initial.presets], *way)
    return replace(moved, before=(initial, *initial.before))
