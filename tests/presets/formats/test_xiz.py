"""ZynAddSubFX's instruments: a small file made by hand, and what is refused."""

import gzip
import zlib
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starling.models.errors import ParseError
from starling.presets.formats import fxp
from starling.presets.formats.table import format_of, read_bank
from starling.presets.formats.xiz import KINDS, MAX_DEPTH, MAX_XML, chunk, read

BANKS = Path("/usr/share/zynaddsubfx/banks")
DEBIANS = {  # one of each kind in Debian's banks: folder, name, tags
    ("Collection", "Vibraphone"): ("bell",),
    ("Collection", "Trem Lead"): ("lead", "synth"),
    ("Collection", "Tunnel Piano"): ("keys", "piano"),
    ("Collection", "Echo Bubbles"): ("effects", "synth"),
    ("Collection", "Soft Organ"): ("keys", "organ"),
    ("Collection", "Whistle"): ("wind", "pipe"),
    ("Collection", "Slow Strings"): ("pad", "synth"),
    ("Collection", "Fretless Bass"): ("bass",),
    ("Collection", "Variable Reed"): ("wind", "reed"),
    ("Collection", "Overdrive"): ("pluck", "guitar"),
    ("Collection", "Wet Brass"): ("brass",),
    ("Collection", "Pan Pipe"): ("ethnic",),
    ("Collection", "Wind and Surf"): ("effects",),
    ("olivers-other", "Country Fiddle"): ("strings", "solo"),
    ("olivers-100", "Jarre strings"): ("strings", "ensemble"),
    ("Cris Owl Alvarez", "bell padkeys"): ("percussion",),
}
BODY = """<INSTRUMENT>
<INFO>
<string name="name">Reed &amp; Bow</string>
<string name="author">A. Person
GPL V 2 or later</string>
<string name="comments">play it low</string>
<par name="type" value="9"/>
</INFO>
<INSTRUMENT_KIT>
<par name="kit_mode" value="0"/>
</INSTRUMENT_KIT>
</INSTRUMENT>"""
GOLDEN = f"""
<?xml version="1.0f" encoding="UTF-8"?>
<!DOCTYPE ZynAddSubFX-data>
<ZynAddSubFX-data version-major="2" version-minor="4"
version-revision="3" ZynAddSubFX-author="Nasca Octavian Paul">
<BASE_PARAMETERS>
<par name="max_midi_parts" value="16"/>
</BASE_PARAMETERS>
{BODY}
</ZynAddSubFX-data>
""".encode()


def test_an_instrument_says_what_it_is() -> None:
    found = read(GOLDEN)
    assert (found.name, found.author, found.kind) == ("Reed & Bow", "A. Person", "9")
    assert list(found.version.values()) == ["2", "4", "3"]


def test_the_state_has_the_instrument_as_it_stands_and_its_version() -> None:
    """Key and value of DPF end with a zero each, and the list of them with another."""
    found = chunk(read(GOLDEN))
    assert found[:6] == b"state\0" and found[-2:] == b"\0\0"
    root = ElementTree.fromstring(found[6:-2])
    version = {"version-major": "2", "version-minor": "4", "version-revision": "3"}
    assert (root.tag, root.attrib) == ("ZynAddSubFX-data", version)
    [volume] = root.findall("MASTER/par")
    assert volume.attrib == {"name": "volume", "value": "80"}
    [part] = root.findall("MASTER/PART")
    assert part.attrib == {"id": "0"}
    assert [(each.tag, each.get("value")) for each in part] == [
        ("par_bool", "yes"),
        ("INSTRUMENT", None),
    ]
    assert part[0].get("name") == "enabled" and BODY.encode() in found


def test_gzip_and_plain_are_the_same() -> None:
    assert read(gzip.compress(GOLDEN)) == read(GOLDEN)


def test_a_file_is_a_preset_with_its_plugins_state(tmp_path: Path) -> None:
    path = tmp_path / "Reeds" / "0038-Reed.XIZ"
    path.parent.mkdir()
    path.write_bytes(gzip.compress(GOLDEN))
    bank = read_bank(path)
    assert (bank.name, bank.synth, bank.plugin) == ("Reeds", "", "ZASF")
    [preset] = bank.presets
    assert (preset.name, preset.author) == ("Reed & Bow", "A. Person")
    assert preset.tags == ("wind", "reed")
    [program] = fxp.read(preset.state)
    assert program.plugin_id == b"ZASF" and program.chunk == chunk(read(GOLDEN))


def test_an_instrument_without_a_name_has_its_files(tmp_path: Path) -> None:
    """But for its place in the bank."""
    path = tmp_path / "0038-Reed 6.xiz"
    path.write_bytes(GOLDEN.replace(b"Reed &amp; Bow", b" "))
    assert read_bank(path).presets[0].name == "Reed 6"


def test_old_files_may_be_in_latin_1() -> None:
    accented = GOLDEN.replace(b"A. Person", "José".encode("latin-1"))
    assert read(accented).author == "José" == read(accented.decode("latin-1").encode()).author


def test_numbers_are_left_to_the_plugin() -> None:
    """Which limits them; a kind that it does not have is none."""
    huge = GOLDEN.replace(b'value="9"', b'value="%s"' % (b"9" * 5_000))
    assert read(huge).kind not in KINDS and b"9" * 5_000 in chunk(read(huge))


def deep(depth: int) -> bytes:
    inner = b"<a>" * depth + b"</a>" * depth
    return GOLDEN.replace(b"<INSTRUMENT_KIT>", b"<INSTRUMENT_KIT>" + inner)


def with_doctype(doctype: bytes) -> bytes:
    return GOLDEN.replace(b"<!DOCTYPE ZynAddSubFX-data>", doctype)


LAUGHS = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OTHER_FILE = b'<!DOCTYPE a SYSTEM "file:///etc/passwd">'
BOMB = gzip.compress(b" " * (MAX_XML + 1))
ROOT = b"ZynAddSubFX-data"
WHOLE = GOLDEN[GOLDEN.index(b"<INSTRUMENT>") : GOLDEN.index(b"</ZynAdd")]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "it is no XML: no element found"),
        (b"CcnK", "it is no XML: syntax error"),
        (gzip.compress(b"CcnK"), "it is no XML: syntax error"),
        (b"\x1f\x8bCcnK", "its gzip is damaged"),
        (gzip.compress(GOLDEN)[:-9], "its gzip is cut short"),
        (gzip.compress(GOLDEN)[:-8] + bytes(8), "its gzip is damaged"),
        (BOMB, "it unpacks to more than 4 MB"),
        (GOLDEN[:-40], "it is no XML: unclosed token"),
        (GOLDEN.replace(b"A. Person", b"\0"), "it is no XML: not well-formed"),
        (GOLDEN.replace(b"&amp;", b"&lol;"), "it is no XML: undefined entity"),
        (with_doctype(LAUGHS), "its DOCTYPE defines entities or names another file"),
        (with_doctype(OTHER_FILE), "its DOCTYPE defines entities or names another file"),
        (GOLDEN.replace(ROOT, b"html"), "it is the XML of 'html', not of 'ZynAddSubFX-data'"),
        (GOLDEN.replace(b"INSTRUMENT>", b"MASTER>"), "it has no INSTRUMENT with an INSTRUMENT_KIT"),
        (GOLDEN.replace(WHOLE, b"<INSTRUMENT/>"), "it has no INSTRUMENT with an INSTRUMENT_KIT"),
        (GOLDEN.replace(WHOLE, 2 * WHOLE), "it has more than one INSTRUMENT"),
        (GOLDEN.replace(b'"4"', b'"9999999"'), "its version has '9999999' for a number"),
        (GOLDEN.replace(b'"4"', b'"x&quot;"'), "its version has 'x\"' for a number"),
        (deep(MAX_DEPTH), "its elements are nested more than 64 deep"),
    ],
)
def test_what_is_no_instrument_is_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(data)
    assert sentence in str(caught.value)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """What is beyond the limit never exists: 256 MB in a quarter of one."""
    packer = zlib.compressobj(wbits=31)
    block = bytes(2**24)
    packed = b"".join(packer.compress(block) for _ in range(16)) + packer.flush()
    path = tmp_path / "bomb.xiz"
    path.write_bytes(packed)
    assert format_of(path) is not None and len(packed) < MAX_XML
    with pytest.raises(ParseError, match="unpacks to more than 4 MB"):
        read_bank(path)


def test_debians_instruments_are_all_read() -> None:
    """Written by versions 1.0 to 3.0, two thirds with a blank line before the XML."""
    files = sorted(BANKS.rglob("*.xiz"))
    if not files:
        pytest.skip("ZynAddSubFX's banks are not installed: apt install zynaddsubfx-data")
    presets = [read_bank(path).presets[0] for path in files]
    assert all(preset.name and preset.state for preset in presets)
    assert len({preset.author for preset in presets}) > 20
    tags = {(path.parent.name, p.name): p.tags for path, p in zip(files, presets, strict=True)}
    assert {each: tags[each] for each in DEBIANS} == DEBIANS
    assert set(tags.values()) == {(), *DEBIANS.values()}


@given(st.binary(max_size=200), st.integers(0, len(GOLDEN)), st.booleans())
def test_any_bytes_are_read_or_refused(data: bytes, kept: int, packed: bool) -> None:
    for candidate in (data, GOLDEN[:kept] + data, GOLDEN[:kept] + data + GOLDEN[kept:]):
        try:
            read(gzip.compress(candidate) if packed else candidate)
        except ParseError as exc:
            assert str(exc)
