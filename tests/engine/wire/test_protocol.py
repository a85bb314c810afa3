from dataclasses import asdict, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starling.engine.server.handlers import HANDLERS
from starling.engine.wire.protocol import (
    CODES,
    COMMON_FAILS,
    TYPES,
    VERB,
    VERBS,
    Value,
    Verb,
    check_request,
)
from starling.engine.wire.requests import CancelRequest, GenerateRequest, VaryRequest
from starling.models.errors import InputError


def code_of(address: str, values: list[Value]) -> str:
    with pytest.raises(InputError) as caught:
        check_request(address, values)
    return caught.value.code


def test_every_verb_has_a_handler_but_those_that_the_session_answers() -> None:
    assert set(HANDLERS) == set(VERB) - {"hello", "bye"}


def test_every_code_of_the_table_is_explained() -> None:
    named = {code for verb in VERBS for code in (*COMMON_FAILS, *verb.fails)}
    assert named == set(CODES)


def test_names_are_unique_and_types_known() -> None:
    assert len(VERB) == len(VERBS)
    for verb in VERBS:
        for group in (verb.takes, verb.repeats, verb.items, verb.returns):
            assert len({field.name for field in group}) == len(group)
            assert {field.type for field in group} <= set(TYPES)
        assert not {"req", "verb", verb.group} & {field.name for field in verb.takes}
        assert bool(verb.group) == bool(verb.repeats)


def test_a_request_gets_its_fields_by_name() -> None:
    request = check_request("/starling/generate", ["hush", 5, "drums", 9, "kind", 1, "decay", 0.5])
    assert (request.verb, request.req) == ("generate", 5)
    assert request == GenerateRequest(5, "drums", 9, (("kind", 1.0), ("decay", 0.5)))


def test_requests_of_two_verbs_differ_though_their_fields_are_equal() -> None:
    assert check_request("/starling/status", ["hush", 1]) != check_request(
        "/starling/models", ["hush", 1]
    )


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_each_class_of_requests_has_the_fields_of_its_verb(verb: Verb) -> None:
    sample = {"i": 7, "f": 0.5, "s": "text", "b": b"blob"}
    names = [field.name for field in (*verb.takes, *verb.repeats)]
    values = [sample[field.type] for field in (*verb.takes, *verb.repeats)]
    head: list[Value] = [3] if verb.opens else ["hush", 3]
    request = check_request(f"/starling/{verb.name}", [*head, *values])
    repeated = {verb.group: (tuple(values[len(verb.takes) :]),)} if verb.repeats else {}
    single = dict(zip(names[: len(verb.takes)], values, strict=False))
    assert request.verb == verb.name
    assert asdict(request) == {"req": 3, **single, **repeated}


def test_whole_numbers_become_floats_where_the_table_says_so() -> None:
    request = check_request("/starling/vary", ["hush", 1, "{}", 1, 8, 0])
    assert request == VaryRequest(1, "{}", 1.0, 8, 0)
    assert isinstance(request, VaryRequest) and isinstance(request.amount, float)


@pytest.mark.parametrize(
    ("address", "values", "sentence"),
    [
        ("/starling/ping", [1], "ping: secret must be a string, got 1"),
        ("/starling/ping", ["hush"], "ping: req must be an int32, got None"),
        ("/starling/ping", ["hush", True], "ping: req must be an int32, got True"),
        (
            "/starling/vary",
            ["hush", 1, "{}"],
            "vary takes recipe:s, amount:f, count:i, seed:i after the request id, got 1 arguments",
        ),
        ("/starling/vary", ["hush", 1, 2, 0.5, 8, 0], "vary: recipe must be a string, got 2"),
        ("/starling/vary", ["hush", 1, "{}", "x", 8, 0], "vary: amount must be a float32, got 'x'"),
        (
            "/starling/turn",
            ["hush", 1, "{}", "decay"],
            "turn: arguments at the end come in groups of control value",
        ),
        (
            "/starling/turn",
            ["hush", 1, "{}", "decay", "x", "kind"],
            "turn: arguments at the end come in groups of control value",
        ),
        ("/starling/turn", ["hush", 1, "{}", 1, 2], "turn: control must be a string, got 1"),
    ],
)
def test_the_sentence_names_the_argument(address: str, values: list[Value], sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        check_request(address, values)
    assert str(caught.value) == sentence


def test_arguments_of_a_newer_client_are_ignored() -> None:
    assert check_request("/starling/cancel", ["hush", 5, 4, "later", 1.0]) == CancelRequest(5, 4)


@pytest.mark.parametrize("address", ["/other/ping", "/starling/", "/starling/dance", "ping", ""])
def test_an_unknown_verb_is_refused(address: str) -> None:
    assert code_of(address, [1]) == "unknown_verb"


@pytest.mark.parametrize(
    ("address", "values"),
    [
        ("/starling/ping", []),
        ("/starling/ping", [1]),
        ("/starling/ping", ["hush"]),
        ("/starling/ping", ["hush", "1"]),
        ("/starling/ping", ["hush", 1.0]),
        ("/starling/ping", ["hush", True]),
        ("/starling/cancel", ["hush", 1]),
        ("/starling/cancel", ["hush", 1, "2"]),
        ("/starling/release", ["hush", 1, b"blob"]),
        ("/starling/generate", ["hush", 1, "drums", 2.5]),
        ("/starling/generate", ["hush", 1, "drums", 2, "kind"]),
        ("/starling/generate", ["hush", 1, "drums", 2, "kind", "high"]),
    ],
)
def test_wrong_arguments_are_refused(address: str, values: list[Value]) -> None:
    assert code_of(address, values) == "bad_arguments"


ANY = st.one_of(st.integers(), st.floats(), st.text(), st.binary(), st.booleans(), st.none())


@given(st.sampled_from(sorted(VERB)), st.lists(ANY, max_size=8))
def test_any_arguments_are_checked_or_refused(verb: str, values: list[Value]) -> None:
    try:
        request = check_request(f"/starling/{verb}", values)
    except InputError as exc:
        assert exc.code == "bad_arguments"
    else:
        takes = [field.name for field in VERB[verb].takes]
        assert [field.name for field in fields(request)][1 : len(takes) + 1] == takes
