"""THE table of the plugin's host parameters. `Protocol.h` and docs/parameters.md derive from it.

Never rename or renumber an id after a release: hosts store automation by it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HostParameter:
    """A host parameter; `step` 0 is continuous, `centre` the value at the middle of the knob."""

    id: str
    title: str
    minimum: float
    maximum: float
    default: float
    step: float
    text: str
    unit: str = ""
    labels: tuple[str, ...] = ()
    centre: float | None = None


MODEL_SLOTS = 16  # the model parameter's range; the engine lists models in a fixed order
CONTROL_SLOTS = 6
MIX_SLOTS = 4  # albums of one texture that can be mixed

PARAMETERS: tuple[HostParameter, ...] = (
    HostParameter("model", "Model", 0, MODEL_SLOTS - 1, 0, 1, "index into the engine's model list"),
    HostParameter("variation", "Variation", 0, 999_999, 0, 1, "the seed of the sound"),
    *(
        HostParameter(
            f"control{n}",
            f"Control {n}",
            0,
            1,
            0.5,
            0,
            f"the model's control {n}, 0..1 of its range",
        )
        for n in range(1, CONTROL_SLOTS + 1)
    ),
    HostParameter(
        "mode",
        "Mode",
        0,
        1,
        0,
        1,
        "Play: all notes play one sound. Fresh: each key and round-robin step has its own seed",
        labels=("Play", "Fresh"),
    ),
    HostParameter(
        "roundrobin", "Round Robin", 1, 8, 4, 1, "sounds a key cycles through in Fresh mode"
    ),
    HostParameter(
        "tracking",
        "Pitch Tracking",
        0,
        1,
        1,
        1,
        "whether the key changes the pitch",
        labels=("Off", "On"),
    ),
    HostParameter(
        "root", "Root Note", 0, 127, 60, 1, "the key that plays the sound unshifted", unit="note"
    ),
    HostParameter("tune", "Tune", -24, 24, 0, 0, "transposition", unit="st"),
    HostParameter(
        "start", "Start", 0, 1, 0, 0, "where playback starts, as a fraction of the sound"
    ),
    HostParameter(
        "length",
        "Length",
        0,
        1,
        1,
        0,
        "how much is played from the start, as a fraction of what remains",
    ),
    HostParameter("attack", "Attack", 0, 5, 0, 0, "envelope attack time", unit="s", centre=0.5),
    HostParameter("decay", "Decay", 0, 5, 0, 0, "envelope decay time", unit="s", centre=0.5),
    HostParameter("sustain", "Sustain", 0, 1, 1, 0, "envelope sustain level"),
    HostParameter(
        "release", "Release", 0, 5, 0.2, 0, "envelope release time", unit="s", centre=0.5
    ),
    HostParameter("gain", "Gain", -60, 12, 0, 0, "output level", unit="dB", centre=-12),
    # At the end, so that automation in projects of before keeps its indices.
    HostParameter(
        "texture",
        "Texture",
        0,
        1,
        0,
        1,
        "whether a note plays a texture, for as long as its key is held",
        labels=("Off", "On"),
    ),
    HostParameter(
        "texturemodel",
        "Texture Model",
        0,
        MODEL_SLOTS - 1,
        0,
        1,
        "index into the engine's list of textures",
    ),
    HostParameter("temperature", "Temperature", 0.5, 1.5, 1, 0, "how freely a texture goes on"),
    HostParameter(
        "topp", "Top-p", 0.5, 1, 1, 0, "share of the likeliest that a texture draws from"
    ),
    HostParameter(
        "minp",
        "Min-p",
        0,
        0.2,
        0,
        0,
        "a texture leaves out what is less likely than this share of the likeliest",
    ),
    HostParameter("variety", "Variety", 0, 1, 0, 0, "how far apart textures of two seeds begin"),
    *(
        HostParameter(
            f"mix{n}", f"Mix {n}", 0, 1, 1, 0, f"how much of a texture is of its album {n}"
        )
        for n in range(1, MIX_SLOTS + 1)
    ),
)
