"""The process in which synths and plugins play: `python -m starling.engine.render.worker`.

Requests come on stdin and replies go to what was stdout, as `presets.sandbox.pipe` frames them;
whatever a plugin prints goes to stderr. It ends when stdin does.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from starling.engine.render.playing.voice_tapes import read_tape
from starling.models.errors import PluginError
from starling.presets.sandbox.pipe import NO_SAMPLES, Message, read_message, write_message
from starling.presets.sandbox.worker import failure, private_streams

if TYPE_CHECKING:
    from starling.presets.synths.faust import FaustSynth

BLOCK = 512  # frames the graph computes at once
SETTLE_SECONDS = 0.05  # of silence after a preset is set: plugins smooth their parameters
RING_SECONDS = 4.0  # a note of a synth that plays one at a time rings so long after its key
FADE_SECONDS = 0.05  # at the end of that, so that a longer release does not click
Array = NDArray[np.float32]


def main() -> None:
    """Serve requests until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, which then ends us
    requests, replies = private_streams()
    while (request := read_message(requests)) is not None:
        write_message(replies, answer(request))


def answer(request: Message) -> Message:
    """The reply to a request; an exception becomes one too."""
    try:
        return Message({}, JOBS[request.header["job"]](request.header, request.samples))
    except Exception as exc:
        return failure(exc)


def play_voices(header: Mapping[str, Any], bend: Array) -> Array:
    """One voice of Starling's synth over a tape; `bend` is (1, frames) of semitones, or empty."""
    engine = _engine(header)
    signals = read_tape(header["slots"], header["frames"]).signals(bend)
    nodes = _faust().voice(engine, "voice", header["values"], signals)
    return _rendered(engine, nodes, signals.shape[1], header["rate"])


def play_effects(header: Mapping[str, Any], dry: Array) -> Array:
    """The effects of a preset of Starling's synth over the sum of its voices."""
    engine = _engine(header)
    source = engine.make_playback_processor("dry", dry)
    nodes = [(source, []), _faust().effects(engine, "effects", header["values"], "dry")]
    return _rendered(engine, nodes, dry.shape[1], header["rate"])


def play_plugin(header: Mapping[str, Any], _: Array) -> Array:
    """A whole track through a plugin, from a MIDI file; the plugin's latency is removed."""
    from starling.presets.synths import plugin as plugin_synth

    rate, frames = header["rate"], header["frames"]
    plugin = plugin_synth.load_plugin(header["plugin"])
    engine = _engine(header)
    processor = plugin_synth.make_processor(engine, plugin, "plugin")
    engine.load_graph([(processor, [])])
    if header["values"] is not None:
        plugin.apply(processor, plugin.schema.validate(header["values"]))
    engine.render(SETTLE_SECONDS)
    if not processor.load_midi(header["midi"], clear_previous=True, beats=False, all_events=True):
        raise PluginError(f"{Path(header['plugin']).name} did not take the notes")
    late = max(0, int(processor.get_latency_samples()))
    audio = _rendered(engine, [(processor, [])], frames + late, rate)[:, late:]
    if not np.isfinite(audio).all():
        raise PluginError(f"{plugin.name} made samples that are not numbers")
    _out(header)[:] = audio
    return NO_SAMPLES


def play_notes(header: Mapping[str, Any], _: Array) -> Array:
    """A whole track through a synth that plays one note at a time; bends have no effect."""
    from starling.presets.synths.protocol import open_synth

    rate, song = header["rate"], _out(header)
    synth = open_synth(header["plugin"])
    fade = np.linspace(1.0, 0.0, round(FADE_SECONDS * rate), dtype=np.float32)
    for start, length, key, velocity in header["notes"]:
        at = round(start * rate)
        frames = min(song.shape[1] - at, round((length + RING_SECONDS) * rate))
        if frames <= len(fade):
            continue
        audio = synth.render(header["values"], key, velocity, length, frames / rate, rate)
        audio[:, -len(fade) :] *= fade
        song[:, at : at + frames] += audio
    return NO_SAMPLES


JOBS: dict[str, Callable[[Mapping[str, Any], Array], Array]] = {
    "voices": play_voices,
    "effects": play_effects,
    "plugin": play_plugin,
    "notes": play_notes,
}


def _out(header: Mapping[str, Any]) -> Array:
    """The file in which a whole track is handed over, zeros at first: (2, frames)."""
    return np.memmap(header["out"], np.float32, "w+", shape=(2, header["frames"]))


@cache
def _faust() -> FaustSynth:
    from starling.presets.synths.faust import FaustSynth

    return FaustSynth()


def _engine(header: Mapping[str, Any]) -> Any:
    import dawdreamer

    return dawdreamer.RenderEngine(header["rate"], BLOCK)


def _rendered(engine: Any, nodes: list[Any], frames: int, rate: int) -> Array:
    """The graph's output (2, frames); a mono one on both sides."""
    engine.load_graph(nodes)
    engine.render((frames + 0.5) / rate)  # it rounds down to whole frames
    audio = np.array(engine.get_audio(), np.float32)[:2, :frames]
    return audio if len(audio) == 2 else np.repeat(audio, 2, axis=0)


if __name__ == "__main__":
    main()
