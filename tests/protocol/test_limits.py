"""Bounds on what one client may cost: message sizes, silence, and not reading."""

import json
import time

import pytest

from frames import CONTINUATION, PING, TEXT, frame, header
from neffos import message
from server import PROBES, eventually

MEGABYTE = 1 << 20
CHAT = '[namespace.chat]\nplugin = "chat"\n'
OVERHEAD = len(message("$1", "default", "", "echo"))


def echo_of(size: int) -> str:
    """An ask whose whole frame has this many bytes."""
    return message("$1", "default", "", "echo", "b" * (size - OVERHEAD))


# --- The size of a message


@pytest.fixture
def client(server):
    client = server.client("default")
    assert client.message().event == "welcome"
    return client


def test_a_message_of_64_kibibytes_is_accepted(client):
    client.send(echo_of(65536))
    assert client.text() == echo_of(65536)


@pytest.mark.parametrize("size", [65537, 100_000, 5_000_000])
def test_a_larger_one_closes_with_1009(client, size):
    accepted = {1009}
    try:
        client.send(echo_of(size))
    except ConnectionError:
        accepted.add(1006)  # closed while it was being sent: the close frame may be lost with the rest
    assert client.until_closed()[0] in accepted


def test_one_byte_too_many_closes_with_1009(client):
    client.send(echo_of(65537))
    assert client.until_closed()[0] == 1009


def test_the_size_is_counted_over_fragments(client):
    client.send_fragments(TEXT, *[b"b" * 16384] * 4, b"b")
    assert client.until_closed()[0] == 1009


def test_fragments_up_to_the_limit_are_accepted(client):
    whole = echo_of(65536).encode()
    client.send_fragments(TEXT, *[whole[at : at + 10_000] for at in range(0, 65536, 10_000)])
    assert client.text().encode() == whole


def test_endless_empty_fragments_do_no_harm(server, client):
    before = server.resident_bytes()
    client.stream.send(frame(TEXT, "", fin=False))
    client.stream.send(frame(CONTINUATION, "", fin=False) * 100_000)
    client.stream.send(frame(CONTINUATION, echo_of(100)))
    assert client.text() == echo_of(100)
    if not server.is_sanitized():
        assert server.resident_bytes() - before < 8 * MEGABYTE


def test_the_size_may_be_configured(start):
    client = start(max_message_bytes=1000).client("default")
    assert client.message().event == "welcome"
    client.send(echo_of(1000))
    assert client.text() == echo_of(1000)
    client.send(echo_of(1001))
    assert client.until_closed()[0] == 1009


def test_a_namespace_may_have_its_own_size(start):
    server = start(
        '[namespace.default]\nplugin = "echo"\n'
        '[namespace.small]\nplugin = "echo"\nmax_message_bytes = 1000\n'
    )
    client = server.client("default", "small")
    client.send(echo_of(2000))
    while not client.text().startswith("$1;"):
        pass
    client.send(message("$2", "small", "", "echo", "b" * 2000))
    assert client.until_closed()[0] == 1009


@pytest.mark.parametrize("size", [1 << 20, 1 << 32, 1 << 62, (1 << 63) - 1])
def test_a_huge_length_is_refused_by_its_header(server, client, size):
    before = server.resident_bytes()
    client.stream.send(header(TEXT, size, size_bytes=8) + b"keyy" + b"first bytes")
    assert client.until_closed()[0] == 1009
    if not server.is_sanitized():
        assert server.resident_bytes() - before < 8 * MEGABYTE


# --- Silence


def test_a_silent_client_is_pinged_then_closed(start):
    client = start(ping_interval_ms=600, pong_timeout_ms=600).client()
    client.answers_pings, began = False, time.monotonic()
    assert client.next().opcode == PING
    pinged = time.monotonic() - began
    assert 0.4 < pinged < 2.1
    client.until_closed()
    assert 0.4 < time.monotonic() - began - pinged < 2.1


def test_a_client_that_answers_pings_stays(start):
    client = start(ping_interval_ms=200, pong_timeout_ms=200).client("default")
    assert client.message().event == "welcome"
    assert client.is_silent(2.0)
    assert len(client.pings) >= 3
    assert client.ask("default", "echo", "still here") == "still here"


def test_a_client_that_talks_is_not_pinged(start):
    client = start(ping_interval_ms=1500, pong_timeout_ms=500).client("default")
    assert client.message().event == "welcome"
    client.pings.clear()
    for _ in range(15):
        assert client.ask("default", "echo", "x") == "x"
        time.sleep(0.2)  # the pace of a client, not a wait for anything
    assert client.pings == []


def test_unasked_pongs_are_accepted(client):
    client.pong(b"nobody asked")
    assert client.ask("default", "echo", "x") == "x"


# --- Not reading


def flood(sender, readers, room: str, count: int, size: int) -> None:
    """The sender fills the room, in step with those who read."""
    body = "f" * size
    for first in range(0, count, 20):
        for number in range(first, min(first + 20, count)):
            sender.emit("chat", "message", f"{number} {body}", room=room)
        for reader in readers:
            for number in range(first, min(first + 20, count)):
                got = reader.until(lambda each: each.event == "message")
                assert got.text.split(" ", 1)[0] == str(number)


def members(client, room: str) -> list[str]:
    return [member["id"] for member in json.loads(client.ask("chat", "who", room=room))]


@pytest.mark.parametrize("workers", [1, 3])
def test_a_slow_reader_is_closed_and_the_others_lose_nothing(start):
    server = start(CHAT, send_timeout_ms=1000)
    slow = server.client("chat", receive_buffer=4096)
    sender, *readers = (server.client("chat") for _ in range(3))
    for client in (slow, sender, *readers):
        client.join("chat", "hall")
    before, most = server.resident_bytes(), 0
    for _ in range(20):
        flood(sender, readers, "hall", count=100, size=20_000)
        most = max(most, server.resident_bytes())
    eventually(lambda: slow.id not in members(sender, "hall"), "it is a member for ever")
    flood(sender, readers, "hall", count=100, size=100)
    if not server.is_sanitized():
        assert most - before < 24 * MEGABYTE


@pytest.mark.parametrize("workers", [1])
def test_a_slow_reader_is_told_3008(start):
    server = start(PROBES)
    slow, watcher = server.client("probe", receive_buffer=4096), server.client("probe")
    arguments = json.dumps({"id": slow.id, "event": "flood", "body": "f" * 50_000})
    for _ in range(1000):
        watcher.ask("probe", "emit", arguments)
        closed = [
            entry
            for entry in json.loads(watcher.ask("probe", "journal", slow.id))
            if entry["event"] == "close"
        ]
        if closed:
            break
    assert closed, "50 MB wait for a client that reads none of it"
    assert closed[0]["status"] == 3008
    assert slow.until_closed() == (3008, "slow consumer")


def test_a_write_without_progress_is_given_up(start):
    server = start(
        CHAT, send_queue_bytes=256 * MEGABYTE, send_timeout_ms=700, ping_interval_ms=60_000
    )
    slow = server.client("chat", receive_buffer=4096)
    sender = server.client("chat")
    for client in (slow, sender):
        client.join("chat", "hall")
    flood(sender, [], "hall", count=500, size=20_000)
    eventually(lambda: slow.id not in members(sender, "hall"), "a stalled write waits for ever")


def test_a_reader_that_keeps_up_slowly_is_not_closed(start):
    server = start(CHAT, send_timeout_ms=1000)
    reader, sender = server.client("chat"), server.client("chat")
    for client in (reader, sender):
        client.join("chat", "hall")
    for _ in range(10):
        flood(sender, [], "hall", count=10, size=20_000)
        time.sleep(0.2)  # the pace of a client, not a wait for anything
        flood(sender, [], "hall", count=0, size=0)
        for _ in range(10):
            reader.until(lambda each: each.event == "message")


def test_one_who_asks_without_reading_is_bounded(start):
    server = start(ping_interval_ms=60_000, send_timeout_ms=1000)
    client = server.client("default", receive_buffer=4096)
    bystander = server.client("default")
    before, ask = server.resident_bytes(), frame(TEXT, echo_of(60_000))
    with pytest.raises(ConnectionError):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            client.stream.send(ask)
    if not server.is_sanitized():
        assert server.resident_bytes() - before < 16 * MEGABYTE
    assert bystander.ask("default", "echo", "still here") == "still here"


def test_pings_without_reading_are_bounded(start):
    server = start(ping_interval_ms=60_000)
    client = server.client("default", receive_buffer=4096)
    bystander = server.client("default")
    before, batch = server.resident_bytes(), frame(PING, b"p" * 125) * 500
    client.stream.socket.settimeout(2)
    try:
        for _ in range(500):
            client.stream.socket.sendall(batch)
    except (ConnectionError, TimeoutError):
        pass
    if not server.is_sanitized():
        assert server.resident_bytes() - before < 16 * MEGABYTE
    assert bystander.ask("default", "echo", "still here") == "still here"
