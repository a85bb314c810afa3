"""Where the public recordings that Starling trains on come from: file names to licence.

A card states the origin of each training file through this table; files of a user's own folder
that match none are counted as "not stated".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """One set of recordings, as its repository describes it.

    `prefix` is a regular expression for how its file names begin.
    """

    prefix: str
    repository: str
    licence: str
    attribution: str


SOURCES = (
    Source(
        "tr808-fischer_",
        "https://github.com/tidalcycles/sounds-tr808-fischer",
        "CC0-1.0",
        "Michael Fischer, 1994",
    ),
    Source(
        "oramics-",
        "https://github.com/oramics/sampled (DM: CR-78, LM-2, MRK-2, TR-505)",
        "public domain (README of each machine)",
        "oramics/sampled",
    ),
    Source(
        "smpldsnds-",
        "https://github.com/smpldsnds/drum-machines",
        "public domain (README, without further provenance)",
        "smpldsnds/drum-machines",
    ),
    Source(
        "samplepi_",
        "https://github.com/alex-esc/sample-pi",
        "CC0-1.0",
        "samples of Sonic Pi, from Freesound (credits in the repository)",
    ),
    Source(
        "gogodze_",
        "https://github.com/sfzinstruments/karoryfer.gogodze-phu-vol-ii",
        "CC0-1.0",
        "Karoryfer Lecolds, 2018",
    ),
    Source(
        "[BFI]_[A-Z]{3}[0-9]{2}_(EU|MC)_[FM][IN]_[A-Z]{3}[0-9]{2}_",
        "https://zenodo.org/records/4008297",
        "CC-BY-4.0",
        "CatMeows: L. A. Ludovico, S. Ntalampiras, G. Presti, S. Cannas, M. Battini, S. Mattiello, "
        "doi:10.5281/zenodo.4008297",
    ),
    Source(
        "naev_zeropage_",
        "naev-data 0.8.2 (music of the game Naev)",
        "CC-BY-3.0",
        "Zeropage",
    ),
    Source(
        "sectoid_guitar_",
        "fretsonfire-songs-sectoid 1.dfsg-3.1",
        "MIT",
        "Carlos Viola Iborra (Sectoid)",
    ),
    Source(
        "blanket_boat$",
        "https://github.com/rafaelmardojai/blanket",
        "CC0-1.0",
        "Falcet / Porrumentzio",
    ),
    Source(
        "blanket_rain$",
        "https://github.com/rafaelmardojai/blanket",
        "CC BY",
        "alex36917 / Porrumentzio",
    ),
    Source(
        "blanket_waves$",
        "https://github.com/rafaelmardojai/blanket",
        "CC BY",
        "Luftrum / Porrumentzio",
    ),
    Source(
        "mac_waves$",
        "https://github.com/jtgsystems/modern-alarm-clock",
        "CC0-1.0",
        "Profispiesser (Freesound 550915)",
    ),
    Source(
        "weresax_",
        "https://github.com/sfzinstruments/karoryfer.weresax",
        "CC0-1.0",
        "Karoryfer Samples (D. Smolken)",
    ),
    Source(
        "spaceaudio_(cassini|juno|van-allen|voyager1)-",
        "https://github.com/lekernelpanic/pound-probe (space-audio.org)",
        "CC-BY-3.0",
        "NASA and The University of Iowa",
    ),
    Source(
        "spaceaudio_parker-",
        "https://github.com/lekernelpanic/pound-probe",
        "public domain (NASA)",
        "NASA's Scientific Visualization Studio",
    ),
    Source(
        "spaceaudio_perseverance-",
        "https://github.com/lekernelpanic/pound-probe",
        "public domain (NASA)",
        "NASA/JPL-Caltech/LANL/CNES/CNRS/ISAE-Supaero",
    ),
    Source(
        "spaceaudio_soho-",
        "https://github.com/lekernelpanic/pound-probe",
        "public domain (NASA)",
        "NASA Goddard Space Flight Center",
    ),
    Source(
        "nps_glacier-bay-humpback",
        "https://github.com/librosa/data",
        "public domain (US National Park Service)",
        "NPS - Chris Gabriele",
    ),
    Source(
        "noixer_",
        "https://github.com/abetusk/noixer",
        "CC0-1.0",
        "noixer, from Freesound (credits in the repository)",
    ),
    Source(
        "alex-hum-",
        "https://github.com/generative-music/samples-alex-bainter",
        "MIT",
        "Alex Bainter; Copyright (c) 2020 generative-music",
    ),
    Source(
        "vcsl-",
        "https://github.com/generative-music/samples-alex-bainter",
        "CC0-1.0",
        "Versilian Community Sample Library",
    ),
    Source(
        "vsco2-",
        "https://github.com/generative-music/samples-alex-bainter",
        "CC0-1.0",
        "Versilian Studios (VSCO 2 CE)",
    ),
)
NOT_STATED = Source("", "not stated", "not stated", "not stated")


def source_of(stem: str) -> Source:
    """The source whose names begin as this file's.

    >>> source_of("gogodze_ks-vl1-rr1").licence
    'CC0-1.0'
    """
    return next((source for source in SOURCES if re.match(source.prefix, stem)), NOT_STATED)


def attribution(stems: Iterable[str]) -> list[dict[str, str | int]]:
    """One entry per source with its number of files, for the card."""
    counts = Counter(source_of(stem) for stem in stems)
    return [
        {**asdict(source), "files": count}
        for source, count in sorted(counts.items(), key=lambda pair: pair[0].prefix)
    ]
