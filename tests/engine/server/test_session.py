"""The session is pure: every rule is shown with plain values, no socket and no clock."""

import hashlib
import hmac
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
    is_proven,
    progressed,
    received,
    shown,
    ticked,
)
from starling.engine.wire.codec import decode, encode_done, encode_progress
from starling.engine.wire.proof import Proof
from starling.engine.wire.protocol import SILENT_S, Request, Value
from starling.engine.wire.requests import (
    ByeRequest,
    CancelRequest,
    ExportRequest,
    HelloRequest,
    PingRequest,
)

NEW = ServerState("token", b"key", (2, "0.1.0", "/inbox"))
SECRET = "089c386a9149b5cce5972bfe0f05c8d6"  # HMAC-SHA256 of "0" with b"key", the first 128 bits
ME, OTHER = ("127.0.0.1", 5000), ("127.0.0.1", 5001)
EXPORTS: dict[tuple[int, int], Request] = {}
ANSWER = (encode_done(2, "export", "/a.fxp"),)


def hello(protocol: int = 2, req: int = 1) -> Request:
    return HelloRequest(req, "token", protocol, "daw")


def export(req: int = 2, preset: int = 5) -> Request:
    """The very same object for the same values."""
    return EXPORTS.setdefault((req, preset), ExportRequest(req, preset))


def said(actions: tuple[Action, ...]) -> list[tuple[str, list[Value]]]:
    """The messages that actions send, decoded."""
    sent = [each for each in actions if isinstance(each, Send)]
    return [decode(datagram)[0] for each in sent for datagram in each.datagrams]


def joined() -> ServerState:
    return received(NEW, ME, hello(), now=10)[0]


def test_hello_is_answered_with_the_welcome() -> None:
    state, actions = received(NEW, ME, hello(), now=10)
    assert actions[0] == Joined(ME, "daw")
    assert said(actions) == [("/starling/done", [1, "hello", 2, "0.1.0", "/inbox", SECRET])]
    assert state.clients[ME].seen == 10


def test_only_the_token_opens_a_session() -> None:
    assert is_proven(NEW, ME, Proof(True, b"token"))
    for given in (b"", b"tokem", b"token ", b"tok", SECRET.encode()):
        assert not is_proven(NEW, ME, Proof(True, given))


def test_only_the_secret_of_its_address_is_served() -> None:
    state = joined()
    assert is_proven(state, ME, Proof(False, SECRET.encode()))
    for given in (b"", b"token", SECRET[:-1].encode(), SECRET.upper().encode()):
        assert not is_proven(state, ME, Proof(False, given))
    assert not is_proven(state, OTHER, Proof(False, SECRET.encode()))
    assert not is_proven(NEW, ME, Proof(False, b""))


def test_each_session_has_another_secret_that_the_key_alone_tells() -> None:
    assert hmac.new(b"key", b"0", hashlib.sha256).hexdigest().startswith(SECRET)
    state = joined()
    for req in range(2, 9):
        state, _ = received(state, OTHER, hello(req=req), now=11)
        state, _ = received(state, ME, hello(req=req), now=11)
    secrets = [state.clients[ME].secret, state.clients[OTHER].secret, SECRET]
    assert len(set(secrets)) == 3
    other_key = replace(NEW, key=b"kez")
    assert received(other_key, ME, hello(), now=0)[0].clients[ME].secret != SECRET


def test_another_protocol_is_refused_with_what_to_update() -> None:
    for protocol, older in ((1, "plugin"), (3, "engine")):
        state, actions = received(NEW, ME, hello(protocol=protocol), now=0)
        assert not state.clients
        assert f"update the {older}" in str(said(actions)[0][1][3])


def test_without_hello_nothing_is_served() -> None:
    state, actions = received(NEW, ME, export(), now=0)
    assert (state, actions) == (NEW, ())


def test_a_request_starts_work_for_its_client() -> None:
    state, actions = received(joined(), ME, export(), now=11)
    assert actions == (Start(ME, export()),)
    assert state.clients[ME].seen == 11


def test_a_request_repeated_while_it_runs_gets_its_progress_only() -> None:
    state, _ = received(joined(), ME, export(), now=11)
    state, _ = progressed(state, ME, export(), 0.5, "half")
    state, actions = received(state, ME, export(), now=12)
    assert said(actions) == [("/starling/progress", [2, 0.5, "half"])]
    assert len(actions) == 1


def test_progress_that_is_not_told_is_remembered() -> None:
    state, _ = received(joined(), ME, export(), now=11)
    state, actions = progressed(state, ME, export(), 0.75, "more", send=False)
    assert actions == ()
    assert said(received(state, ME, export(), now=12)[1]) == [
        ("/starling/progress", [2, 0.75, "more"])
    ]


def test_a_request_repeated_afterwards_gets_the_same_answer_without_work() -> None:
    state, _ = received(joined(), ME, export(), now=11)
    state, actions = finished(state, ME, export(), ANSWER)
    assert actions == (Send(ME, ANSWER),)
    state, actions = received(state, ME, export(), now=12)
    assert actions == (Send(ME, ANSWER),)


def test_an_item_is_sent_while_its_request_runs_and_again_to_who_asks_again() -> None:
    preview = encode_progress(2, 0.5, "stands for an item")
    state, _ = received(joined(), ME, export(), now=11)
    _, actions = shown(state, ME, export(), preview)
    assert actions == (Send(ME, (preview,)),)
    state, actions = finished(state, ME, export(), ANSWER, earlier=(preview,))
    assert actions == (Send(ME, ANSWER),)
    assert shown(state, ME, export(), preview) == (state, ()), "it has ended"
    _, actions = received(state, ME, export(), now=12)
    assert actions == (Send(ME, (preview, *ANSWER)),)


def test_a_request_id_used_for_something_else_is_refused() -> None:
    running, _ = received(joined(), ME, export(), now=11)
    ended, _ = finished(running, ME, export(), ANSWER)
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
    state, _ = finished(state, ME, ping, (encode_done(2, "ping", 1.0),))
    _, actions = received(state, ME, ping, now=12)
    assert actions == (Start(ME, ping),)


def test_only_the_last_answers_are_kept() -> None:
    state = joined()
    for req in range(2, CACHED_REPLIES + 10):
        state, _ = received(state, ME, export(req), now=11)
        state, _ = finished(state, ME, export(req), ANSWER)
    assert len(state.clients[ME].finished) == CACHED_REPLIES
    assert received(state, ME, export(2), now=12)[1] == (Start(ME, export(2)),)


def test_the_same_hello_again_forgets_answers_but_not_what_runs() -> None:
    state, _ = received(joined(), ME, export(2), now=11)
    state, _ = finished(state, ME, export(), ANSWER)
    state, _ = received(state, ME, export(3), now=11)
    state, actions = received(state, ME, hello(), now=12)
    assert not state.clients[ME].finished
    assert set(state.clients[ME].running) == {3}
    assert state.clients[ME].secret == SECRET
    assert said(actions) == [("/starling/done", [1, "hello", 2, "0.1.0", "/inbox", SECRET])]
    assert len(actions) == 1


def test_another_hello_from_the_same_port_ends_the_session_before() -> None:
    state, _ = received(joined(), ME, export(), now=11)
    state, actions = received(state, ME, hello(req=7), now=12)
    assert actions[:2] == (Dropped(ME, "daw", "another has its port"), Joined(ME, "daw"))
    assert not state.clients[ME].running
    assert not is_proven(state, ME, Proof(False, SECRET.encode()))


def test_what_a_session_began_is_no_answer_to_the_next_one_s_equal_request() -> None:
    first, second = ExportRequest(2, 5), ExportRequest(2, 5)
    state, _ = received(joined(), ME, first, now=11)
    state, _ = received(state, ME, hello(req=7), now=12)
    state, _ = received(state, ME, second, now=13)
    assert finished(state, ME, first, ANSWER) == (state, ())
    assert progressed(state, ME, first, 0.5, "half") == (state, ())
    assert finished(state, ME, second, ANSWER)[1] == (Send(ME, ANSWER),)


def test_a_bye_is_answered_once_and_ends_the_session() -> None:
    state, _ = received(joined(), OTHER, hello(), now=10)
    state, _ = received(state, ME, export(), now=11)
    state, actions = received(state, ME, ByeRequest(3), now=12)
    assert said(actions) == [("/starling/done", [3, "bye"])]
    assert actions[-1] == Dropped(ME, "daw", "it said goodbye")
    assert set(state.clients) == {OTHER}
    assert not is_proven(state, ME, Proof(False, SECRET.encode()))
    assert received(state, ME, ByeRequest(3), now=12) == (state, ())


def test_a_silent_client_is_dropped_and_a_pinging_one_is_not() -> None:
    assert DROP_S > SILENT_S
    state, _ = received(joined(), OTHER, hello(), now=10 + DROP_S)
    state, actions = ticked(state, now=10.1 + DROP_S)
    assert actions == (Dropped(ME, "daw", "it fell silent"),)
    assert set(state.clients) == {OTHER}
    assert ticked(state, now=10.2 + DROP_S) == (state, ())


def test_news_for_a_client_that_has_gone_is_dropped() -> None:
    state, _ = received(joined(), ME, export(), now=11)
    gone = replace(state, clients={})
    assert progressed(gone, ME, export(), 0.5, "half") == (gone, ())
    assert finished(gone, ME, export(), ANSWER) == (gone, ())
    assert finished(state, ME, export(99), ANSWER) == (state, ())


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
    state, _ = finished(state, ME, export(), ANSWER)
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
    state, _ = finished(state, ME, export(), ANSWER)
    assert received(state, ME, export(9999), now=14)[1] == (Start(ME, export(9999)),)
