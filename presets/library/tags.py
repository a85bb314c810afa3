"""Tags for presets that come without any: from the words of their names, and from their sound."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

# A word of a preset's or bank's name that starts like this gives the tag. Whole words end in "$".
WORDS: dict[str, tuple[str, ...]] = {
    "bass": ("bass", "sub$", "tb303", "acidbass"),
    "lead": ("lead", "solo"),
    "pad": ("pad$", "pads$", "atmos", "ambien", "drone", "space", "dream", "sweep"),
    "keys": ("piano", "pno", "organ", "clav", "rhodes", "epiano", "wurl", "harpsi", "key", "acco"),
    "brass": ("brass", "horn", "trump", "trombone", "tuba", "sax"),
    "strings": ("string", "strg", "violin", "viola$", "cello", "orchestra", "ensemble"),
    "pluck": ("pluck", "guitar", "harp$", "sitar", "koto", "banjo", "mandolin", "lute", "pizz"),
    "bell": ("bell", "glock", "chime", "celest", "vibra", "vibes", "marimba", "xylo", "gong"),
    "wind": ("flute", "oboe", "clarinet", "bassoon", "whistle", "pipe", "recorder", "ocarina"),
    "voice": ("voice", "vox", "choir", "vocal", "aah", "ooh", "human"),
    "percussion": (
        *("drum", "kick", "snare", "hat$", "hihat", "tom$", "clap", "cymbal", "perc", "conga"),
        *("bongo", "tabla", "timpani", "hit$", "cowbell", "wood", "click"),
    ),
    "effects": (
        *(
            "fx",
            "sfx",
            "noise",
            "wind$",
            "siren",
            "laser",
            "ufo",
            "zap",
            "alarm",
            "thunder",
            "rain",
        ),
        *("explo", "bomb", "engine", "cricket", "bird", "storm", "robot", "alien"),
    ),
    "arp": ("arp", "seq", "loop", "rhythm"),
    "synth": ("synth", "moog", "analog", "poly", "saw", "square", "pwm"),
}

SOUND_TAGS = ("bright", "dark", "short", "slow", "sustained")  # of `sound_tags`
BRIGHT_HZ = 2_500.0  # spectral centroid; a quarter of amsynth's presets lie above
DARK_HZ = 500.0
SLOW_ATTACK_S = 0.15
SHORT_DB = -30.0  # level at the end of the held note, relative to the loudest frame
SUSTAINED_DB = -6.0
FRAME_S = 0.02
HELD_S = 0.6  # just before the key is released in a scan's render


def words(name: str) -> list[str]:
    """The words of a name in lower case: `StrangeWhistle2` is strange, whistle, 2."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)]


def name_tags(*names: str) -> tuple[str, ...]:
    """The tags that the words of a preset's and its bank's name suggest, sorted."""
    found = {word for name in names for word in words(name)} | {name.lower() for name in names}
    return tuple(
        sorted(tag for tag, starts in WORDS.items() if any(_fits(w, starts) for w in found))
    )


def _fits(word: str, starts: tuple[str, ...]) -> bool:
    return any(
        word == start[:-1] if start.endswith("$") else word.startswith(start) for start in starts
    )


def sound_tags(signal: NDArray[np.float32], sample_rate: int) -> tuple[str, ...]:
    """Bright or dark, short or sustained, slow: of a held note, mono (frames,) from its start."""
    size = round(FRAME_S * sample_rate)
    count = len(signal) // size
    if not count:
        return ()
    frames = signal[: count * size].reshape(count, size)  # (count, size)
    level = 10 * np.log10(np.mean(np.square(frames), axis=1) + 1e-12)  # (count,) dB
    held = level[min(round(HELD_S / FRAME_S), count - 1)] - level.max()
    attack_s = FRAME_S * int(np.argmax(level >= level.max() - 3.0))
    centroid_hz = _centroid(frames[int(np.argmax(level))], sample_rate)
    return tuple(
        tag
        for tag, applies in (
            ("bright", centroid_hz > BRIGHT_HZ),
            ("dark", centroid_hz < DARK_HZ),
            ("short", held < SHORT_DB),
            ("slow", attack_s > SLOW_ATTACK_S),
            ("sustained", held > SUSTAINED_DB),
        )
        if applies
    )


def _centroid(frame: NDArray[np.float32], sample_rate: int) -> float:
    """Mean frequency of one frame's magnitude spectrum, in hertz."""
    magnitude = np.abs(np.fft.rfft(frame * np.hanning(len(frame))))  # (size // 2 + 1,)
    hertz = np.fft.rfftfreq(len(frame), 1 / sample_rate)
    return float((magnitude * hertz).sum() / max(float(magnitude.sum()), 1e-12))
