"""Every kind of the table is found by its suffix and read."""

import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from starling.models.datasets.discover import walk
from starling.models.dsp.files import ffmpeg, kinds, sound_file
from starling.models.errors import ParseError

RATE = 44_100
SOUND = (0.5 * np.sin(2 * np.pi * 440 * np.arange(5_000) / RATE)).astype(np.float32)
FORMATS = {  # of libsndfile, and how samples are written in them
    "RF64": (".rf64", "PCM_16"),
    "W64": (".w64", "PCM_16"),
    "WAV": (".bwf", "PCM_16"),
    "FLAC": (".flac", "PCM_16"),
    "AIFF": (".aifc", "PCM_16"),
    "OGG": (".oga", "VORBIS"),
    "MP3": (".mp3", "MPEG_LAYER_III"),
    "CAF": (".caf", "PCM_16"),
    "AU": (".snd", "PCM_16"),
    "VOC": (".voc", "PCM_16"),
    "SVX": (".iff", "PCM_16"),
    "XI": (".xi", "DPCM_16"),
    "SDS": (".sds", "PCM_16"),
    "PAF": (".paf", "PCM_16"),
    "IRCAM": (".sf", "PCM_16"),
    "NIST": (".sph", "PCM_16"),
    "WVE": (".wve", "ALAW"),
    "AVR": (".avr", "PCM_16"),
    "PVF": (".pvf", "PCM_16"),
}


@pytest.mark.parametrize("kind", FORMATS)
def test_a_kind_is_found_and_read(tmp_path: Path, kind: str) -> None:
    suffix, subtype = FORMATS[kind]
    path = tmp_path / f"a{suffix.upper()}"
    soundfile.write(path, SOUND, RATE, format=kind, subtype=subtype)
    assert [each.path.name for each in walk(tmp_path).files] == [path.name]
    frames, _ = sound_file.read_sound(path)
    assert len(frames) == pytest.approx(len(SOUND), abs=1)
    level = np.sqrt(np.mean(np.square(frames)))
    assert level == pytest.approx(0.5 / np.sqrt(2), rel=0.02)


def test_every_kind_that_libsndfile_reads_is_tried() -> None:
    tried = {suffix for suffix, _ in FORMATS.values()} | {".opus"}  # test_importer reads it
    for kind in kinds.KINDS:
        assert kind.ffmpeg or tried & set(kind.suffixes), kind.name


def test_what_ffmpeg_would_read_says_so_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    path = tmp_path / "a.m4a"
    path.write_bytes(b"\0\0\0\x20ftypM4A " + bytes(100))
    with pytest.raises(ParseError, match=r"a\.m4a is AAC, which is read where ffmpeg is installed"):
        sound_file.probe(path)


def test_the_guide_lists_the_table() -> None:
    page = (Path(__file__).parents[4] / "docs" / "datasets.md").read_text(encoding="utf-8")
    for by_ffmpeg, row in ((False, "libsndfile reads"), (True, "the program ffmpeg decodes")):
        line = next(line for line in page.splitlines() if line.startswith(f"| {row}"))
        listed = re.findall(r"`(\.\w+)`", line)
        assert listed == [
            s for kind in kinds.KINDS if kind.ffmpeg == by_ffmpeg for s in kind.suffixes
        ]


@pytest.mark.skipif(not ffmpeg.is_installed(), reason="needs the program ffmpeg")
@pytest.mark.parametrize("suffix", [".m4a", ".aac", ".wv", ".tta", ".wma"])
def test_what_ffmpeg_reads_is_read(tmp_path: Path, suffix: str) -> None:
    import subprocess

    soundfile.write(tmp_path / "a.wav", np.tile(SOUND, 4), RATE)
    path = tmp_path / f"-a{suffix}"
    options = ["-nostdin", "-loglevel", "error", "-i", str(tmp_path / "a.wav"), str(path)]
    subprocess.run(["ffmpeg", *options], check=True)
    frames, rate = sound_file.read_sound(path)
    assert rate == RATE
    assert len(frames) == pytest.approx(4 * len(SOUND), abs=4_096)
    middle = frames[4_000:16_000]
    assert np.sqrt(np.mean(np.square(middle))) == pytest.approx(0.5 / np.sqrt(2), rel=0.05)
    path.write_bytes(bytes(5_000))
    with pytest.raises(ParseError, match="is not a sound file"):
        sound_file.read_sound(path)
