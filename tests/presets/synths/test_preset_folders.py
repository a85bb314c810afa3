"""Folders by the custom of each platform. The platform is made believe, nothing is written."""

import sys
from pathlib import Path

import pytest

from starling.presets.synths.preset_folders import PLACES, export_folder, user_data, vst3_presets


@pytest.mark.parametrize(
    ("platform", "data", "vst3", "lv2"),
    [
        ("linux", ".local/share", ".vst3/presets", ".lv2"),
        ("darwin", "Library/Application Support", "Library/Audio/Presets",
         "Library/Audio/Plug-Ins/LV2"),
        ("win32", "AppData/Roaming", "Documents/VST3 Presets", "AppData/Roaming/LV2"),
    ],
)  # fmt: skip
def test_folders_by_platform(
    platform: str, data: str, vst3: str, lv2: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_DATA_HOME", "APPDATA"):
        monkeypatch.delenv(name, raising=False)
    assert user_data() == tmp_path / data
    assert vst3_presets("A: Co", "Big") == tmp_path / vst3 / "A_ Co" / "Big"
    assert export_folder("amsynth", "lv2") == tmp_path / lv2
    cartridges = export_folder("dexed", "syx")
    assert cartridges == tmp_path / data / "DigitalSuburban" / "Dexed" / "Cartridges"
    assert PLACES["dexed"]()[0] == cartridges and export_folder("starling", "json") is None
