"""What a verb of the wire is made of; the verbs themselves stand in `verbs`. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """One typed argument: `type` is an OSC 1.0 tag, i f s or b."""

    name: str
    type: str
    text: str


@dataclass(frozen=True, slots=True)
class Verb:
    """A request and everything that may come back for it."""

    name: str
    text: str
    takes: tuple[Field, ...] = ()
    repeats: tuple[Field, ...] = ()  # a group that may follow any number of times
    group: str = ""  # what a request calls the groups that followed
    items: tuple[Field, ...] = ()  # what each /starling/item carries after req and index
    returns: tuple[Field, ...] = ()  # what /starling/done carries after req and verb
    fails: tuple[str, ...] = ()  # codes beside COMMON_FAILS
