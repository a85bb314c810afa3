"""THE table of kinds of sound files: what they are called, how their names end, who reads them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of sound file, read by libsndfile or, where it is installed, by ffmpeg."""

    name: str
    suffixes: tuple[str, ...]
    ffmpeg: bool = False


KINDS = (
    Kind("WAV", (".wav", ".wave", ".bwf", ".rf64", ".w64")),
    Kind("FLAC", (".flac",)),
    Kind("AIFF", (".aif", ".aiff", ".aifc")),
    Kind("OGG", (".ogg", ".oga")),
    Kind("Opus", (".opus",)),
    Kind("MP3", (".mp3",)),
    Kind("Core Audio", (".caf",)),
    Kind("Sun", (".au", ".snd")),
    Kind("Creative", (".voc",)),
    Kind("Amiga", (".iff", ".svx", ".8svx")),
    Kind("FastTracker instrument", (".xi",)),
    Kind("MIDI sample dump", (".sds",)),
    Kind("Ensoniq PARIS", (".paf",)),
    Kind("IRCAM", (".sf", ".ircam")),
    Kind("NIST Sphere", (".sph", ".nist")),
    Kind("Psion", (".wve",)),
    Kind("Audio Visual Research", (".avr",)),
    Kind("Portable Voice", (".pvf",)),
    Kind("AAC", (".m4a", ".m4b", ".mp4", ".aac"), ffmpeg=True),
    Kind("Windows Media", (".wma",), ffmpeg=True),
    Kind("WavPack", (".wv",), ffmpeg=True),
    Kind("Monkey's Audio", (".ape",), ffmpeg=True),
    Kind("True Audio", (".tta",), ffmpeg=True),
    Kind("Musepack", (".mpc",), ffmpeg=True),
    Kind("WebM", (".webm",), ffmpeg=True),
)
SUFFIXES = frozenset(suffix for kind in KINDS for suffix in kind.suffixes)
BY_FFMPEG = {suffix: kind.name for kind in KINDS if kind.ffmpeg for suffix in kind.suffixes}
SAMPLES_ONLY = frozenset({".raw", ".pcm"})  # no header says their rate and width
NEEDS_FFMPEG = "which is read where ffmpeg is installed; install it, or convert to WAV or FLAC"
USUAL = "WAV, FLAC, AIFF, OGG, Opus, MP3 and other kinds (docs/datasets.md lists them)"


def unreadable(path: Path, name: str, size: int, *, ffmpeg: bool) -> str:
    """Why a file cannot be read, as far as its name and its size say, and what can be."""
    suffix = path.suffix.lower()
    if not size:
        return f"{name} is empty (0 bytes)"
    if suffix in SAMPLES_ONLY:
        return f"{name} has no header that says its rate and width; convert it to WAV or FLAC"
    if suffix in BY_FFMPEG and not ffmpeg:
        return f"{name} is {BY_FFMPEG[suffix]}, {NEEDS_FFMPEG}"
    return f"{name} is not a sound file of a kind that is read, or is damaged; read are {USUAL}"
