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


@dataclass(frozen=True, slots=True)
class HostGroup:
    """Neighbours in PARAMETERS that hosts show together, from the id `first` to the next group's:
    a unit of VST3, a port group of LV2.
    """

    id: str
    title: str
    first: str


MODEL_SLOTS = 16  # the model parameter's range; the engine lists models in a fixed order
CONTROL_SLOTS = 6
MIX_SLOTS = 4  # albums of one texture that can be mixed

PULSES = (("p1", "P1"), ("p2", "P2"))  # the chip's two pulses
DUTIES = ("12.5 %", "25 %", "50 %", "75 %")
FULL = 15  # of the chip's volumes


def _pulse(id: str, title: str) -> tuple[HostParameter, ...]:
    return (
        HostParameter(
            f"{id}duty", f"{title} Duty", 0, 3, 2, 1, f"the shape of pulse {title}", labels=DUTIES
        ),
        _level(id, title),
        _mute(id, title),
    )


def _level(id: str, title: str) -> HostParameter:
    text = f"the volume of {title} at full velocity, in the chip's sixteen steps"
    return HostParameter(f"{id}level", f"{title} Level", 0, FULL, FULL, 1, text)


def _mute(id: str, title: str) -> HostParameter:
    text = f"whether the chip's voice {title} is silent"
    return HostParameter(f"{id}mute", f"{title} Mute", 0, 1, 0, 1, text, labels=("Off", "On"))


def _split(id: str, title: str, key: int) -> HostParameter:
    text = f"the lowest key of {title} where a key split chooses the chip's voices"
    return HostParameter(f"split{id}", f"Split {title}", 0, 127, key, 1, text, unit="note")


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
    HostParameter(
        "chip",
        "NES Chip",
        0,
        1,
        0,
        1,
        "whether notes play the sound chip of the NES: two pulses, a triangle and a noise",
        labels=("Off", "On"),
    ),
    HostParameter(
        "chipvoices",
        "Chip Voices",
        0,
        1,
        0,
        1,
        "what chooses a note's voice: MIDI channels 1 to 4 are P1, P2, TR and NO; or the key, "
        "from NO at the bottom by TR and P2 to P1",
        labels=("By channel", "By key"),
    ),
    _split("tr", "TR", 40),
    _split("p2", "P2", 60),
    _split("p1", "P1", 72),
    *(each for pulse in PULSES for each in _pulse(*pulse)),
    _mute("tr", "TR"),
    HostParameter(
        "noisemode",
        "NO Mode",
        0,
        1,
        0,
        1,
        "the noise's shift register: long hisses, short sounds metallic",
        labels=("Long", "Short"),
    ),
    _level("noise", "NO"),
    _mute("noise", "NO"),
    HostParameter(
        "record",
        "Record Prompt",
        0,
        1,
        0,
        1,
        "while on, what is played is recorded; a composer goes on from it",
        labels=("Off", "On"),
    ),
    HostParameter(
        "compose",
        "Compose",
        0,
        1,
        0,
        1,
        "turned on, it has the composer write, as the button of that name does",
        labels=("Off", "On"),
    ),
)

GROUPS: tuple[HostGroup, ...] = (
    HostGroup("sound", "Sound", "model"),
    HostGroup("controls", "Model Controls", "control1"),
    HostGroup("playback", "Playback", "mode"),
    HostGroup("pitch", "Pitch", "tracking"),
    HostGroup("range", "Sample Range", "start"),
    HostGroup("envelope", "Amp Envelope", "attack"),
    HostGroup("output", "Output", "gain"),
    HostGroup("textures", "Texture", "texture"),
    HostGroup("mixing", "Texture Mix", "mix1"),
    HostGroup("nes", "NES Chip", "chip"),
    HostGroup("nessplit", "NES Key Split", "splittr"),
    HostGroup("nesp1", "NES Pulse 1", "p1duty"),
    HostGroup("nesp2", "NES Pulse 2", "p2duty"),
    HostGroup("nestriangle", "NES Triangle", "trmute"),
    HostGroup("nesnoise", "NES Noise", "noisemode"),
    HostGroup("composer", "Composer", "record"),
)


def grouped() -> dict[HostGroup, list[HostParameter]]:
    """Every group's parameters, in the order of the table."""
    begins = {group.first: group for group in GROUPS}
    now = begins[PARAMETERS[0].id]
    result: dict[HostGroup, list[HostParameter]] = {}
    for parameter in PARAMETERS:
        now = begins.get(parameter.id, now)
        result.setdefault(now, []).append(parameter)
    return result
