"""The content-addressed sound store: one 32-bit float WAV a sound, named by its id; music has its
notes beside it.

Written whole or not at all (a temporary file, then a rename); the least recently used sounds go
when the budget is reached, but never one that a client holds. Safe from any thread.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import soundfile
from numpy.typing import NDArray

from starling.engine.sounds import wav
from starling.engine.wire.failure_codes import translated
from starling.models.errors import InputError, ParseError, StarlingError

DEFAULT_BUDGET = 2 * 1024**3  # bytes; some 10,000 one-shots of 200 kB
PART_FIELDS = 5  # "", id, process, thread, "part": what `written` puts between full stops
BESIDE = (".mid", ".vgm")  # of a piece of music: its notes
SOUND_ID = re.compile(r"[0-9a-f]{32}")


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
        folder.mkdir(parents=True, exist_ok=True)
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

    def get(self, sound_id: str, holder: object = None) -> StoredSound | None:
        """The sound, marked as just used and held for `holder`; None when it is not there.

        A file that someone cut short or replaced is removed: its recipe makes it anew.
        """
        path = self.path(sound_id)
        with self._lock:
            try:
                header = wav.read_header(path)
                os.utime(path)  # the order of use survives a restart
            except FileNotFoundError:
                self._forget(sound_id)
                return None
            except ParseError:
                self._delete(sound_id)
                return None
            self._sizes.setdefault(sound_id, path.stat().st_size)
            self._sizes.move_to_end(sound_id)
            self._hold(sound_id, holder)
        return _sound(sound_id, path, header)

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
        files[path] = wav.encode(audio, rate, root=root, recipe=recipe)
        size = sum(map(len, files.values()))
        with translated(), ExitStack() as stack:
            parts = [stack.enter_context(written(place, data)) for place, data in files.items()]
            stack.enter_context(self._lock)
            self._make_room(size - self._sizes.get(sound_id, 0), spare=sound_id)
            for part, place in zip(parts, files, strict=True):
                os.replace(part, place)
            self._sizes[sound_id] = size
            self._sizes.move_to_end(sound_id)
            self._hold(sound_id, holder)
        header = wav.WavHeader(audio.shape[1], rate, audio.shape[0], root, recipe)
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
        for part in self.folder.glob(".*.part"):
            if not _is_being_written(part):
                part.unlink(missing_ok=True)
        files = [(path, path.stat()) for path in self.folder.glob("*.wav")]
        for path, stat in sorted(files, key=lambda each: (each[1].st_mtime_ns, each[0].name)):
            if SOUND_ID.fullmatch(path.stem):
                self._sizes[path.stem] = stat.st_size + sum(map(_size, _beside(path)))

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
            with suppress(PermissionError):  # Windows: a client is reading it at this moment
                each.unlink(missing_ok=True)
        self._forget(sound_id)

    def _forget(self, sound_id: str) -> None:
        self._sizes.pop(sound_id, None)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file or leave everything as it was; the last of two writers wins.

    An OSError names `path`. No fsync: a sound lost to a power cut is made anew from its recipe.
    """
    with written(path, data) as part:
        os.replace(part, path)


@contextmanager
def written(path: Path, data: bytes) -> Iterator[Path]:
    """A file beside `path` that holds data; the body renames it, or it is removed.

    An OSError, of the body's too, names `path`, not the temporary file.
    """
    name = path.name.removesuffix(".wav").replace(".", "-")
    part = path.with_name(f".{name}.{os.getpid()}.{threading.get_ident()}.part")
    try:
        part.write_bytes(data)
        yield part
    except OSError as exc:
        raise OSError(exc.errno, exc.strerror, str(path)) from exc
    finally:
        with suppress(OSError):  # the first error is the one to report
            part.unlink(missing_ok=True)


def _beside(path: Path) -> list[Path]:
    """Where the files beside a sound lie or would lie."""
    return [path.with_suffix(suffix) for suffix in BESIDE]


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _is_being_written(part: Path) -> bool:
    """Whether the process that a part is named after still lives."""
    fields = part.name.split(".")
    if sys.platform == "win32" or len(fields) != PART_FIELDS or not fields[-3].isdecimal():
        return False
    try:
        os.kill(int(fields[-3]), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # alive, and another user's
        return True
    return True


def _sound(sound_id: str, path: Path, header: wav.WavHeader) -> StoredSound:
    return StoredSound(
        sound_id, path, header.frames, header.rate, header.channels, header.root, header.recipe
    )
