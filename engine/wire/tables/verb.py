"""What a verb of the wire is made of, and the fields that several share. The verbs themselves stand
in the files beside this one, and all together in `wire/verbs`. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

PROTOCOL_VERSION = 2  # from 2 on every request but hello begins with its session's secret


@dataclass(frozen=True, slots=True)
class Field:
    """One typed argument: `type` is an OSC 1.0 tag, i f s or b."""

    name: str
    type: str
    text: str


SECRET = Field("secret", "s", "the secret of the session, from hello")
REQ = Field("req", "i", "the request's id")


@dataclass(frozen=True, slots=True)
class Verb:
    """A request and everything that may come back for it."""

    name: str
    text: str
    takes: tuple[Field, ...] = ()
    repeats: tuple[Field, ...] = ()  # a group that may follow any number of times
    group: str = ""  # what a request calls the groups that followed
    items: tuple[Field, ...] = ()  # what each /starling/item carries after req and index
    returns: tuple[Field, ...] = ()  # what /starling/done carries after req and verb
    fails: tuple[str, ...] = ()  # codes beside COMMON_FAILS
    opens: bool = False  # it opens the session: a token proves what afterwards a secret does

    @property
    def head(self) -> tuple[Field, ...]:
        """What each request begins with, before the fields that it takes."""
        return (REQ,) if self.opens else (SECRET, REQ)


JOB_FAILS = ("cancelled", "deadline")
RECIPE_FAILS = (
    *("bad_recipe", "other_weights", "unknown_model", "bad_seed", "bad_control", "bad_point"),
    *("store_full", "missing", *JOB_FAILS),
)

SOUND = (
    Field("sound", "s", "the sound's id: the hash of its recipe"),
    Field("path", "s", "absolute path of a 32-bit float WAV file"),
    Field("frames", "i", "length in frames"),
    Field("rate", "i", "sample rate in Hz"),
    Field("channels", "i", "1 or 2"),
    Field("root", "i", "MIDI note at which the sound plays unshifted"),
    Field(
        "recipe",
        "s",
        "canonical JSON: model, weights hash, version of the code, seed, controls; and point, "
        "where it lies at one of the latent space; prime, span and turns, where it is of a "
        "texture; prompt, voices, bars, metre and tempo, where it is composed",
    ),
)

TURNS = (
    Field("control", "s", "a control of the model"),
    Field("value", "f", "its value, in the control's own range"),
)

RECIPE = Field("recipe", "s", "the recipe of a sound of a model, at most 6,500 bytes")
COUNT = Field("count", "i", "number of items sent")
PRESET = Field("preset", "i", "id of a preset")
HITS = Field("k", "i", "how many hits, 1..100")
SOUND_FILE = Field("path", "s", "a sound file in the inbox or the store")
STREAM = Field("stream", "i", "the stream's number, from stream")

MODEL = (
    Field("model", "s", "the name that generate takes, or stream, or compose"),
    Field("title", "s", "the name for people"),
    Field("weights", "s", "hash of the weights"),
    Field(
        "controls",
        "s",
        "JSON list of {name, title, min, max, default, labels}; labels only for a choice",
    ),
)

HIT = (
    Field("preset", "i", "id of the preset in the library"),
    Field("name", "s", "the preset's name"),
    Field("synth", "s", "the synth that plays it"),
    Field("bank", "s", "the bank it came from"),
    Field("tags", "s", "tags, separated by commas"),
    Field("score", "f", "similarity, 1 is the same sound; 0 for a text search"),
    Field("favourite", "i", "1 when the user has marked it as a favourite, else 0"),
    Field("timbre", "f", "how alike it is in timbre, 0 to 1; as the next four 0 for a text search"),
    Field("pitch", "f", "in pitch"),
    Field("envelope", "f", "in its envelope"),
    Field("brightness", "f", "in brightness"),
    Field("noisiness", "f", "in noisiness"),
)

FILTER = Field(
    "filter", "s", 'what a hit must match, e.g. `synth:amsynth pad is:favourite`; "" for all'
)

MUSIC = (  # what compose takes
    Field("model", "s", "a name from composers"),
    Field("seed", "i", "0..2147483647"),
    Field("prompt", "s", 'a MIDI file in the inbox or the store; "" for none'),
    Field(
        "voices",
        "s",
        "the voices to write, of `p1 p2 tr no`: all four go on from the prompt's end; fewer are "
        "also written from its beginning on, to the others as the prompt has them",
    ),
    Field("bars", "i", "how many follow the prompt, 1..512; 0 with fewer than four voices"),
    Field("metre", "s", "of a bar, as 7/8; empty: the prompt's, 4/4 where it has none"),
    Field("tempo", "f", "beats a minute, 57..360; 0: not known, and bars are counted at 120"),
)

PIECE = (  # what it returns
    *SOUND,
    Field("midi", "s", "absolute path of the notes as a MIDI file"),
    Field("vgm", "s", "absolute path of the piece as a VGM file"),
    Field("start", "i", "frame of the sound at which the bars after the prompt begin"),
)
