"""`starling.Library`: all presets on the machine, to scan, search, match, play and export."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from starling.engine.api.arguments import (
    PresetLike,
    SoundLike,
    onset,
    preset_id,
    processes,
    title_of,
    whole,
)
from starling.engine.api.values import Match, Progress, Sound, StrPath
from starling.engine.config import folders
from starling.engine.server.preset_browser import AUDITION_RATE, Browser
from starling.engine.wire.failure_codes import translated
from starling.models.closing import Closing
from starling.models.dsp.signal import resample
from starling.presets.features.embedders import find
from starling.presets.library.database import LibraryDatabase
from starling.presets.library.embedder_choice import remember
from starling.presets.library.preset import Preset, SearchHit
from starling.presets.scan.update import ScanReport, scan
from starling.presets.search.audio_query import MARGIN_S
from starling.presets.search.build_index import choose
from starling.presets.search.by_sound import search_sound, search_words
from starling.presets.search.options import parsed

if TYPE_CHECKING:
    from starling.presets.match.pipeline import MatchResult

Hits: TypeAlias = list[SearchHit]  # inside the class, `list` is a method
Presets: TypeAlias = list[Preset]
MOST_TITLE = 40  # characters of a file's name that the names of variants begin with


def _silently(fraction: float, text: str) -> None:
    """Report no progress."""


def _never() -> bool:
    """Cancel nothing."""
    return False


class Library(Closing):
    """The preset library in a folder; without one, that of the commands and the plugin.

        with starling.Library() as library:
            library.scan()
            for hit in library.search("bass.wav", k=5, filter="tag:bass"):
                print(hit.score, hit.name)

    It is opened at its first use, and may be used from any thread, `audition` from one. Methods
    raise the errors of `starling.errors`; beside those named, StarlingError for a library that is
    damaged (code `bad_file`; `scan` mends it), full or locked.
    """

    def __init__(self, folder: StrPath | None = None) -> None:
        self.folder = folders().library if folder is None else Path(folder).expanduser().resolve()
        self._browser = Browser(self.folder)

    def close(self) -> None:
        """Close the files, end the synths' processes."""
        self._browser.close()

    @translated()
    def __len__(self) -> int:
        """How many presets can be found and played."""
        return self._browser.count()

    def __bool__(self) -> bool:
        """True, however many presets there are: `if library:` is whether there is one."""
        return True

    @translated()
    def scan(
        self,
        synths: str | Sequence[str] | None = None,
        *,
        folders: Iterable[StrPath] = (),
        jobs: int | None = None,
        retry: bool = False,
        progress: Progress = _silently,
        cancelled: Callable[[], bool] = _never,
    ) -> ScanReport:
        """Read, render and index new and changed presets of synths (None: all installed ones).

        `synths` are names or plugins' paths (or one such), `folders` are read beside the watched
        ones, `jobs` are processes (None: one a core), and `retry` plays those in quarantine again.
        Nothing is lost by Ctrl-C or `cancelled`. Raises MissingError, PluginError, CancelledError.
        """
        library, mended = self._browser.mended()
        return scan(
            library,
            progress=progress,
            cancelled=cancelled,
            synths=[synths] if isinstance(synths, str) else synths,
            jobs=processes(jobs),
            folders=[Path(folder) for folder in folders],
            retry_failed=retry,
            remarks=mended,
        )

    @translated()
    def use_embedder(self, name: str, weights: StrPath | None = None) -> None:
        """Let another embedder describe all presets, from the next scan on; see docs/embedders.md.

        Raises InputError for an unknown one, MissingError where its weights are absent.
        """
        embedder = find(name, None if weights is None else Path(weights))
        self._browser.close()
        self._browser = Browser(self.folder)
        library = LibraryDatabase.open(self.folder, embedder, reembed=True)
        try:
            remember(library, embedder)
        finally:
            library.close()

    @translated()
    def use_index(self, tier: str) -> None:
        """Choose how searches find presets, from the next scan on: exact, ivf, lance; auto: by
        their number. Raises InputError for another word, MissingError where LanceDB is absent.
        """
        choose(self._browser.library, tier)

    @translated()
    def list(self, query: str = "", k: int = 20) -> Hits:
        """The first k presets by words and fields: `brass`, `tag:pad synth:amsynth`.

        Raises MissingError (code `empty_library`), InputError for an unknown field.
        """
        return self._browser.library.find(query, whole("k", k, least=1))

    @translated()
    def search(
        self,
        sound: SoundLike | None = None,
        k: int = 10,
        filter: str = "",
        *,
        sample_rate: int | None = None,
        words: str = "",
        **options: float,
    ) -> Hits:
        """The k presets (100 at most) that sound most like a sound's first second, nearest first;
        or like what `words` say, or like both.

        An array, (frames,) or (channels, frames) of floats, needs its sample rate in hertz.
        `options` are weights and shifts of aspects: `brightness=1`, `shift_brightness=-1`. Raises
        ParseError, InputError (codes `silent`, `no_query`, `bad_option`, `bad_words`, or a bad
        filter), MissingError (`empty_library`).
        """
        chosen, most = parsed(options.items()), whole("k", k, least=1)
        if sound is None:
            return search_words(self._browser.library, words, most, filter, chosen)
        library = self._browser.library
        library.require_presets()
        embedder = library.embedder
        found = onset(sound, sample_rate, embedder.frames / embedder.sample_rate + MARGIN_S)
        signal = resample(found.samples, found.rate, embedder.sample_rate)[: embedder.frames]
        return search_sound(library, [signal], most, filter, chosen, words)

    @translated()
    def similar(self, preset: PresetLike, k: int = 10, filter: str = "") -> Hits:
        """The k presets (100 at most) that sound most like one of the library, without itself.

        Raises InputError (code `unknown_preset`).
        """
        return self._browser.similar(preset_id(preset), whole("k", k, least=1), filter)

    @translated()
    def preset(self, preset: PresetLike) -> Preset:
        """All that is known of a preset, by its id or a hit. Raises InputError."""
        return self._browser.library.preset(preset_id(preset))

    @translated()
    def quarantined(self) -> Presets:
        """The presets that cannot be played, each with its reason in `quarantine`."""
        return self._browser.library.quarantined()

    @translated()
    def favourite(self, preset: PresetLike, on: bool = True) -> None:
        """Mark a preset as a favourite, or no longer; `list("is:favourite")` has those marked."""
        self._browser.library.favourite(preset_id(preset), on)

    @translated()
    def audition(
        self, preset: PresetLike, *, note: int = 60, velocity: int = 100, seconds: float = 2.0
    ) -> Sound:
        """Play one note of a preset, at 48 kHz. Its synth stays warm for the next one.

        Raises InputError, MissingError (no such synth), PluginError (it crashed or hung).
        """
        recipe, found = self._browser.audition_recipe(preset_id(preset), note, velocity, seconds)
        audio = self._browser.play(recipe, found)
        return Sound(audio, AUDITION_RATE, note, recipe.id, recipe.json)

    @translated()
    def export(self, preset: PresetLike, to: StrPath | None = None, format: str = "") -> Path:
        """Write a preset as a file that its synth loads, and say where. Never overwrites.

        Without a folder it goes where the synth looks for presets. Raises InputError for a format
        that the synth does not have, PluginError, MissingError, StarlingError (`store_full`).
        """
        place = None if to is None else Path(to)
        return self._browser.export(preset_id(preset), folders().exports, place, format)

    @translated()
    def match(
        self,
        sound: SoundLike,
        synth: str = "",
        *,
        budget: int = 1000,
        variants: int = 4,
        seed: int = 0,
        keep: bool = False,
        title: str = "",
        proxy: StrPath | None = None,
        estimator: StrPath | None = None,
        jobs: int | None = None,
        sample_rate: int | None = None,
        progress: Progress = _silently,
        cancelled: Callable[[], bool] = _never,
    ) -> Match:
        """Tune presets of a synth ("": the nearest preset's) until they sound like a sound.

        `budget` presets (100 to 5,000) are tried. The same seed finds the same ones. `keep` puts
        the variants into the library, named after `title`. `proxy` and `estimator` are cards of
        trained models. Raises MissingError, InputError (code `silent`), PluginError,
        CancelledError.
        """
        from starling.presets.match.estimate import load_estimate
        from starling.presets.match.pipeline import MatchOptions, match_target
        from starling.presets.match.store import store_matches
        from starling.presets.match.surrogate import load_surrogate
        from starling.presets.match.target import GAP_S, MAX_SECONDS, target_of

        name = title or f"{title_of(sound)[:MOST_TITLE]} match".strip()
        options = MatchOptions(budget, variants, seed, name, jobs=processes(jobs) or 0)
        surrogate = load_surrogate(Path(proxy)) if proxy else None
        estimate = load_estimate(Path(estimator)) if estimator else None
        found = onset(sound, sample_rate, MAX_SECONDS + GAP_S + MARGIN_S)
        library = self._browser.library
        library.require_presets()
        matched = match_target(
            target_of(found.samples, found.rate, found.file_seconds),
            synth,
            library,
            options,
            progress=progress,
            cancelled=cancelled,
            surrogate=surrogate,
            estimate=estimate,
        )
        return _match(matched, store_matches(library, matched, cancelled) if keep else [])


def _match(matched: MatchResult, kept: Sequence[int]) -> Match:
    from starling.presets.features.spectral_loss import SAMPLE_RATE

    return Match(
        synth=matched.synth,
        variants=matched.variants,
        nearest=matched.nearest,
        preset=matched.preset,
        note=matched.initial.note,
        held=matched.initial.held,
        sample_rate=SAMPLE_RATE,
        evaluations=matched.evaluations,
        seconds=matched.seconds,
        remarks=matched.remarks,
        kept=tuple(kept),
    )
