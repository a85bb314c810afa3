"""The session is pure: every rule is shown with plain values, no socket and no clock."""

from dataclasses import replace

from starling.engine.server.session import (
    CACHED_REPLIES,
    DROP_S,
    MOST_RUNNING,
    Action,
    Dropped,
    Joined,
    Send,
    ServerState,
    Start,
    finished,
    progressed,
    received,
    shown,
    ticked,
)
from starling.engine.wire.codec import decode, encode_done, encode_progress
from starling.engine.wire.protocol import SILENT_S, Request, Value
from starling.engine.wire.requests import CancelRequest, ExportRequest, HelloRequest, PingRequest

NEW = ServerState("secret", (1, "0.1.0", "/inbox"))
ME, OTHER = ("127.0.0.1", 5000), ("127.0.0.1", 5001)
ANSWER = (encode_done(2, "export", "/a.fxp"),)


def hello(token: str = "secret", protocol: int = 1, req: int = 1) -> Request:
    return HelloRequest(req, token, protocol, "daw")


def export(req: int = 2, preset: int = 5) -> Request:
    return ExportRequest(req, preset)


def said(actions: tuple[Action, ...]) -> list[tuple[str, list[Value]]]:
    """The messages that actions send, decoded."""
    sent = [each for each in actions if isinstance(each, Send)]
    return [decode(datagram)[0] for each in sent for datagram in each.datagrams]


def joined() -> ServerState:
    return received(NEW, ME, hello(), now=10)[0]


def test_hello_is_answered_with_the_welcome() -> None:
    state, actions = received(NEW, ME, hello(), now=10)
    assert actions[0] == Joined(ME, "daw")
    assert said(actions) == [("/starling/done", [1, "hello", 1, "0.1.0", "/inbox"])]
    assert state.clients[ME].seen == 10


def test_a_wrong_token_opens_nothing() -> None:
    for token in ("", "secres", "secret ", "é" * 6):
        state, actions = received(NEW, ME, hello(token), now=0)
        assert not state.clients
        [(_, [req, verb, code, sentence])] = said(actions)
        assert (req, verb, code) == (1, "hello", "bad_token")
        assert "engine.json" in str(sentence)


def test_another_protocol_is_refused_with_what_to_update() -> None:
    for protocol, older in ((0, "plugin"), (2, "engine")):
        state, actions = received(NEW, ME, hello(protocol=protocol), now=0)
        assert not state.clients
        assert f"update the {older}" in str(said(actions)[0][1][3])


def test_without_hello_nothing_is_served() -> None:
    state, actions = received(NEW, ME, export(), now=0)
    assert state == NEW
    assert said(actions)[0][1][2] == "no_hello"


def test_a_request_starts_work_for_its_client() -> None:
    state, actions = received(joined(), ME, export(), now=11)
    assert actions == (Start(ME, export()),)
    assert state.clients[ME].seen == 11


def test_a_request_repeated_while_it_runs_gets_its_progress_only() -> None:
    state, _ = received(joined(), ME, export(), now=11)
    state, _ = progressed(state, ME, 2, 0.5, "half")
    state, actions = received(state, ME, export(), now=12)
    assert said(actions) == [("/starling/progress", [2, 0.5, "half"])]
    assert len(actions) == 1


def test_progress_that_is_not_told_is_remembered() -> None:
    state, _ = received(joined(), ME, export(), now=11)
    state, actions = progressed(state, ME, 2, 0.75, "more", send=False)
    assert actions == ()
    assert said(received(state, ME, export(), now=12)[1]) == [
        ("/starling/progress", [2, 0.75, "more"])
    ]


def test_a_request_repeated_afterwards_gets_the_same_answer_without_work() -> None:
    state, _ = received(joined(), ME, export(), now=11)
    state, actions = finished(state, ME, 2, ANSWER)
    assert actions == (Send(ME, ANSWER),)
    state, actions = received(state, ME, export(), now=12)
    assert actions == (Send(ME, ANSWER),)


def test_an_item_is_sent_while_its_request_runs_and_again_to_who_asks_again() -> None:
    preview = encode_progress(2, 0.5, "stands for an item")
    state, _ = received(joined(), ME, export(), now=11)
    _, actions = shown(state, ME, 2, preview)
    assert actions == (Send(ME, (preview,)),)
    state, actions = finished(state, ME, 2, ANSWER, earlier=(preview,))
    assert actions == (Send(ME, ANSWER),)
    assert shown(state, ME, 2, preview) == (state, ()), "it has ended"
    _, actions = received(state, ME, export(), now=12)
    assert actions == (Send(ME, (preview, *ANSWER)),)


def test_a_request_id_used_for_something_else_is_refused() -> None:
    running, _ = received(joined(), ME, export(), now=11)
    ended, _ = finished(running, ME, 2, ANSWER)
    for state in (running, ended):
        _, actions = received(state, ME, export(preset=6), now=12)
        assert said(actions)[0][1][2] == "bad_arguments"


def test_the_same_id_of_two_clients_are_two_requests() -> None:
    state, _ = received(joined(), OTHER, hello(), now=10)
    state, _ = received(state, ME, export(), now=11)
    state, actions = received(state, OTHER, export(), now=11)
    assert actions == (Start(OTHER, export()),)


def test_a_ping_is_answered_anew_each_time() -> None:
    ping = PingRequest(2)
    state, _ = received(joined(), ME, ping, now=11)
    state, _ = finished(state, ME, 2, (encode_done(2, "ping", 1.0),))
    _, actions = received(state, ME, ping, now=12)
    assert actions == (Start(ME, ping),)


def test_only_the_last_answers_are_kept() -> None:
    state = joined()
    for req in range(2, CACHED_REPLIES + 10):
        state, _ = received(state, ME, export(req), now=11)
        state, _ = finished(state, ME, req, ANSWER)
    assert len(state.clients[ME].finished) == CACHED_REPLIES
    assert received(state, ME, export(2), now=12)[1] == (Start(ME, export(2)),)


def test_hello_again_forgets_answers_but_not_what_runs() -> None:
    state, _ = received(joined(), ME, export(2), now=11)
    state, _ = finished(state, ME, 2, ANSWER)
    state, _ = received(state, ME, export(3), now=11)
    state, _ = received(state, ME, hello(), now=12)
    assert not state.clients[ME].finished
    assert set(state.clients[ME].running) == {3}


def test_a_silent_client_is_dropped_and_a_pinging_one_is_not() -> None:
    assert DROP_S > SILENT_S
    state, _ = received(joined(), OTHER, hello(), now=10 + DROP_S)
    state, actions = ticked(state, now=10.1 + DROP_S)
    assert actions == (Dropped(ME, "daw"),)
    assert set(state.clients) == {OTHER}
    assert ticked(state, now=10.2 + DROP_S) == (state, ())


def test_news_for_a_client_that_has_gone_is_dropped() -> None:
    state, _ = received(joined(), ME, export(), now=11)
    gone = replace(state, clients={})
    assert progressed(gone, ME, 2, 0.5, "half") == (gone, ())
    assert finished(gone, ME, 2, ANSWER) == (gone, ())
    assert finished(state, ME, 99, ANSWER) == (state, ())


def test_a_cancel_that_came_before_its_request_ends_it() -> None:
    state, actions = received(joined(), ME, CancelRequest(3, 2), now=11)
    assert actions == (Start(ME, CancelRequest(3, 2)),)
    for _ in range(2):  # also when it is sent again
        state, actions = received(state, ME, export(), now=12)
        assert said(actions) == [("/starling/fail", [2, "export", "cancelled", "it was cancelled"])]
    _, actions = received(state, ME, export(req=4), now=13)
    assert actions == (Start(ME, export(req=4)),)


def test_a_cancel_of_what_has_ended_is_forgotten() -> None:
    state, _ = received(joined(), ME, export(), now=11)
    state, _ = finished(state, ME, 2, ANSWER)
    state, _ = received(state, ME, CancelRequest(3, 2), now=12)
    assert state.clients[ME].early == ()


def test_a_client_has_so_many_requests_at_a_time_and_no_more() -> None:
    state = joined()
    for req in range(2, MOST_RUNNING + 2):
        state, actions = received(state, ME, export(req), now=11)
        assert actions == (Start(ME, export(req)),)
    _, actions = received(state, ME, export(9999), now=12)
    [(_, [req, verb, code, sentence])] = said(actions)
    assert (req, verb, code) == (9999, "export", "too_many_requests")
    assert "512" in str(sentence)
    state, _ = received(state, OTHER, hello(), now=12)
    assert received(state, OTHER, export(), now=13)[1] == (Start(OTHER, export()),)
    state, _ = finished(state, ME, 2, ANSWER)
    assert received(state, ME, export(9999), now=14)[1] == (Start(ME, export(9999)),)
