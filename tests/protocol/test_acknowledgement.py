"""The first frames of a connection: M, A or H, and what may come before and right after them."""

import uuid
from contextlib import suppress

import pytest

from frames import BINARY, CLOSE, PING, TEXT, frame
from neffos import Message, message
from server import NATIVE, PROBES

CONNECT = message("$1", "default", "", "_OnNamespaceConnect")
ECHO = message("$2", "default", "", "echo", "hi")


def test_the_answer_carries_an_uuid(server):
    first, second = server.client(), server.client()
    assert uuid.UUID(first.id).version == 4
    assert str(uuid.UUID(first.id)) == first.id
    assert first.id != second.id


def test_the_server_says_nothing_before_the_client_does(server):
    assert server.websocket().is_silent()


def test_frames_before_it_are_handled_after_it(server):
    client = server.websocket()
    client.send(CONNECT)
    client.send(ECHO)
    assert client.is_silent()
    client.send("M")
    assert client.text().startswith("A")
    assert client.text() == "$1;;;;;;"
    assert client.text().startswith(";default;;welcome;0;0;")
    assert client.text() == ECHO


def test_frames_in_one_write_with_it_are_handled_after_it(server):
    client = server.websocket()
    client.stream.send(frame(TEXT, CONNECT) + frame(TEXT, "M") + frame(TEXT, ECHO))
    assert client.text().startswith("A")
    assert client.text() == "$1;;;;;;"
    assert client.text().startswith(";default;;welcome;0;0;")
    assert client.text() == ECHO


def test_empty_frames_are_ignored(server):
    client = server.websocket()
    for opcode in (TEXT, BINARY):
        client.stream.send(frame(opcode))
    client.send("M")
    assert client.text().startswith("A")
    for opcode in (TEXT, BINARY):
        client.stream.send(frame(opcode))
    client.send(CONNECT)
    assert client.text() == "$1;;;;;;"


def flood(client, piece: bytes, count: int) -> None:
    """Sends without reading, until all is sent or the server has had enough."""
    batch = max(1, 100_000 // len(piece))
    with suppress(ConnectionError):
        for _ in range(0, count, batch):
            client.stream.send(piece * batch)


def test_what_waits_for_it_is_bounded(server):
    client = server.websocket()
    before = server.resident_bytes()
    flood(client, frame(TEXT, message("", "default", "", "echo", "b" * 60_000)), 500)
    assert client.until_closed()[0] != 1000
    if not server.is_sanitized():
        assert server.resident_bytes() - before < 32 << 20


def test_many_small_frames_before_it_are_bounded_too(server):
    client = server.websocket()
    flood(client, frame(TEXT, ";default;;echo;0;0;"), 100_000)
    assert client.until_closed()[0] != 1000


@pytest.mark.parametrize("said", [[], [ECHO], [""], ["A"], ["MM"], ["m"]], ids=str)
def test_without_it_the_connection_is_closed(start, said):
    client = start(acknowledge_timeout_ms=400).websocket()
    for text in said:
        client.send(text)
    code, _ = client.until_closed()
    assert code != 1000


def test_pings_do_not_stand_for_it(start):
    client = start(acknowledge_timeout_ms=400).websocket()
    client.ping(b"here")
    code, _ = client.until_closed()
    assert code != 1000


def test_with_it_the_connection_outlives_the_time_limit(start):
    client = start(acknowledge_timeout_ms=300).client("default")
    assert client.is_silent(0.1) is False  # the welcome
    assert client.is_silent(0.8)
    assert client.ask("default", "echo", "still here") == "still here"


# --- Refused

STRICT = """
[namespace.admin]
plugin = "gate"
config = { tokens = { sesame = "ali" }, admins = ["ali"], anonymous = false }
"""


@pytest.mark.parametrize("path, text", [("/", "token required"), ("/?token=nonsense", "bad token")])
def test_a_hook_refuses_with_its_text_and_1008(start, path, text):
    client = start(STRICT).websocket(path)
    client.send("M")
    assert client.text() == "H" + text
    assert client.receive().close_code == 1008


def test_a_refusal_closes_with_1008(start):
    client = start(STRICT).websocket()
    client.send("M")
    assert client.until_closed()[0] == 1008


def test_what_waits_behind_a_refused_one_is_dropped(start):
    client = start(STRICT).websocket(first=frame(TEXT, "M") + frame(TEXT, CONNECT))
    assert client.text() == "Htoken required"
    assert client.receive().opcode == CLOSE


def test_a_hook_accepts_who_it_knows(start):
    client = start(STRICT, headers=["X-Token"]).client("admin", headers={"X-Token": "sesame"})
    assert client.ask("admin", "whoami") == "ali"


# --- The ping barrier: a client must have handled A, or a connect answer, before it sees more


def frames_until_silence(client) -> list[tuple[int, bytes]]:
    client.answers_pings, found = False, []
    try:
        while True:
            each = client.next(0.3)
            found.append((each.opcode, each.payload))
    except TimeoutError:
        return found


def test_what_follows_the_acknowledgement_waits_for_a_pong(start):
    client = start(PROBES).websocket("/?force=probe")
    client.send("M")
    (opcode, accepted), (ping, payload) = frames_until_silence(client)
    assert opcode == TEXT and accepted[:1] == b"A"
    assert ping == PING
    client.pong(payload)
    assert Message.parse(client.next().payload).event == "_OnNamespaceConnect"


def test_its_own_words_show_that_a_client_has_handled_the_answer(server):
    client = server.client()
    client.answers_pings = False
    client.send(CONNECT)
    assert client.next().text == "$1;;;;;;"
    assert client.next().opcode == PING
    client.send(ECHO)
    assert client.next().text == f";default;;welcome;0;0;{client.id}"
    assert client.next().text == ECHO


def test_what_follows_a_connect_answer_waits_for_a_pong(server):
    client = server.client()
    client.send(CONNECT)
    (opcode, answer), (ping, payload) = frames_until_silence(client)
    assert (opcode, answer) == (TEXT, b"$1;;;;;;")
    assert ping == PING
    client.pong(payload)
    assert client.next().text == f";default;;welcome;0;0;{client.id}"


def test_nothing_to_hold_back_needs_no_ping(server):
    client = server.client()
    client.send(message("$1", "chat", "", "_OnNamespaceConnect"))
    assert frames_until_silence(client) == [(TEXT, b"$1;;;;;;")]


def test_order_is_kept_through_the_barrier(server):
    client = server.websocket()
    asks = [message(f"$1{n}", "default", "", "echo", str(n)) for n in range(50)]
    client.stream.send(b"".join(frame(TEXT, each) for each in ["M", CONNECT, *asks]))
    assert client.text().startswith("A")
    assert client.text() == "$1;;;;;;"
    assert ";welcome;" in client.text()
    assert [client.text() for _ in range(50)] == asks


def test_who_never_answers_the_ping_is_closed(start):
    server = start(pong_timeout_ms=400, ping_interval_ms=60_000)
    client = server.client()
    client.answers_pings = False
    client.send(CONNECT)
    assert client.text() == "$1;;;;;;"
    client.until_closed()


def test_what_is_held_for_who_never_answers_the_ping_is_bounded(start):
    server = start(send_queue_bytes=256 << 10, pong_timeout_ms=60_000, ping_interval_ms=60_000)
    client = server.client()
    client.answers_pings = False
    client.send(CONNECT)
    assert client.text() == "$1;;;;;;"
    before = server.resident_bytes()
    flood(client, frame(TEXT, message("", "default", "", "echo", "b" * 50_000)), 500)
    assert client.until_closed()[0] in (3008, 1006)
    if not server.is_sanitized():
        assert server.resident_bytes() - before < 32 << 20


# --- Without neffos


def test_the_native_namespace_alone_needs_none(native):
    client = native.websocket(first=frame(TEXT, "M"))
    assert client.text() == "M"


def test_the_native_namespace_among_others_needs_it(start):
    client = start(NATIVE, '[namespace.default]\nplugin = "echo"\n').client("")
    client.send("no message at all")
    assert client.text() == "no message at all"
    client.send(b"\xff\x00")
    assert client.binary() == b"\xff\x00"


def test_the_pong_of_an_idle_ping_lifts_no_barrier(start):
    client = start(ping_interval_ms=300).client()
    client.answers_pings = False
    idle = client.next()
    assert idle.opcode == PING and idle.payload
    client.send(CONNECT)
    assert client.text() == "$1;;;;;;"
    barrier = client.next()
    assert barrier.opcode == PING and barrier.payload not in (b"", idle.payload)
    client.pong(idle.payload)
    assert client.is_silent()
    assert client.pings == [], "one ping is on its way already"
    client.pong(barrier.payload)
    assert client.text().startswith(";default;;welcome;0;0;")


def test_the_pong_of_an_earlier_barrier_lifts_no_later_one(start):
    client = start(PROBES).client(path="/?push=1")
    client.answers_pings = False
    client.send(message("$1", "probe", "", "_OnNamespaceConnect"))
    assert client.text() == "$1;;;;;;"
    earlier = client.next()
    client.send(message("$2", "probe", "", "echo", "its own words"))  # which lift it without a pong
    assert client.text().startswith(";probe;;pushed;")
    assert client.text() == "$2;probe;;echo;0;0;its own words"
    client.send(message("$3", "other", "", "_OnNamespaceConnect"))
    assert client.text() == "$3;;;;;;"
    later = client.next()
    assert (earlier.opcode, later.opcode) == (PING, PING)
    client.pong(earlier.payload)
    assert client.is_silent()
    client.pong(later.payload)
    assert client.text().startswith(";other;;pushed;")
