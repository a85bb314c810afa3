"""The preset library as the engine's verbs need it: search, find, audition, export, scan.

Any thread may use it, but auditions must come from one: their sandboxes stay warm in between.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from starling.engine import log
from starling.engine.sounds.recipe import ID_DIGITS, Audition, rounded, sorted_controls
from starling.engine.sounds.store import SoundStore, StoredSound
from starling.engine.wire.failure_codes import translated
from starling.models.errors import CancelledError, InputError

if TYPE_CHECKING:
    from starling.engine.server.jobs import Ticket
    from starling.presets.library.database import LibraryDatabase, Preset, SearchHit
    from starling.presets.sandbox.client import Sandbox
    from starling.presets.scan.update import ScanReport
    from starling.presets.scan.watched_folders import Watcher
    from starling.presets.search.by_sound import Found

Options = Sequence[tuple[str, float]]  # by name, as `presets/search/options` has them
AUDITION_RATE = 48_000  # Hz; the plugin resamples to the host's
NOTE_PART = 0.6  # of an audition the key is held, the rest is the release
WARM_SANDBOXES = 3  # processes kept; each takes some 100 MB
INTERRUPT_S = 0.05
MOST_HITS = 100
MOST_FACETS = 100  # of a field: a menu; a burst of more datagrams would overflow a socket's buffer
RANGES = {"note": (0, 127), "velocity": (1, 127), "seconds": (0.1, 30)}  # of an audition


class Browser:
    """Library, search and auditions over the library in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._library: LibraryDatabase | None = None
        self._boxes = threading.Lock()  # guards the next two; held for no longer than a look
        self._sandboxes: dict[str, Sandbox] = {}  # the longest unused first
        self._closed = False

    @property
    def library(self) -> LibraryDatabase:
        """The library, opened at its first use."""
        from starling.presets.library.database import LibraryDatabase

        with self._lock:
            if self._library is None:
                self._library = LibraryDatabase.open(self._folder)
            return self._library

    def mended(self) -> tuple[LibraryDatabase, list[tuple[str, str]]]:
        """The library for a scan: one that is damaged is set aside first, which the list says."""
        from starling.presets.library.mending import mend

        told = mend(self._folder)
        with self._lock:
            if told and self._library is not None:
                self._library.close()
                self._library = None
        return self.library, [("library", told)] if told else []

    def count(self) -> int:
        """Presets in the library."""
        return self.library.count()

    def search(
        self,
        path: Path | None,
        k: int,
        query: str,
        words: str = "",
        options: Options = (),
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Found:
        """The presets nearest to a file, to words or to both; `query` filters them.

        Once `cancelled` says so, a CancelledError. Raises ParseError for what is no sound,
        InputError (codes `silent`, `no_query`, `bad_option`, `bad_words`), MissingError (code
        `empty_library`).
        """
        from starling.presets.search import by_sound
        from starling.presets.search.options import parsed
        from starling.presets.search.ranking import NOTHING

        if path is None and not words.strip():
            raise InputError(NOTHING, code="no_query")
        library, chosen, k = self.library, parsed(options), check_k(k)
        if path is None:
            return by_sound.Found(by_sound.search_words(library, words, k, query, chosen))
        return by_sound.search_file(library, path, k, query, cancelled, chosen, words)

    def similar(
        self, preset: int, k: int, query: str, words: str = "", options: Options = ()
    ) -> list[SearchHit]:
        """The presets that sound nearest to one of them; raises as `search`."""
        from starling.presets.search.by_sound import search_preset
        from starling.presets.search.options import parsed

        return search_preset(self.library, preset, check_k(k), query, parsed(options), words)

    def find(self, text: str, k: int) -> list[SearchHit]:
        """The presets whose text matches, then those whose sound is meant; raises as `search`."""
        from starling.presets.search.by_text import find

        return find(self.library, text, check_k(k))

    def favourite(self, preset: int, on: int) -> None:
        """Mark a preset as a favourite (1), or no longer (0); raises InputError."""
        if on not in (0, 1):
            raise InputError(f"on must be 0 or 1, got {on}")
        self.library.favourite(preset, bool(on))

    def facets(self) -> list[tuple[str, str, int]]:
        """Field, value and count of presets that a filter can name, the commonest first."""
        seen: Counter[str] = Counter()
        rows = []
        for field, value, count in self.library.facets():
            seen[field] += 1
            if seen[field] <= MOST_FACETS:
                rows.append((field, value, count))
        return rows

    def audition(
        self,
        store: SoundStore,
        preset_id: int,
        played: Sequence[float],
        ticket: Ticket,
        holder: object = None,
    ) -> StoredSound:
        """One note of a preset; `played` is note, velocity, seconds.

        Raises InputError, PluginError, MissingError or StarlingError (code `store_full`).
        """
        recipe, preset = self.audition_recipe(preset_id, *played)
        found = store.get(recipe.id, holder)
        if found is not None:
            return found
        ticket.progress(0.1, f"{recipe.synth} plays")
        audio = self.play(recipe, preset, ticket)
        return store.put(
            recipe.id, audio, AUDITION_RATE, root=recipe.note, recipe=recipe.json, holder=holder
        )

    def audition_recipe(
        self, preset_id: int, note: float, velocity: float, seconds: float
    ) -> tuple[Audition, Preset]:
        """The checked recipe of an audition and the preset.

        Raises InputError, MissingError when the synth is not installed any more.
        """
        from starling.presets.synths.render_stamp import render_stamp

        preset = self.library.preset(preset_id)
        for name, value, (low, high) in zip(
            RANGES, (note, velocity, seconds), RANGES.values(), strict=True
        ):
            if not low <= rounded(value) <= high:
                raise InputError(f"{name} must be {low}..{high}, got {value}")
        recipe = Audition(
            preset.synth,
            preset.schema_hash,
            render_stamp(preset.synth, preset.state)[:ID_DIGITS],
            sorted_controls(preset.values),
            int(note),
            int(velocity),
            rounded(seconds),
            AUDITION_RATE,
        )
        return recipe, preset

    def play(
        self, recipe: Audition, preset: Preset, ticket: Ticket | None = None
    ) -> NDArray[np.float32]:
        """Render an audition (2, frames) in a sandbox, which dies when the ticket is cancelled.

        Raises PluginError or MissingError.
        """
        box = self._sandbox(recipe.synth)
        if ticket is not None:
            ticket.on_cancel(box.interrupt)
        held = recipe.seconds * NOTE_PART
        played = (recipe.note, recipe.velocity, held, recipe.seconds, AUDITION_RATE)
        with translated():
            return box.render(preset.values, *played, state=preset.state)

    def is_warm(self, synth: str) -> bool:
        """Whether an audition of this synth need not wait for its start."""
        with self._boxes:
            return synth in self._sandboxes

    def warm(self, synth: str, ticket: Ticket) -> None:
        """Start a synth's sandbox, which takes seconds and dies when the ticket is cancelled.

        Raises PluginError or MissingError.
        """
        if not self.is_warm(synth):
            box = self._sandbox(synth)
            ticket.on_cancel(box.interrupt)
            log.event("synth started", synth=synth, schema=box.schema.hash)

    def export(self, preset_id: int, fallback: Path, to: Path | None = None, key: str = "") -> Path:
        """Write a preset as a file that its synth loads: into the folder `to`, else into the
        synth's own, else into `fallback`. Raises as `Exporter.export`.
        """
        from starling.presets.scan.export import Exporter
        from starling.presets.scan.exported_files import remember
        from starling.presets.synths.plugin import SCHEMAS

        library = self.library
        preset = library.preset(preset_id)
        with translated():
            path = Exporter(fallback, library.folder / SCHEMAS).export(preset, to, key)
            remember(library.folder, path)
            return path

    def scan(self, ticket: Ticket, synths: Sequence[str] | None = None) -> ScanReport:
        """Bring the library up to date; raises CancelledError."""
        from starling.presets.scan.update import scan

        with translated():
            library, mended = self.mended()
            return scan(
                library,
                progress=ticket.progress,
                cancelled=ticket.cancelled,
                synths=synths,
                jobs=os.cpu_count() or 1,
                remarks=mended,
            )

    def is_outdated(self) -> bool:
        """Whether the library was heard by an older embedder than this Starling's."""
        from starling.presets.library.embedder_choice import due

        return due(self.library) is not None and self.library.count() > 0

    def watcher(self) -> Watcher:
        """What looks for changes in the user's preset folders."""
        from starling.presets.scan.watched_folders import Watcher

        return Watcher(self.library)

    def scan_folders(self, ticket: Ticket) -> ScanReport:
        """Scan the user's preset folders only, with one process: it runs in the background.

        Raises CancelledError.
        """
        from starling.presets.scan.update import scan

        with translated():
            library, mended = self.mended()
            return scan(
                library,
                progress=ticket.progress,
                cancelled=ticket.cancelled,
                synths=(),
                jobs=1,
                remarks=mended,
            )

    def close(self) -> None:
        """End the sandboxes, also those that play or start, and close the library."""
        with self._boxes:
            self._closed = True
            boxes = list(self._sandboxes.values())
            self._sandboxes.clear()
        for box in boxes:
            _end(box)
        if self._library is not None:
            self._library.close()
            self._library = None

    def _sandbox(self, synth: str) -> Sandbox:
        from starling.presets.sandbox.client import Sandbox
        from starling.presets.synths.plugin import SCHEMAS

        with self._boxes:
            if self._closed:
                raise CancelledError("the engine leaves")
            # the scan's: a synth that it compiled starts in half the time
            cache = self._folder / SCHEMAS
            box = self._sandboxes.pop(synth, None) or Sandbox(synth, cache=cache)
            self._sandboxes[synth] = box
            old = [self._sandboxes.pop(each) for each in list(self._sandboxes)[:-WARM_SANDBOXES]]
        for each in old:
            each.close()
        return box


def _end(box: Sandbox) -> None:
    """Close a sandbox whose lock another thread may hold, for as long as its process lives."""
    closing = threading.Thread(target=box.close, daemon=True)
    closing.start()
    while closing.is_alive():
        box.interrupt()  # again and again: its process may only just be starting
        closing.join(INTERRUPT_S)


def check_k(k: int) -> int:
    """The number of hits, if it is 1..100; raises InputError."""
    if not 1 <= k <= MOST_HITS:
        raise InputError(f"k must be 1..{MOST_HITS}, got {k}")
    return k
