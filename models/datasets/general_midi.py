"""Which drum a key plays: the General MIDI percussion map, and the titles of the classes."""

from __future__ import annotations

FIRST_KEY, LAST_KEY = 35, 81  # the range General MIDI level 1 defines

_KEYS: dict[str, tuple[int, ...]] = {
    "kick": (35, 36),
    "snare": (38, 40),
    "rim": (37,),
    "clap": (39,),
    "hat_closed": (42, 44),
    "hat_open": (46,),
    "tom": (41, 43, 45, 47, 48, 50),
    "cymbal": (49, 51, 52, 53, 55, 57, 59),
    "cowbell": (56,),
}
_OTHER = "perc"  # every other key

TITLES = {
    "kick": "Kick",
    "snare": "Snare",
    "hat_closed": "Closed hat",
    "hat_open": "Open hat",
    "tom": "Tom",
    "clap": "Clap",
    "cymbal": "Cymbal",
    "cowbell": "Cowbell",
    "rim": "Rim",
    "perc": "Percussion",
}


def class_of(key: int) -> str:
    """Name of the drum class for a MIDI key 0..127.

    >>> class_of(38), class_of(46), class_of(0)
    ('snare', 'hat_open', 'perc')
    """
    return next((name for name, keys in _KEYS.items() if key in keys), _OTHER)


def order(classes: tuple[str, ...]) -> tuple[str, ...]:
    """Known drums in the order of TITLES, then any others by name."""
    known = [name for name in TITLES if name in classes]
    return (*known, *sorted(name for name in classes if name not in TITLES))


def title(name: str) -> str:
    """What a menu shows for a class: its drum title, or the folder's name made readable."""
    return TITLES.get(name, name.replace("_", " ").capitalize())


def key_table(classes: tuple[str, ...]) -> tuple[int, ...]:
    """Class index for each of the 128 keys.

    A drum the model lacks falls to its percussion; without that, keys go to the classes in turn.
    """
    places = {name: index for index, name in enumerate(classes)}
    return tuple(
        places.get(class_of(key), places.get(_OTHER, key % len(classes))) for key in range(128)
    )
