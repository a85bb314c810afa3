"""Sounds to import, which tests of several commands share."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

RATE = 44100


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    time = np.arange(RATE // 8) / RATE
    for name, hertz in (("kick", 60), ("snare", 190)):
        (tmp_path / "pack" / name).mkdir(parents=True)
        for index in range(3):
            tone = np.sin(2 * np.pi * (hertz + 9 * index) * time) * np.exp(-20 * time)
            soundfile.write(tmp_path / "pack" / name / f"{index}.wav", 0.5 * tone, RATE)
    (tmp_path / "pack" / "kick" / "bad.wav").write_text("no sound")
    return tmp_path / "pack"
