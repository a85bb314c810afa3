"""Reasons are told once each, with their number and an example."""

from starling.presets.scan.report import Group, grouped


def test_reasons_that_differ_in_names_and_numbers_are_one() -> None:
    told = [
        ("a.syx", "a.syx is not a readable DX7 cartridge: 3 bytes with no message"),
        ("b.syx", "b.syx is not a readable DX7 cartridge: 512 bytes with no message"),
        ("Pad (x)", "amsynth has no parameter 'warp'"),
        ("c.syx", "c.syx is not a readable DX7 cartridge: 9 bytes with no message"),
        ("Lead (x)", "amsynth has no parameter 'twist'"),
        ("d.json", 'd.json is not a readable Starling bank: no JSON with "format"'),
    ]
    assert grouped(told) == [
        Group(3, "a.syx", told[0][1]),
        Group(2, "Pad (x)", told[2][1]),
        Group(1, "d.json", told[5][1]),
    ]


def test_three_thousand_foreign_files_are_one_line() -> None:
    told = [
        (f"{n}.json", f"{n}.json is not a readable Starling bank: no JSON") for n in range(3000)
    ]
    assert [group.count for group in grouped(told)] == [3000]
    assert grouped([]) == []
