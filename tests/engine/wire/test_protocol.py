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
    check_request,
)
from starling.models.errors import InputError


def code_of(address: str, values: list[Value]) -> str:
    with pytest.raises(InputError) as caught:
        check_request(address, values)
    return caught.value.code


def test_every_verb_has_a_handler_but_hello_which_the_session_answers() -> None:
    assert set(HANDLERS) == set(VERB) - {"hello"}


def test_every_code_of_the_table_is_explained() -> None:
    named = {code for verb in VERBS for code in (*COMMON_FAILS, *verb.fails)}
    assert named == set(CODES)


def test_names_are_unique_and_types_known() -> None:
    assert len(VERB) == len(VERBS)
    for verb in VERBS:
        for fields in (verb.takes, verb.repeats, verb.items, verb.returns):
            assert len({field.name for field in fields}) == len(fields)
            assert {field.type for field in fields} <= set(TYPES)


def test_a_request_gets_its_fields_by_name() -> None:
    request = check_request("/starling/generate", [5, "drums", 9, "kind", 1, "decay", 0.5])
    assert (request.verb, request.req) == ("generate", 5)
    assert request.args == {"model": "drums", "seed": 9}
    assert request.repeats == (("kind", 1.0), ("decay", 0.5))


def test_arguments_of_a_newer_client_are_ignored() -> None:
    assert check_request("/starling/cancel", [5, 4, "later", 1.0]).args == {"target": 4}


@pytest.mark.parametrize("address", ["/other/ping", "/starling/", "/starling/dance", "ping", ""])
def test_an_unknown_verb_is_refused(address: str) -> None:
    assert code_of(address, [1]) == "unknown_verb"


@pytest.mark.parametrize(
    ("address", "values"),
    [
        ("/starling/ping", []),
        ("/starling/ping", ["1"]),
        ("/starling/ping", [1.0]),
        ("/starling/ping", [True]),
        ("/starling/cancel", [1]),
        ("/starling/cancel", [1, "2"]),
        ("/starling/release", [1, b"blob"]),
        ("/starling/generate", [1, "drums", 2.5]),
        ("/starling/generate", [1, "drums", 2, "kind"]),
        ("/starling/generate", [1, "drums", 2, "kind", "high"]),
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
        assert list(request.args) == [field.name for field in VERB[verb].takes]
