"""Compiled programs come back from the disk and sound the same; damaged ones are made anew."""

import os
import subprocess
import sys
from pathlib import Path

from starling.presets.synths.plugin import CACHE_VARIABLE

# Compiles in a process of its own, since libfaust shares programs within one.
SCRIPT = """
import hashlib, time
from starling.presets.synths.faust import FaustSynth
audio = FaustSynth().render({"reverb_mix": 0.3}, 60, 100, 0.1, 0.3, 44_100)
print(hashlib.sha256(audio.tobytes()).hexdigest())
"""


def sound(folder: Path | None) -> str:
    """The hash of a rendered note, by a new process with this cache."""
    environment = {k: v for k, v in os.environ.items() if k != CACHE_VARIABLE}
    if folder:
        environment[CACHE_VARIABLE] = str(folder)
    words = [sys.executable, "-P", "-c", SCRIPT]
    return subprocess.run(
        words, env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_a_cached_program_sounds_the_same(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = sound(cache)
    [file] = cache.iterdir()
    assert file.suffix == ".faust"
    written = file.stat().st_mtime_ns
    assert first == sound(cache) == sound(None)
    assert file.stat().st_mtime_ns == written, "read, not compiled again"


def flipped(whole: bytes, at: int) -> bytes:
    """With one letter of the base64 changed."""
    return whole[:at] + (b"A" if whole[at : at + 1] != b"A" else b"B") + whole[at + 1 :]


def test_a_damaged_program_is_compiled_anew(tmp_path: Path) -> None:
    first = sound(tmp_path)
    [file] = tmp_path.iterdir()
    whole = file.read_bytes()
    middle = len(whole) // 2
    for damaged in (whole[:middle], flipped(whole, len(whole) * 9 // 10)):
        file.write_bytes(damaged)
        assert sound(tmp_path) == first
        assert file.read_bytes() == whole


def test_a_cache_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert sound(tmp_path / "file" / "cache")
