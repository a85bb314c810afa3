"""Whose recordings they are, by their names."""

import csv
from pathlib import Path

import pytest

from starling.models.datasets import provenance

TEXTURES = Path(__file__).parents[4] / "shared" / "data" / "textures" / "files.csv"


def test_meows_are_attributed() -> None:
    for stem in ("B_ANI01_MC_FN_SIM01_101", "I_TIG01_EU_FN_GIU01_203", "F_LEO01_EU_MI_RIT01_105"):
        source = provenance.source_of(stem)
        assert source.licence == "CC-BY-4.0"
        assert "Ludovico" in source.attribution and "10.5281/zenodo.4008297" in source.attribution


def test_each_source_is_counted() -> None:
    stems = ("gogodze_ks", "gogodze_ks-vl1", "oramics-cr78_clave", "B_kick", "mine", "oramics")
    counts = {entry["licence"]: entry["files"] for entry in provenance.attribution(stems)}
    assert counts == {
        "CC0-1.0": 2,
        "public domain (README of each machine)": 1,
        "not stated": 3,
    }


@pytest.mark.skipif(not TEXTURES.is_file(), reason="../shared/data/textures is not here")
def test_textures_are_attributed_as_their_list_says() -> None:
    with TEXTURES.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 19
    for row in rows:
        source = provenance.source_of(Path(row["file"]).stem)
        assert source.attribution == row["attribution"]
        stated = source.licence.replace("CC-BY-", "CC BY ").replace("CC0-1.0", "CC0")
        assert stated == row["licence"]
