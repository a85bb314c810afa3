"""One file made ready: every kind of file, good and bad."""

import io
import os
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from starling.models.datasets.prepare import prepare
from starling.models.dsp import signal as audio
from starling.models.errors import ParseError

RATE = 44100


def kick(seconds: float = 0.3, rate: int = RATE) -> np.ndarray:
    time = np.arange(int(seconds * rate)) / rate
    return (0.6 * np.sin(2 * np.pi * 60 * time) * np.exp(-time * 15)).astype(np.float32)


def sound_of(flac: bytes) -> np.ndarray:
    return np.asarray(soundfile.read(io.BytesIO(flac), dtype="float32")[0])


WAVES = [(form, subtype) for form in ("WAV", "WAVEX") for subtype in (
    "PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE")]  # fmt: skip
KINDS = [*WAVES, ("FLAC", "PCM_24"), ("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III"),
         ("AIFF", "PCM_S8"), ("AIFF", "FLOAT"), ("W64", "PCM_16"), ("WAV", "ULAW")]  # fmt: skip


@pytest.mark.parametrize(("form", "subtype"), KINDS)
def test_every_kind_of_file_becomes_the_same_sound(tmp_path: Path, form: str, subtype: str) -> None:
    path = tmp_path / "a.wav"  # what a file is called does not matter
    soundfile.write(path, np.stack([kick(), kick()], axis=1), RATE, format=form, subtype=subtype)
    ready = prepare(path, RATE, 2.0)
    sound = sound_of(ready.flac)
    assert np.abs(sound).max() == pytest.approx(0.9, abs=1e-4)
    assert ready.source.channels == 2 and ready.source.subtype == subtype
    clean = audio.block_dc(kick(), RATE)[:6000]
    best = np.correlate(sound[:6200], clean, "valid").max()
    assert best > 0.97 * np.linalg.norm(clean) * np.linalg.norm(sound[:6000])


def test_opus_at_48_khz(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.opus", kick(0.3, 48000), 48000, format="OGG", subtype="OPUS")
    ready = prepare(tmp_path / "a.opus", RATE, 2.0)
    assert (ready.source.subtype, ready.source.sample_rate) == ("OPUS", 48000)


@pytest.mark.parametrize("channels", range(1, 9))
@pytest.mark.parametrize("rate", [8000, 96000])
def test_every_rate_and_channel_count(tmp_path: Path, rate: int, channels: int) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.tile(kick(0.3, rate)[:, None], channels), rate, subtype="PCM_24")
    ready = prepare(path, RATE, 2.0)
    assert ready.seconds == pytest.approx(0.3, abs=0.03)
    assert ready.peak_db == pytest.approx(20 * np.log10(np.abs(kick()).max()), abs=0.6)


def chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def test_wave_files_with_strange_chunks(tmp_path: Path) -> None:
    """Chunks before `fmt `, of odd length, after the sound; and a size as streams write it."""
    pcm = np.round(kick() * 32767).astype("<i2").tobytes()
    form = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, RATE, 2 * RATE, 2, 16))
    odd, padding = chunk(b"LIST", b"INFOx"), chunk(b"JUNK", bytes(37))
    bodies = {
        "chunks": padding + form + odd + chunk(b"data", pcm) + chunk(b"smpl", bytes(36)),
        "stream": form + b"data\xff\xff\xff\xff" + pcm,
    }
    for name, body in bodies.items():
        path = tmp_path / f"{name}.wav"
        path.write_bytes(b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body)
        assert prepare(path, RATE, 2.0).seconds == pytest.approx(0.3, abs=0.02), name


def test_long_sounds_are_cut_and_faded(tmp_path: Path) -> None:
    tone = 0.5 * np.sin(np.arange(3 * RATE) / 20)
    soundfile.write(tmp_path / "a.wav", tone, RATE)
    ready = prepare(tmp_path / "a.wav", RATE, 1.0)
    sound = sound_of(ready.flac)
    assert ready.cut and ready.seconds == 1.0
    assert abs(sound[-1]) < 1e-3 and np.abs(sound[-4000:-3000]).max() > 0.8


def test_trimming_keeps_a_soft_attack(tmp_path: Path) -> None:
    time = np.arange(RATE) / RATE
    swell = np.sin(2 * np.pi * 300 * time) * np.minimum(time / 0.04, 1) ** 3 * (1 - time)
    padded = np.concatenate([np.zeros(RATE), swell, np.zeros(RATE)])
    soundfile.write(tmp_path / "a.wav", padded, RATE, subtype="FLOAT")
    ready = prepare(tmp_path / "a.wav", RATE, 2.0)
    assert ready.seconds == pytest.approx(1.0, abs=0.02)
    assert np.abs(sound_of(ready.flac)[:100]).max() < 10 ** (-50 / 20)


def test_an_offset_leaves_no_thump(tmp_path: Path) -> None:
    padded = np.concatenate([np.zeros(4410, np.float32), kick(), np.zeros(4410, np.float32)])
    for name, offset in (("plain", 0.0), ("offset", 0.3)):
        soundfile.write(tmp_path / f"{name}.wav", padded + offset, RATE, subtype="FLOAT")
    plain, offset = (
        sound_of(prepare(tmp_path / f"{name}.wav", RATE, 2.0).flac) for name in ("plain", "offset")
    )
    assert abs(len(plain) - len(offset)) < 50
    count = min(len(plain), len(offset))
    assert np.abs(plain[:count] - offset[:count]).max() < 0.01


def test_the_same_samples_in_other_files_have_one_hash(tmp_path: Path) -> None:
    exact = np.round(kick() * 32767) / 32768
    soundfile.write(tmp_path / "a.wav", exact, RATE, subtype="PCM_16")
    soundfile.write(tmp_path / "b.flac", np.stack([exact, exact], axis=1), RATE, subtype="PCM_24")
    soundfile.write(tmp_path / "c.aiff", exact, RATE, subtype="FLOAT")
    hashes = {prepare(tmp_path / name, RATE, 2.0).sha256 for name in ("a.wav", "b.flac", "c.aiff")}
    assert len(hashes) == 1


def hour_long(path: Path) -> None:
    head = b"WAVE" + chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16))
    size = 3600 * 16000
    with path.open("wb") as file:
        file.write(b"RIFF" + struct.pack("<I", size + 36) + head)
        file.write(b"data" + struct.pack("<I", size))
        file.truncate(size + 44)  # sparse: takes no room


def cut_wave(path: Path) -> None:
    soundfile.write(path, kick(), RATE)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def cut_as(form: str):
    def spoil(path: Path) -> None:
        soundfile.write(path, kick(), RATE, format=form)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return spoil


def written(signal: np.ndarray):
    return lambda path: soundfile.write(path, signal, RATE, subtype="FLOAT")


def with_nan() -> np.ndarray:
    sound = kick()
    sound[7] = np.nan
    return sound


BAD = {
    "text": (lambda path: path.write_text("no sound"), "not a sound file"),
    "empty": (lambda path: path.write_bytes(b""), r"is empty \(0 bytes\)"),
    "zero length": (written(np.zeros(0)), "no samples"),
    "silent": (written(np.zeros(9000)), "is silent"),
    "dither": (written(np.random.default_rng(0).uniform(-1, 1, 9000) / 32768), "is silent"),
    "offset only": (written(np.full(9000, 0.5)), "is silent"),
    "NaN": (written(with_nan()), "NaN or infinity"),
    "infinite": (written(np.append(kick(), np.inf)), "NaN or infinity"),
    "click": (written(np.append(np.zeros(9000), 0.5)), "less than 5"),
    "hour": (hour_long, "lasts 3600 s"),
    "a minute and a little": (
        written(np.zeros(int(60.2 * RATE))),
        r"lasts 60\.2 s; sounds of up to 60",
    ),
    "cut WAV": (cut_wave, "cut short: it holds 50%"),
    "cut FLAC": (cut_as("FLAC"), "cut short"),
    "cut OGG": (cut_as("OGG"), "not a sound file"),
    "cut AIFF": (cut_as("AIFF"), "cut short"),
    "cut MP3": (cut_as("MP3"), "cut short"),
}


@pytest.mark.parametrize(("spoil", "reason"), BAD.values(), ids=BAD)
def test_a_bad_file_is_refused_with_its_reason(tmp_path: Path, spoil, reason: str) -> None:
    path = tmp_path / "bad.wav"
    spoil(path)
    with pytest.raises(ParseError, match=reason) as refused:
        prepare(path, RATE, 2.0)
    assert str(refused.value).startswith("bad.wav")


def test_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/k\xff.wav"))
    soundfile.write(os.fsencode(path), kick(), RATE, format="WAV")
    assert prepare(path, RATE, 2.0).seconds == pytest.approx(0.3, abs=0.02)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can be someone else")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.wav"
    soundfile.write(path, kick(), RATE)
    path.chmod(0o600)
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o755)
    os.seteuid(65534)
    try:
        with pytest.raises(ParseError, match=r"mine\.wav cannot be read: Permission denied"):
            prepare(path, RATE, 2.0)
    finally:
        os.seteuid(0)
