"""However a connection ends, the namespaces hear of it once, in full and in order."""

import json

import pytest

from frames import CLOSE, TEXT, frame, header
from neffos import message
from server import PROBES, Stoa, eventually, manifest

PING_INTERVAL_MS = PONG_TIMEOUT_MS = 1000


@pytest.fixture(scope="module", params=[1, 3], ids=["one worker", "three workers"])
def probes(request, tmp_path_factory, plugins):
    text = manifest(
        PROBES,
        plugins=plugins,
        workers=request.param,
        max_message_bytes=10_000,
        ping_interval_ms=PING_INTERVAL_MS,
        pong_timeout_ms=PONG_TIMEOUT_MS,
        acknowledge_timeout_ms=500,
        send_queue_bytes=200_000,
        send_timeout_ms=1000,
    )
    with Stoa(tmp_path_factory.mktemp("probes"), text) as running:
        yield running
        running.check_alive()


@pytest.fixture
def watcher(probes):
    return probes.client("probe", "other")


def journal(watcher, who: str) -> list[dict]:
    return json.loads(watcher.ask("probe", "journal", who))


def ask(watcher, event: str, /, **arguments) -> dict:
    return json.loads(watcher.ask("probe", event, json.dumps(arguments)))


def closings(entries: list[dict]) -> list[str]:
    return sorted(entry["ns"] for entry in entries if entry["event"] == "close")


def settled(probes) -> object:
    """A client in two namespaces and three rooms."""
    client = probes.client("probe", "other")
    for namespace, room in (("probe", "hall"), ("probe", "yard"), ("other", "hall")):
        client.join(namespace, room)
    for namespace in ("probe", "other"):  # each has handled by now that it joined
        client.ask(namespace, "facts", "{}")
    return client


# --- The ways to end. Each leaves a connection that the server must notice to be gone.


def close_frame_with_code(client, _watcher):
    client.close(1000, "bye")


def close_frame_without_code(client, _watcher):
    client.close(None)


def own_code(client, _watcher):
    client.close(4321, "mine")


def fin(client, _watcher):
    client.stream.finish()


def reset(client, _watcher):
    client.stream.reset()


def close_then_reset(client, _watcher):
    client.stream.send(frame(CLOSE, b"\x03\xe8"))
    client.stream.reset()


def fin_in_mid_frame(client, _watcher):
    client.stream.send(frame(TEXT, "a" * 1000)[:500])
    client.stream.finish()


def reset_in_mid_frame(client, _watcher):
    client.stream.send(frame(TEXT, "a" * 1000)[:500])
    client.stream.reset()


def reset_in_mid_header(client, _watcher):
    client.stream.send(header(TEXT, 1000)[:3])
    client.stream.reset()


def reset_in_mid_fragments(client, _watcher):
    client.stream.send(frame(TEXT, "a" * 1000, fin=False))
    client.stream.reset()


def oversize(client, _watcher):
    client.send(message("", "probe", "", "silent", "b" * 20_000))
    assert client.until_closed()[0] == 1009


def oversize_over_fragments(client, _watcher):
    client.send_fragments(TEXT, *[b"b" * 3000] * 5)
    assert client.until_closed()[0] == 1009


def invalid_utf8(client, _watcher):
    client.stream.send(frame(TEXT, b"\xff\xfe"))
    assert client.until_closed()[0] == 1007


def protocol_error(client, _watcher):
    client.stream.send(frame(0x3, b"reserved"))
    assert client.until_closed()[0] == 1002


def silent_peer(client, _watcher):
    """Nothing is read or sent: no pong comes."""


def kicked(client, watcher):
    assert ask(watcher, "close", id=client.id, code=4001, reason="out")["status"] == 0
    assert client.until_closed() == (4001, "out")


def closed_by_an_answer(client, _watcher):
    client.emit("probe", "close_answer", '{"code": 4002, "reason": "as you wish"}')
    assert client.until_closed() == (4002, "as you wish")


def kicked_and_reset(client, watcher):
    ask(watcher, "close", id=client.id, code=4001, reason="out")
    client.stream.reset()


def slow_reader(client, watcher):
    for _ in range(2000):  # 18 MB: more than the kernel keeps for a client that reads none of it
        ask(watcher, "emit", id=client.id, event="flood", body="f" * 9_000)


WAYS = [
    close_frame_with_code,
    close_frame_without_code,
    own_code,
    fin,
    reset,
    close_then_reset,
    fin_in_mid_frame,
    reset_in_mid_frame,
    reset_in_mid_header,
    reset_in_mid_fragments,
    oversize,
    oversize_over_fragments,
    invalid_utf8,
    protocol_error,
    silent_peer,
    kicked,
    closed_by_an_answer,
    kicked_and_reset,
    slow_reader,
]
"""Every one."""

STATUS = {
    close_frame_with_code: {1000},
    close_frame_without_code: {1005, 1006},
    own_code: {4321},
    fin: {1006},
    reset: {1006},
    fin_in_mid_frame: {1006},
    reset_in_mid_frame: {1006},
    reset_in_mid_header: {1006},
    reset_in_mid_fragments: {1006},
}
"""What the close hook is told where the client alone decides it."""


@pytest.mark.parametrize("end", WAYS, ids=lambda way: way.__name__)
def test_the_end_is_told_once_in_full_and_in_order(probes, watcher, end):
    client = settled(probes)
    before = len(journal(watcher, client.id))
    end(client, watcher)
    eventually(lambda: len(closings(journal(watcher, client.id))) >= 2, "nobody noticed the end")
    ask(watcher, "facts")  # whatever else is on its way has come by now
    entries = journal(watcher, client.id)[before:]
    assert closings(entries) == ["other", "probe"]
    check_namespace(entries, "probe", rooms={"hall", "yard"})
    check_namespace(entries, "other", rooms={"hall"})
    kinds = [entry["event"] for entry in entries]
    assert kinds[-2:] == ["close", "close"], f"the close hooks are the last to be told: {kinds}"
    if end in STATUS:
        assert {entry["status"] for entry in entries[-2:]} <= STATUS[end]


def check_namespace(entries: list[dict], namespace: str, rooms: set[str]) -> None:
    told = [entry for entry in entries if entry["ns"] == namespace]
    kinds = [entry["event"] for entry in told]
    assert kinds == ["leave", "left"] * len(rooms) + ["disconnect", "close"]
    for leave, left in zip(told[0:-2:2], told[1:-2:2], strict=True):
        assert leave["room"] == left["room"]
    assert {entry["room"] for entry in told[:-2]} == rooms
    assert all(entry["forced"] for entry in told[:-1]), told


def test_the_drain_is_an_end_like_any_other(start):
    server = start(PROBES, drain_grace_ms=2000)
    clients = [server.client("probe") for _ in range(6)]
    for client in clients:
        client.join("probe", "hall")
    server.signal()
    waiting, seen = list(clients), {}
    while waiting:
        for client in list(waiting):
            try:
                seen |= {other.id: journal(client, other.id) for other in clients}
            except (AssertionError, ConnectionError):  # its turn to go
                client.stream.close()
                waiting.remove(client)
    ended = [told for told in seen.values() if closings(told)]
    # Each worker spreads its own over the grace: if three of them have two, three go in the last turn.
    assert len(ended) >= 3, "the last to go sees the ends of the others"
    for told in ended:
        kinds = [entry["event"] for entry in told if entry["ns"] == "probe"]
        assert kinds[-4:] == ["leave", "left", "disconnect", "close"]
        assert all(entry["status"] == 1001 for entry in told if entry["event"] == "close")


def test_a_hook_cannot_keep_who_is_gone(probes, watcher):
    client = probes.client("probe")
    client.join("probe", "sticky")
    client.ask("probe", "stay")
    client.stream.reset()
    eventually(lambda: closings(journal(watcher, client.id)), "nobody noticed the end")
    kinds = [entry["event"] for entry in journal(watcher, client.id)]
    assert kinds[-5:-1] == ["leave", "left", "disconnect", "close"] or kinds[-5:] == [
        "leave",
        "left",
        "disconnect",
        "close",
        "close",
    ], kinds
    members = json.loads(watcher.ask("probe", "members", '{"room": "sticky"}'))
    assert client.id not in members


def test_the_reason_of_the_client_reaches_the_hook(probes, watcher):
    client = probes.client("probe")
    client.close(4321, "my own reason")
    eventually(lambda: closings(journal(watcher, client.id)), "nobody noticed the end")
    last = journal(watcher, client.id)[-1]
    assert (last["status"], last["body"]) == (4321, "my own reason")


def test_who_waits_for_an_answer_hears_of_the_end(probes, watcher):
    client = settled(probes)
    token = "$end"
    watcher.send(
        message(
            token,
            "probe",
            "",
            "ask",
            json.dumps({"id": client.id, "event": "question", "timeout_ms": 60_000}),
        )
    )
    client.until(lambda each: each.event == "question")
    client.stream.reset()
    answer = watcher.until(lambda each: each.wait == token)
    assert json.loads(answer.text)["status"] == -9, "closed"


def test_a_late_answer_of_a_plugin_to_who_is_gone_is_dropped(probes, watcher):
    for _ in range(20):
        client = probes.client("probe")
        client.stream.send(
            b"".join(frame(TEXT, message(f"${n}", "probe", "", "later", "x")) for n in range(10))
        )
        client.stream.reset()
    probes.check_alive()
    assert watcher.ask("probe", "echo", "still here") == "still here"


def test_who_was_never_acknowledged_opens_and_closes_once(probes, watcher):
    name = f"unheard-{watcher.id}"
    client = probes.websocket(f"/?id={name}")
    eventually(lambda: len(journal(watcher, name)) == 2, "nobody noticed that it opened")
    client.stream.reset()
    eventually(lambda: len(closings(journal(watcher, name))) >= 2, "nobody noticed the end")
    kinds = [entry["event"] for entry in journal(watcher, name)]
    assert kinds == ["open", "open", "close", "close"]


def test_who_is_refused_is_in_no_namespace(probes, watcher):
    name = f"refused-{watcher.id}"
    client = probes.websocket(f"/?id={name}&refuse=no", first=frame(TEXT, "M"))
    assert client.text() == "Hno"
    assert client.until_closed()[0] == 1008
    kinds = [entry["event"] for entry in journal(watcher, name)]
    assert set(kinds) <= {"open", "close"}
    assert kinds.count("close") <= kinds.count("open")


def test_who_goes_while_a_hook_decides_is_forgotten(probes, watcher):
    name = f"hasty-{watcher.id}"
    client = probes.websocket(f"/?id={name}&open_later=200", first=frame(TEXT, "M"))
    client.stream.reset()
    eventually(lambda: closings(journal(watcher, name)), "nobody noticed the end")
    assert "connected" not in [entry["event"] for entry in journal(watcher, name)]
    assert watcher.ask("probe", "echo", "still here") == "still here"


# --- Going by one's own wish


def test_a_wish_to_disconnect_can_be_refused(probes):
    client = probes.client("probe")
    client.ask("probe", "stay")
    client.send("$1;probe;;_OnNamespaceDisconnect;0;0;")
    assert client.text() == "$1;probe;;_OnNamespaceDisconnect;1;0;not yet"
    assert client.ask("probe", "echo", "still in") == "still in"


def test_a_wish_to_leave_a_room_can_be_refused(probes):
    client = probes.client("probe")
    client.join("probe", "sticky")
    client.send("$1;probe;sticky;_OnRoomLeave;0;0;")
    assert client.text() == "$1;probe;sticky;_OnRoomLeave;1;0;you stay"
    assert client.ask("probe", "echo", "still in", room="sticky") == "still in"


def test_a_join_can_be_denied(probes):
    client = probes.client("probe")
    client.send("$1;probe;locked;_OnRoomJoin;0;0;")
    assert client.text() == "$1;probe;locked;_OnRoomJoin;1;0;locked room"
    client.send("$2;probe;locked;echo;0;0;x")
    assert client.text() == "$2;probe;locked;echo;1;0;bad room"


def test_disconnecting_forces_the_rooms_after_the_handler_agreed(probes, watcher):
    client = probes.client("probe")
    client.join("probe", "sticky")
    before = len(journal(watcher, client.id))
    client.disconnect("probe")
    entries = journal(watcher, client.id)[before:]
    assert [(entry["event"], entry["forced"]) for entry in entries] == [
        ("disconnect", False),
        ("leave", True),
        ("left", True),
    ]


def test_lifecycle_events_come_in_their_order(probes, watcher):
    client = probes.client("probe")
    client.join("probe", "hall")
    client.leave("probe", "hall")
    client.disconnect("probe")
    mine = [entry for entry in journal(watcher, client.id) if entry["ns"] == "probe"]
    assert [entry["event"] for entry in mine] == [
        "open",
        "connect",
        "connected",
        "join",
        "joined",
        "leave",
        "left",
        "disconnect",
    ]
    assert {entry["by"] for entry in mine[1:]} == {"client"}
    assert not any(entry["forced"] for entry in mine)


def test_doing_it_twice_is_told_once(probes, watcher):
    client = probes.client("probe", "probe")
    client.join("probe", "hall")
    client.join("probe", "hall")
    client.leave("probe", "hall")
    client.leave("probe", "hall")
    client.disconnect("probe")
    client.disconnect("probe")
    kinds = [entry["event"] for entry in journal(watcher, client.id) if entry["ns"] == "probe"]
    assert kinds == [
        "open",
        "connect",
        "connected",
        "join",
        "joined",
        "leave",
        "left",
        "disconnect",
    ]


# --- By the server's wish


def test_the_server_connects_joins_and_disconnects_by_asking(probes, watcher):
    client = probes.client("probe")
    for event, room, arguments in (
        ("_OnNamespaceConnect", "", {"ns": "other"}),
        ("_OnRoomJoin", "hall", {"room": "hall"}),
        ("_OnRoomLeave", "hall", {"room": "hall"}),
        ("_OnNamespaceDisconnect", "", {"ns": "other"}),
    ):
        act = {
            "_OnNamespaceConnect": "connect",
            "_OnRoomJoin": "join",
            "_OnRoomLeave": "leave",
            "_OnNamespaceDisconnect": "disconnect",
        }[event]
        token = f"$by-{act}"

        watcher.send(message(token, "probe", "", act, json.dumps({"id": client.id} | arguments)))
        asked = client.message()
        assert (asked.event, asked.room) == (event, room)
        assert asked.wait and asked.wait[0] not in "$#" and asked.wait[1:2] != "!"
        assert not asked.wait.startswith("neffos(0x")
        client.send(f"{asked.wait};;;;;;")
        answer = watcher.until(lambda each, token=token: each.wait == token)
        assert json.loads(answer.text)["status"] == 0, answer


def test_tokens_of_the_server_are_never_used_twice(probes):
    client, seen = probes.client("probe"), set()
    for number in range(50):
        client.send(message(f"$a{number}", "probe", "", "ask", '{"event": "question"}'))
        question = client.until(lambda each: each.event == "question")
        assert question.wait not in seen
        seen.add(question.wait)
        client.send(message(question.wait, "probe", "", "question", "answer"))
        assert json.loads(client.message().text)["body"] == "answer"


def test_other_frames_are_handled_while_an_ask_waits(probes):
    client = probes.client("probe")
    client.send(message("$outer", "probe", "", "ask", '{"event": "question"}'))
    question = client.until(lambda each: each.event == "question")
    assert client.ask("probe", "echo", "meanwhile") == "meanwhile"
    client.send(message(question.wait, "probe", "", "question", "no", error=True))
    outer = json.loads(client.until(lambda each: each.wait == "$outer").text)
    assert (outer["status"], outer["body"]) == (-7, "no")
