"""The report and the picture of a data set of sounds."""

from typing import Any

from starling.models.datasets.import_report import picture, report


def about(classes: int) -> dict[str, Any]:
    sounds = [
        {"class": f"c{index}", "seconds": 0.1 * (index + 1), "loudness_db": -20.0 - index}
        for index in range(classes)
    ]
    return {
        "name": "many",
        "rate": 44100,
        "seconds": 2.0,
        "peak": 0.9,
        "classes": {sound["class"]: {"sounds": 1, "seconds": sound["seconds"]} for sound in sounds},
        "sounds": sounds,
        "warnings": [],
        "licence": [],
        "refused": [{"file": "a.wav", "reason": "a.wav is silent"}],
        "ignored": {},
        "duplicates": [{"file": "b.wav", "of": "c.wav", "similarity": 1.0}],
        "near_duplicates": [{"file": "d.wav", "of": "c.wav", "similarity": 0.97}],
        "conflicts": [],
    }


def test_report_leaves_out_empty_sections() -> None:
    text = report(about(2))
    assert "## Refused (1)" in text and "`b.wav`: the samples of `c.wav`" in text
    assert "`d.wav`: 0.970 like `c.wav`" in text
    assert "Warnings" not in text and "two classes" not in text


def test_picture_of_more_classes_than_fit() -> None:
    assert picture(about(30)).startswith(b"\x89PNG")
