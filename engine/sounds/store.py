"""The content-addressed sound store: one 32-bit float WAV a sound, named by its id; music has its
notes beside it.

Written whole or not at all (a temporary file, then a rename); the least recently used sounds go
when the budget is reached, but never one that a client holds. A sound is read whole and compared
with its seal before it is served, and again once its file has changed. Safe from any thread.
"""

from __future__ import annotations

import errno
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import soundfile
from numpy.typing import NDArray

from starling.engine import log
from starling.engine.sounds import seal, wav
from starling.engine.sounds.whole_files import (
    PARTS,
    is_being_written,
    stat_of,
    written,
)
from starling.engine.wire.failure_codes import translated
from starling.models import obstacles
from starling.models.errors import InputError, ParseError, StarlingError

DEFAULT_BUDGET = 2 * 1024**3  # bytes; some 10,000 one-shots of 200 kB
BESIDE = (".mid", ".vgm")  # of a piece of music: its notes
SOUND_ID = re.compile(r"[0-9a-f]{32}")
QUICK_BYTES = 16 * 1024**2  # read whole in some 5 ms: a note does not wait for more
UNREADABLE = frozenset({errno.EIO, errno.EACCES, errno.ELOOP})  # what a sound made anew mends
Stamp = tuple[tuple[int, int, int] | None, ...]  # of its files: mtime_ns, size, inode


@dataclass(frozen=True, slots=True)
class StoredSound:
    """A finished sound; the fields are those of wire.verbs.SOUND."""

    id: str
    path: Path
    frames: int
    rate: int
    channels: int
    root: int
    recipe: str

    def values(self) -> tuple[str | int, ...]:
        """The fields in the order of wire.verbs.SOUND."""
        return (
            self.id,
            str(self.path),
            self.frames,
            self.rate,
            self.channels,
            self.root,
            self.recipe,
        )


class SoundStore:
    """Sounds in `folder`, at most `budget_bytes` of them beside those that clients hold."""

    def __init__(self, folder: Path, budget_bytes: int = DEFAULT_BUDGET) -> None:
        self.folder = folder
        self._budget = budget_bytes
        self._lock = threading.Lock()
        self._sizes: OrderedDict[str, int] = OrderedDict()  # least recently used first
        self._holders: dict[str, set[object]] = {}
        self._checked: dict[str, tuple[Stamp, wav.WavHeader]] = {}
        self.damaged = 0  # sounds that were not as they were written, and are made anew
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._rebuild()

    @property
    def total_bytes(self) -> int:
        """What the sounds take on disk."""
        return sum(self._sizes.values())

    def __len__(self) -> int:
        return len(self._sizes)

    def path(self, sound_id: str) -> Path:
        """Where a sound lies or would lie; raises InputError for what is not an id."""
        if not SOUND_ID.fullmatch(sound_id):
            raise InputError(f"sound must be 32 hex digits, got {sound_id!r}")
        return self.folder / f"{sound_id}.wav"

    def get(
        self, sound_id: str, holder: object = None, *, quick: bool = False
    ) -> StoredSound | None:
        """The sound, marked as just used and held for `holder`; None when it is not there.

        A damaged one is counted and removed: its recipe makes it anew. With `quick`, None also for
        a sound of more than QUICK_BYTES that would have to be read first.
        """
        path = self.path(sound_id)
        header = self._checked_header(sound_id, path, quick)
        if header is None:
            return None
        with self._lock:
            try:
                os.utime(path)  # the order of use survives a restart
            except FileNotFoundError:  # evicted just now
                self._forget(sound_id)
                return None
            self._checked[sound_id] = (_stamp(path), header)
            self._sizes.setdefault(sound_id, path.stat().st_size)
            self._sizes.move_to_end(sound_id)
            self._hold(sound_id, holder)
        return _sound(sound_id, path, header)

    def _checked_header(self, sound_id: str, path: Path, quick: bool) -> wav.WavHeader | None:
        """The header of a sound that is as it was written; None for no sound."""
        stamp = _stamp(path)
        known = self._checked.get(sound_id)
        if known is not None and known[0] == stamp:
            return known[1]
        if quick and stamp[0] is not None and stamp[0][1] > QUICK_BYTES:
            return None
        try:
            return seal.read(path, _beside(path))
        except FileNotFoundError:
            with self._lock:
                self._forget(sound_id)
            return None
        except ParseError as exc:
            why = str(exc)
        except OSError as exc:
            if exc.errno not in UNREADABLE:  # too many open files say nothing about this one
                raise
            why = f"cannot read {path}: {exc.strerror}"
        with self._lock:
            if _stamp(path) == stamp:  # else it was made anew meanwhile
                self.damaged += 1
                self._delete(sound_id)
                log.event("a stored sound is damaged", sound=sound_id, sentence=why)
        return None

    def put(
        self,
        sound_id: str,
        audio: NDArray[np.float32],
        rate: int,
        *,
        root: int = 60,
        recipe: str = "",
        holder: object = None,
        beside: Mapping[str, bytes] = MappingProxyType({}),
    ) -> StoredSound:
        """Store audio (channels, frames) under its id, held for `holder`.

        `beside` are files by suffix, of BESIDE, that come and go with the sound: they are there
        before it is. Raises StarlingError (code `store_full`) when neither disk nor budget have
        room.
        """
        path = self.path(sound_id)
        files = {path.with_suffix(suffix): data for suffix, data in beside.items()}
        sound = wav.encode(audio, rate, root=root, recipe=recipe)
        files[path] = seal.sealed(sound, [beside.get(suffix, b"") for suffix in BESIDE])
        size = sum(map(len, files.values()))
        with translated(), ExitStack() as stack:
            self.folder.mkdir(
                mode=0o700, parents=True, exist_ok=True
            )  # someone may have removed it
            parts = [stack.enter_context(written(place, data)) for place, data in files.items()]
            stack.enter_context(self._lock)
            self._make_room(size - self._sizes.get(sound_id, 0), spare=sound_id)
            for part, place in zip(parts, files, strict=True):
                obstacles.clear(place)
                os.replace(part, place)
            header = wav.WavHeader(audio.shape[1], rate, audio.shape[0], root, recipe)
            self._checked[sound_id] = (_stamp(path), header)
            self._sizes[sound_id] = size
            self._sizes.move_to_end(sound_id)
            self._hold(sound_id, holder)
        return _sound(sound_id, path, header)

    def samples(self, sound_id: str) -> NDArray[np.float32] | None:
        """The audio of a sound (channels, frames), or None; another process may evict it now."""
        sound = self.get(sound_id)
        if sound is None:
            return None
        try:
            frames, _ = soundfile.read(sound.path, dtype="float32", always_2d=True)
        except (OSError, soundfile.LibsndfileError):
            return None
        return np.ascontiguousarray(frames.T)

    def offer(
        self, sound_id: str, audio: NDArray[np.float32], rate: int, *, root: int, recipe: str
    ) -> None:
        """Store audio (channels, frames) if that is possible without evicting another sound."""
        if self.total_bytes + audio.nbytes + wav.HEADER_BYTES <= self._budget:
            with suppress(StarlingError):  # a full disk: the sound is made anew next time
                self.put(sound_id, audio, rate, root=root, recipe=recipe)

    def hold(self, holder: object, sound_id: str) -> None:
        """Keep a sound from being evicted until `holder` releases it."""
        with self._lock:
            self._hold(sound_id, holder)

    def release(self, holder: object, sound_id: str) -> None:
        """Release a sound; releasing one not held is no error."""
        with self._lock:
            self._release(sound_id, holder)

    def release_all(self, holder: object) -> None:
        """Release everything that a holder holds."""
        with self._lock:
            for sound_id in list(self._holders):
                self._release(sound_id, holder)

    def _hold(self, sound_id: str, holder: object) -> None:
        if holder is not None:
            self._holders.setdefault(sound_id, set()).add(holder)

    def _release(self, sound_id: str, holder: object) -> None:
        holders = self._holders.get(sound_id, set())
        holders.discard(holder)
        if not holders:
            self._holders.pop(sound_id, None)

    def _rebuild(self) -> None:
        """Read the index from the disk; a killed engine's half-written files go."""
        for part in self.folder.glob(PARTS):
            with suppress(OSError):  # a folder, or one that may not be removed
                if not is_being_written(part):
                    part.unlink(missing_ok=True)
        files = [(path, found) for path in self.folder.glob("*.wav") if (found := stat_of(path))]
        for path, (_, size, _) in sorted(files, key=lambda each: (each[1][0], each[0].name)):
            if SOUND_ID.fullmatch(path.stem):
                self._sizes[path.stem] = size + sum(map(_size, _beside(path)))

    def _make_room(self, needed: int, spare: str) -> None:
        """Evict sounds without a holder, oldest first, until `needed` more bytes fit the budget.

        When they never will, nothing is evicted. Holding the lock.
        """
        excess = self.total_bytes + needed - self._budget
        if excess <= 0:
            return
        victims = []
        for sound_id, size in self._sizes.items():
            if sound_id not in self._holders and sound_id != spare:
                victims.append(sound_id)
                excess -= size
                if excess <= 0:
                    break
        if excess > 0:
            raise StarlingError(
                f"the sound store's budget of {self._budget // 1024**2} MiB is full of sounds in "
                "use; close a project or raise `starling engine --budget`",
                code="store_full",
            )
        for sound_id in victims:
            self._delete(sound_id)

    def _delete(self, sound_id: str) -> None:
        path = self.path(sound_id)
        for each in (path, *_beside(path)):
            with suppress(OSError):  # Windows: a client is reading it at this moment
                obstacles.clear(each)
                each.unlink(missing_ok=True)
        self._forget(sound_id)

    def _forget(self, sound_id: str) -> None:
        self._sizes.pop(sound_id, None)
        self._checked.pop(sound_id, None)


def _beside(path: Path) -> list[Path]:
    """Where the files beside a sound lie or would lie."""
    return [path.with_suffix(suffix) for suffix in BESIDE]


def _stamp(path: Path) -> Stamp:
    """What changes with a sound's files."""
    return tuple(map(stat_of, (path, *_beside(path))))


def _size(path: Path) -> int:
    found = stat_of(path)
    return found[1] if found else 0


def _sound(sound_id: str, path: Path, header: wav.WavHeader) -> StoredSound:
    return StoredSound(
        sound_id, path, header.frames, header.rate, header.channels, header.root, header.recipe
    )
