"""Starling's own synth: `starling.dsp` compiled by DawDreamer, one voice a processor.

DawDreamer's own polyphony computes one sample at a time and cuts releases at a zero crossing, so it
is not used. Instead each voice is a monophonic processor driven by a control signal (`voicing`),
and the effects are one more after their sum:

    playback (code, bend) -> voice 1 ┐
    playback (code, bend) -> voice 2 ┼-> add -> effects
    ...                              ┘
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import dawdreamer
import numpy as np
from numpy.typing import NDArray

from starling.presets.formats.schema import Parameter, Schema
from starling.presets.synths.faust_cache import compile_program
from starling.presets.synths.voicing import NoteEvent, allocate, check_length, codes

__all__ = ["BLOCK", "VOICES", "FaustSynth", "read_schema"]

SOURCE = Path(__file__).with_name("starling.dsp")
BLOCK = 512  # frames the graph computes at once; larger is no faster
VOICES = 16  # most notes that sound at once on a track
SAMPLE_RATES = range(22_050, 192_001)
MAX_NOTE_SECONDS = 600.0  # 200 MB of audio
MAX_TRACK_SECONDS = 4000.0  # an hour's song and its tail
ONE_NOTE = "note_voice : s.effects"

_CONTROL = re.compile(
    r"^(?P<name>\w+) = (?P<widget>hslider|nentry)\("
    r'"v:(?P<group>[^/"]+)/(?P<label>\w+)(?P<metadata>[^"]*)", '
    r"(?P<default>[-\d.]+), (?P<minimum>[-\d.]+), (?P<maximum>[-\d.]+), (?P<step>[\d.]+)\);",
    re.MULTILINE,
)

# A node of a DawDreamer graph: a processor and the names of those that feed it.
GraphNode = tuple[Any, list[str]]


@cache
def read_schema() -> Schema:
    """The schema, read from the table of controls in starling.dsp (a test compares the compiler's).

    `nentry` is a discrete parameter, its `[style:menu{...}]` the labels.
    """
    text = SOURCE.read_text(encoding="utf-8")
    version = re.search(r'declare version "(\w+)"', text)
    controls = tuple(_parameter(match) for match in _CONTROL.finditer(text))
    return Schema("starling", version.group(1) if version else "", controls)


def _parameter(match: re.Match[str]) -> Parameter:
    minimum, maximum = float(match["minimum"]), float(match["maximum"])
    discrete = match["widget"] == "nentry"
    menu = re.search(r"\[style:menu\{(.*?)\}\]", match["metadata"])
    unit = re.search(r"\[unit:(.*?)\]", match["metadata"])
    return Parameter(
        name=match["name"],
        minimum=minimum,
        maximum=maximum,
        default=float(match["default"]),
        kind="discrete" if discrete else "continuous",
        steps=round((maximum - minimum) / float(match["step"])) + 1 if discrete else 0,
        labels=tuple(re.findall(r"'(.*?)'", menu.group(1))) if menu else (),
        unit=unit.group(1) if unit else "",
        group=match["group"],
    )


class FaustSynth:
    """The embedded synth. Renders are deterministic: every one starts from cleared state.

    >>> FaustSynth().render({"cutoff": 900.0}, 60, 100, 0.5, 1.0, 44_100).shape
    (2, 44100)
    """

    def __init__(self) -> None:
        self.name = "starling"
        self.schema = read_schema()
        self._players: dict[int, _Player] = {}
        self._lock = Lock()  # one processor per rate, and it holds one preset at a time

    def render(
        self,
        values: Mapping[str, float],
        note: int,
        velocity: int,
        note_seconds: float,
        seconds: float,
        sample_rate: int,
    ) -> NDArray[np.float32]:
        """One note with effects, float32 (2, round(seconds * sample_rate)). See `Synth.render`.

        The first render compiles (about 1 s a process); later ones take 5-12 ms a second of sound.
        """
        full = self.schema.validate(values)
        check_length(seconds, sample_rate, MAX_NOTE_SECONDS, SAMPLE_RATES)
        lane = [NoteEvent(0.0, note_seconds, note, velocity)]
        signal = codes(lane, round(seconds * sample_rate), sample_rate)
        with self._lock:
            if sample_rate not in self._players:
                self._players[sample_rate] = _Player(sample_rate)
            return self._players[sample_rate].play(full, signal)

    def track(
        self,
        engine: Any,
        name: str,
        values: Mapping[str, float],
        notes: Sequence[NoteEvent],
        seconds: float,
        sample_rate: int,
        *,
        voices: int = VOICES,
        bend: NDArray[np.float32] | None = None,
    ) -> list[GraphNode]:
        """Make the processors that play a track in `engine`; the last node is the stereo output.

        Append the nodes to your graph and feed `name` (the last node's processor) onwards. Notes
        may overlap, `voices` at most sounding at once. `bend` is in semitones, one value a frame
        (frames,). A sustain pedal is the caller's: lengthen the notes. Raises InputError.
        """
        full = self.schema.validate(values)
        check_length(seconds, sample_rate, MAX_TRACK_SECONDS, SAMPLE_RATES)
        frames = round(seconds * sample_rate)
        lanes = allocate(notes, voices, full["amp_release"]) or [[]]
        nodes: list[GraphNode] = []
        for number, lane in enumerate(lanes, 1):
            signal = np.zeros((2, frames), np.float32)
            signal[0] = codes(lane, frames, sample_rate)
            if bend is not None:
                signal[1, : len(bend)] = bend[:frames]
            nodes += self.voice(engine, f"{name}.voice{number}", full, signal)
        voice_names = [f"{name}.voice{number}" for number in range(1, len(lanes) + 1)]
        nodes.append((engine.make_add_processor(f"{name}.sum", [1.0] * len(lanes)), voice_names))
        nodes.append(self.effects(engine, name, full, f"{name}.sum"))
        return nodes

    def voice(
        self, engine: Any, name: str, values: Mapping[str, float], signal: NDArray[np.float32]
    ) -> list[GraphNode]:
        """One voice without effects; `signal` (2, frames) is `voicing.codes`, bend in semitones."""
        code = engine.make_playback_processor(f"{name}.code", signal)
        voice = _compile(engine, name, "note_voice", self.schema.validate(values))
        return [(code, []), (voice, [f"{name}.code"])]

    def effects(
        self, engine: Any, name: str, values: Mapping[str, float], source: str
    ) -> GraphNode:
        """A preset's effects, fed by the stereo node called `source`."""
        return _compile(engine, name, "effects", self.schema.validate(values)), [source]


class _Player:
    """One warm processor at one sample rate: a voice and the effects, compiled together."""

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._engine = dawdreamer.RenderEngine(sample_rate, BLOCK)
        self._code = self._engine.make_playback_processor("code", np.zeros((2, BLOCK), np.float32))
        self._synth = _compile(self._engine, "starling", ONE_NOTE, read_schema().defaults())
        self._engine.load_graph([(self._code, []), (self._synth, ["code"])])

    def play(self, values: Mapping[str, float], signal: NDArray[np.float32]) -> NDArray[np.float32]:
        _set(self._synth, values)
        self._code.set_data(np.stack([signal, np.zeros_like(signal)]))
        self._engine.render((len(signal) + 0.5) / self._rate)  # it rounds frames down
        return np.array(self._engine.get_audio(), np.float32)


def _compile(engine: Any, name: str, entry: str, values: Mapping[str, float]) -> Any:
    """A Faust processor of one entry point, `values` set."""
    _keep(entry)
    processor = _processor(engine, name, entry)
    _set(processor, values)
    return processor


@cache
def _keep(entry: str) -> tuple[Any, Any]:
    """Compile an entry point once a process: libfaust shares the code while one user is left."""
    engine = dawdreamer.RenderEngine(44_100, BLOCK)
    return engine, _processor(engine, entry, entry)


def _processor(engine: Any, name: str, entry: str) -> Any:
    processor = engine.make_faust_processor(name)
    processor.auto_import = ""
    processor.faust_libraries_paths = [str(SOURCE.parent)]
    program = f's = library("{SOURCE.name}"); process = s.{entry};'
    compile_program(processor, program, SOURCE.read_text(encoding="utf-8"))
    return processor


def _set(processor: Any, values: Mapping[str, float]) -> None:
    for described in processor.get_parameters_description():
        name = described["name"].rpartition("/")[2]
        processor.set_parameter(described["index"], values[name])
