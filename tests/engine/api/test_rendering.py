"""`starling.render`: the command's bytes, as arrays and files."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

import starling

ROOT = Path(__file__).resolve().parents[3]
SONG = ROOT / "examples" / "demo.mid"


@pytest.mark.parametrize(
    ("call", "code", "sentence"),
    [
        (lambda: starling.render("none.mid"), "no_file", "none.mid"),
        (
            lambda: starling.render(SONG, {17: "model:drums"}),
            "bad_arguments",
            "tracks: part 17 of demo has no notes",
        ),
        (lambda: starling.render(SONG, {10: "drums"}), "bad_arguments", "tracks must be"),
        (lambda: starling.render(SONG, out="mix.mp3"), "bad_path", "out must end in .wav or .flac"),
        (lambda: starling.render(SONG, effects={"x": []}), "bad_arguments", "unknown field 'x'"),
        (lambda: starling.render(SONG, sample_rate=1), "bad_arguments", "rate must be"),
    ],
)
def test_mistakes_are_errors_of_starling(
    call: Callable[[], object], code: str, sentence: str
) -> None:
    with pytest.raises(starling.errors.StarlingError, match=re.escape(sentence)) as caught:
        call()
    assert caught.value.code == code


def test_a_song_has_the_bytes_of_the_command(command: Callable[..., str], tmp_path: Path) -> None:
    effects = {"tracks": {"10": [{"effect": "Pan", "position": -0.2}]}, "master": []}
    (tmp_path / "chain.json").write_text(json.dumps(effects))
    command(
        "render",
        SONG,
        "--track",
        '1=preset:"Fanfare Refund"',
        "--track",
        "10=model:drums:seed=5",
        "--effects",
        tmp_path / "chain.json",
        "--rate",
        22_050,
        "-o",
        tmp_path / "cli.wav",
        "--stems",
        tmp_path / "cli",
    )
    reports: list[float] = []
    song = starling.render(
        SONG,
        {"1": "preset:Fanfare Refund", 10: "model:drums:seed=5"},
        effects=effects,
        out=tmp_path / "api.wav",
        stems=tmp_path / "api",
        sample_rate=22_050,
        progress=lambda part, text: reports.append(part),
    )
    assert song.file is not None
    assert song.file.read_bytes() == (tmp_path / "cli.wav").read_bytes()
    stems = sorted(path.name for path in (tmp_path / "cli").iterdir())
    assert stems == sorted(track.file.name for track in song.tracks if track.file)
    for name in stems:
        assert (tmp_path / "api" / name).read_bytes() == (tmp_path / "cli" / name).read_bytes()
    samples, rate = soundfile.read(song.file, dtype="float32", always_2d=True)
    np.testing.assert_array_equal(song.audio, samples.T)
    assert rate == song.sample_rate == 22_050 and reports
    assert set(song.stems) == {track.channel for track in song.tracks}
    assert [track.chosen for track in song.tracks if track.channel in (1, 10)] == [False, False]


def test_presets_of_the_library_play_and_nothing_is_written_by_default(
    library: starling.Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    [hit] = library.list("basement tenant", k=1)
    song = starling.render(SONG, {1: hit}, sample_rate=22_050, tail=0.0, jobs=1)
    assert song.file is None and list(tmp_path.iterdir()) == []
    assert next(t for t in song.tracks if t.channel == 1).plays == "Basement Tenant (starling)"
