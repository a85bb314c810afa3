"""The engine's own work in the background: no client waits, and failures only go to the log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from starling.engine import log
from starling.engine.server.handler import AUDITION, CARDS, GENERATE, LIBRARY, SCAN, TEXTURE
from starling.engine.server.jobs import Job, JobKey, Jobs, Outcome, Priority, Ticket
from starling.engine.server.preset_browser import Browser
from starling.engine.sounds.control_text import with_key
from starling.engine.sounds.generate import Generators, make
from starling.engine.sounds.recipe import fresh_seed
from starling.engine.sounds.store import SoundStore
from starling.engine.wire.allowed_paths import clean_inbox
from starling.engine.wire.failure_codes import code_and_sentence, is_fault

OWNER = "engine"  # stands where other jobs have their client


class BackgroundTasks:
    """Getting ready for probable requests. Any thread may submit a task."""

    def __init__(
        self, jobs: Jobs, store: SoundStore, generators: Generators, browser: Browser
    ) -> None:
        self._jobs = jobs
        self._store = store
        self._generators = generators
        self._browser = browser
        self.presets = 0  # in the library when it was last counted
        self.hearing = ""  # how far an older Starling's library is heard anew, for people
        self.trouble = ""  # why they could not be counted, a sentence

    def count(self) -> None:
        """Count the presets."""
        self._submit(LIBRARY, "count", lambda _: self._count())

    def preload(self) -> None:
        """Load the first model and then the first texture: the first note need not wait for it."""
        self._submit(GENERATE, "preload", lambda _: self._preload())

    def warm(self, synth: str) -> None:
        """Start a synth's sandbox: an audition will follow soon."""
        if not self._browser.is_warm(synth):
            self._submit(AUDITION, f"warm {synth}", partial(self._browser.warm, synth))

    def clean(self, inbox: Path) -> None:
        """Remove old files from the inbox."""
        self._submit(CARDS, "clean", lambda _: self._clean(inbox))

    def rehear(self) -> None:
        """Hear an older Starling's library anew, while its old vectors serve."""
        self._submit(SCAN, "hear anew", self._rehear, self._say_hearing)

    def scan_folders(self) -> None:
        """Scan the user's preset folders: something in them is new."""
        self._submit(SCAN, "watched folders", self._scan_folders)

    def prefetch(self, model: str, key: int, variation: int = 0) -> None:
        """Make the sound of a key (MIDI input)."""
        self._submit(GENERATE, f"key {key}", lambda _: self._prefetch(model, key, variation))

    def _count(self) -> None:
        try:
            self.presets, self.trouble = self._browser.count(), ""
        except Exception as exc:
            self.presets, self.trouble = 0, code_and_sentence(exc)[1]
            raise

    def _rehear(self, ticket: Ticket) -> None:
        if self._browser.is_outdated():
            log.event("the library is heard anew", presets=self._browser.count())
            try:
                self._scan_folders(ticket)
            finally:
                self.hearing = ""

    def _say_hearing(self, fraction: float, text: str) -> None:
        self.hearing = text

    def _scan_folders(self, ticket: Ticket) -> None:
        found = self._browser.scan_folders(ticket)
        log.event("watched folders scanned", added=found.added, failed=len(found.failed))
        for name, reason in (*found.failed, *found.remarks):
            log.event("in a watched folder", name=name, sentence=reason)
        self._count()

    def _clean(self, inbox: Path) -> None:
        gone = clean_inbox(inbox)
        if gone:
            log.event("inbox cleaned", files=gone)

    def _preload(self) -> None:
        model = next(iter(self._generators.one_shots), None)
        if model is None:
            log.event("there are no models", level=logging.WARNING)
            return
        self._load(model)
        texture = next(
            (each.name for each in self._generators.cards.values() if each.is_texture), ""
        )
        if texture:
            self._submit(TEXTURE, "preload texture", lambda _: self._load(texture))

    def _load(self, model: str) -> None:
        began = time.monotonic()
        self._generators.get(model)
        log.event("model loaded", model=model, seconds=round(time.monotonic() - began, 3))

    def _prefetch(self, model: str, key: int, variation: int) -> None:
        controls = with_key(self._generators.card(model), {}, key)
        recipe = self._generators.recipe(model, fresh_seed(variation, key, 0), controls)
        sound = make(self._store, self._generators, recipe)
        log.event("sound for a MIDI note", key=key, sound=sound.id, path=sound.path)

    def _submit(
        self,
        lane: str,
        name: str,
        work: Callable[[Ticket], None],
        report: Callable[[float, str], None] = lambda fraction, text: None,
    ) -> None:
        def done(outcome: Outcome) -> None:
            if isinstance(outcome, BaseException) and is_fault(outcome):
                log.fault("fault in a chore", outcome, chore=name)
            elif isinstance(outcome, BaseException):
                log.event("a chore failed", chore=name, sentence=str(outcome))

        job = Job(JobKey(OWNER, name), work, done, report, Priority.BACKGROUND)
        self._jobs.submit(lane, job)
