"""`--track`, what plays the tracks it leaves out, and presets by name."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from starling.engine.render.assignments import FAMILIES, Assignment, assign, parse_track
from starling.engine.render.parts import Kit, Patch, factory_patches, find_preset, resolve
from starling.engine.songs.notes import SongNote
from starling.engine.songs.song import Song, Track
from starling.models.artifacts.catalogue import catalogue
from starling.models.errors import InputError, MissingError
from starling.presets.library.database import LibraryDatabase
from starling.presets.library.sources import NewPreset, SourceFile, put_source

CARDS = catalogue()


def song(**programs: int) -> Song:
    """A song with tracks c1, c10, ... of these programs."""
    channels = {int(name[1:]): program for name, program in programs.items()}
    return Song("song", 1.0, {n: Track(n, p, "", (), ()) for n, p in channels.items()})


@pytest.fixture
def library(tmp_path: Path) -> Iterator[LibraryDatabase]:
    """A library with two banks and one bad preset."""
    library = LibraryDatabase.open(tmp_path)
    for bank, names in (("One", ("Brass Section", "Warm Pad")), ("Two", ("Warm Pad", "Broken"))):
        presets = [
            NewPreset(name, bank, "", (), "amsynth", {}, "", name, "corrupt" * (name == "Broken"))
            for name in names
        ]
        put_source(library, SourceFile(f"/{bank}", "", 0, 0, ""), presets)
    yield library
    library.close()


@pytest.mark.parametrize(
    ("text", "assignment"),
    [
        ("1=preset:Brass Section", Assignment(1, "preset", "Brass Section")),
        ('1=preset:"Brass Section"', Assignment(1, "preset", "Brass Section")),
        ("2=preset:a=b:c,d", Assignment(2, "preset", "a=b:c,d")),
        ("10=model:drums", Assignment(10, "model", "drums")),
        (
            "10=model:drums:seed=5,brightness=.7",
            Assignment(10, "model", "drums", (("seed", "5"), ("brightness", ".7"))),
        ),
        ("3=plugin:/a/b.vst3", Assignment(3, "plugin", "/a/b.vst3")),
        ("ch10=model:drums", Assignment("ch10", "model", "drums")),
        ('"Lead = 2"=preset:Mono Lisa', Assignment("Lead = 2", "preset", "Mono Lisa")),
    ],
)
def test_assignments_are_read(text: str, assignment: Assignment) -> None:
    assert parse_track(text) == assignment


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "must be PART=KIND:NAME"),
        ("1", "must be PART=KIND:NAME"),
        ("1=preset:", "must be PART=KIND:NAME"),
        ("=preset:A", "must be PART=KIND:NAME"),
        ("1=sample:kick", "must be PART=KIND:NAME"),
        ("10=model:drums:seed", "options are NAME=VALUE, got 'seed'"),
    ],
)
def test_mistakes_are_named(text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        parse_track(text)


def test_tracks_without_assignment_get_what_suits_their_program() -> None:
    found = assign(song(c1=33, c2=4, c10=0), [parse_track("2=preset:Glass Greenhouse")])
    assert [(each.name, each.chosen) for each in found] == [
        ("Basement Tenant", True),
        ("Glass Greenhouse", False),
        ("drums", True),
    ]


def test_every_family_has_a_factory_preset() -> None:
    assert set(FAMILIES) <= {patch.name for patch in factory_patches()}
    assert len(FAMILIES) == 16


def test_a_channel_must_have_notes_and_be_named_once() -> None:
    with pytest.raises(InputError, match="part 2 of song has no notes; those with notes: 1, 10"):
        assign(song(c1=0, c10=0), [parse_track("2=preset:A")])
    with pytest.raises(InputError, match="part 1 is assigned twice"):
        assign(song(c1=0), [parse_track("1=preset:A"), parse_track("ch1=preset:B")])


def test_a_part_whose_program_changes_has_a_preset_for_each_family() -> None:
    notes = tuple(SongNote(at, at + 1.0, 60, 100, program=p) for at, p in enumerate((0, 48, 1)))
    track = Track(1, 0, "", notes, ())
    both = Song("song", 3.0, {1: track})
    first, second = resolve(both, assign(both, []), CARDS)
    assert (first.title, second.title) == (
        "Suitcase Philosopher (starling)",
        "Rented Orchestra (starling)",
    )
    assert [note.start for note in first.track.notes] == [0, 2]
    assert [note.start for note in second.track.notes] == [1]
    [named] = assign(both, [parse_track("1=preset:A")])
    assert named.programs == (), "what is named plays all"


def test_presets_by_exact_name_part_bank_and_id(library: LibraryDatabase) -> None:
    assert find_preset("glass greenhouse").name == "Glass Greenhouse"
    assert find_preset("Greenhouse").name == "Glass Greenhouse"
    brass = find_preset("brass sec", library)
    assert (brass.name, brass.synth, brass.bank) == ("Brass Section", "amsynth", "One")
    assert find_preset(str(brass.id), library) == brass
    assert find_preset("Two/Warm Pad", library).bank == "Two"


def test_a_name_that_several_have_lists_them(library: LibraryDatabase) -> None:
    sentence = r"2 presets match 'Warm Pad': One/Warm Pad \(id \d+\), Two/Warm Pad \(id \d+\)"
    with pytest.raises(InputError, match=sentence):
        find_preset("Warm Pad", library)


def test_a_part_that_many_have_lists_the_first() -> None:
    with pytest.raises(InputError, match=r"\d+ presets match 'a': .* and \d+ more"):
        find_preset("a")


def test_unknown_and_bad_presets_are_named(library: LibraryDatabase) -> None:
    with pytest.raises(InputError, match="no preset 'Nonesuch' among the factory presets or in"):
        find_preset("Nonesuch", library)
    with pytest.raises(InputError, match="no preset 999 in the library"):
        find_preset("999", library)
    [broken] = library.quarantined()
    with pytest.raises(InputError, match=r"Broken\) cannot be played: corrupt"):
        find_preset(str(broken.id), library)


def test_sources_are_resolved(library: LibraryDatabase) -> None:
    tracks = [
        "1=preset:Warm Weather",
        "10=model:drums:seed=5,kind=snare,brightness=.7,roundrobin=3",
    ]
    asked = [parse_track(tracks[0].replace("Warm", "Slow")), parse_track(tracks[1])]
    first, drums = resolve(song(c1=0, c10=0), assign(song(c1=0, c10=0), asked), CARDS, library)
    assert isinstance(first.source, Patch)
    assert first.title == "Slow Weather (starling)"
    assert drums.source == Kit("drums", 5, 3, (("brightness", 0.7), ("kind", 2.0)))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("10=model:violins", "no model 'violins'; there are: drums"),
        ("10=model:drums:seed=x", "seed must be a whole number 0..2147483647, got 'x'"),
        ("10=model:drums:roundrobin=9", "roundrobin must be a whole number 1..8, got '9'"),
        ("10=model:drums:volume=1", "control must be NAME=VALUE with a name of kind"),
        ("10=model:drums:kind=gong", "control kind must be one of By key, Kick"),
        ("10=plugin:/tmp/song.txt", "no synth that Starling knows and no plugin"),
    ],
)
def test_sources_that_are_none_are_named(text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        resolve(song(c10=0), [parse_track(text)], CARDS)


def test_a_missing_plugin_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no plugin at"):
        resolve(song(c1=0), [parse_track(f"1=plugin:{tmp_path}/none.vst3")], CARDS)
