"""What a plugin is told: notes, bends, pressures, resets; not what the mixer and notes do."""

from pathlib import Path

import mido

from starling.engine.render.playing.plugin_track import write_track
from starling.engine.songs.notes import ControlChange, SongNote
from starling.engine.songs.song import Track
from starling.models.midi.controllers import BEND, KEY_PRESSURE, PRESSURE


def told(tmp_path: Path, *controls: ControlChange) -> list[tuple[str, int]]:
    """Kind and last data byte of each message, without notes."""
    write_track(Track(1, 0, "", (SongNote(0, 1, 60, 100),), controls), tmp_path / "a.mid")
    [track] = mido.MidiFile(tmp_path / "a.mid").tracks
    found = [each for each in track if not each.is_meta and "note" not in each.type[:4]]
    return [(each.type, each.bytes()[-1]) for each in found]


def test_bends_and_pressures_are_told(tmp_path: Path) -> None:
    sent = [ControlChange(0, BEND, 8191), ControlChange(0, PRESSURE, 9)]
    assert told(
        tmp_path, *sent, ControlChange(0, KEY_PRESSURE + 60, 8), ControlChange(0, 1, 7)
    ) == [
        ("pitchwheel", 127),
        ("aftertouch", 9),
        ("polytouch", 8),
        ("control_change", 7),
    ]


def test_volume_pan_and_held_pedals_are_not(tmp_path: Path) -> None:
    assert not told(
        tmp_path, *(ControlChange(0, number, 90) for number in (7, 10, 11, 64, 66, 123))
    )


def test_a_reset_is_told_as_what_it_sets(tmp_path: Path) -> None:
    assert told(tmp_path, ControlChange(0, 121, 0)) == [
        ("control_change", 0),  # modulation
        ("control_change", 0),  # portamento
        ("control_change", 0),  # soft pedal
        ("pitchwheel", 64),
        ("aftertouch", 0),
    ]
