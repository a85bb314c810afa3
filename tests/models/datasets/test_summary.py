"""Licences, counts and warnings of a data set of sounds."""

from pathlib import Path

from starling.models.datasets.import_records import ImportRequest
from starling.models.datasets.summary import count_classes, licence, warnings


def test_licence_is_what_the_person_says() -> None:
    order = ImportRequest(Path("x"), licence="CC-BY-4.0", attribution="Ludovico et al.")
    said = licence(order, ["a", "b"])
    assert [(each["licence"], each["attribution"], each["files"]) for each in said] == [
        ("CC-BY-4.0", "Ludovico et al.", 2)
    ]


def test_licence_by_the_prefixes_of_known_recordings() -> None:
    said = licence(ImportRequest(Path("x")), ["gogodze_ks-vl1-rr1", "mine", "gogodze_sc"])
    assert {each["licence"]: each["files"] for each in said} == {"CC0-1.0": 2, "not stated": 1}


def test_counts_and_warnings_by_class() -> None:
    sounds = [{"class": "kick", "seconds": 0.5}] * 25 + [{"class": "clap", "seconds": 1.0}] * 2
    classes = count_classes(sounds)
    assert classes == {
        "clap": {"sounds": 2, "seconds": 2.0},
        "kick": {"sounds": 25, "seconds": 12.5},
    }
    assert [each.startswith("class clap") for each in warnings(classes)] == [True]
