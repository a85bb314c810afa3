"""Whose recordings they are, by their names."""

from starling.models.datasets import provenance


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
