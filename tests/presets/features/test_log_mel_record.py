import numpy as np

from starling.models.dsp.mel import levelled, log_mel
from starling.presets.features.log_mel_record import is_audible, level_of, log_mel_record, mel_of

TIME = np.arange(44_100) / 44_100


def test_a_portrait_is_what_the_classical_embedder_hears() -> None:
    audio = np.stack([0.3 * np.sin(2 * np.pi * 440 * TIME), 0.1 * np.sin(2 * np.pi * 660 * TIME)])
    audio = audio.astype(np.float32)
    found = log_mel_record(audio)
    mono = audio.mean(axis=0, dtype=np.float32)
    assert found.shape == (65, 51)
    assert np.array_equal(mel_of(found), log_mel(levelled(mono)))
    assert np.isclose(level_of(found), np.sqrt(np.mean(np.square(mono))))


def test_a_short_sound_is_heard_and_hum_is_not() -> None:
    click = np.zeros((2, 44_100), np.float32)
    click[:, 20_000:22_048] = 0.002
    assert np.sqrt(np.mean(np.square(click))) < 1e-3, "its RMS over the whole second is low"
    assert is_audible(log_mel_record(click)) and np.isfinite(log_mel_record(click)).all()
    hum = np.full((2, 44_100), 0.0009, np.float32)
    assert not is_audible(log_mel_record(hum)) and not mel_of(log_mel_record(hum)).any()


def test_a_shorter_render_is_padded() -> None:
    audio = np.full((1, 10_000), 0.1, np.float32)
    padded = np.pad(audio, ((0, 0), (0, 34_100)))
    assert np.array_equal(log_mel_record(audio), log_mel_record(padded))
