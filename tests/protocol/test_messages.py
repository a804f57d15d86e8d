"""The neffos protocol, message by message, as the bytes that go over the wire."""

import pytest

from frames import BINARY, TEXT, frame
from neffos import SEMICOLON, Message, RemoteError
from server import NAMESPACES

CONNECT, DISCONNECT = "_OnNamespaceConnect", "_OnNamespaceDisconnect"
JOIN, LEAVE = "_OnRoomJoin", "_OnRoomLeave"


def answer_to(client, text: str) -> str:
    client.send(text)
    return client.text()


def enter(client, room: str) -> None:
    """Joins a room of chat, whose plugin has told its other members when this returns."""
    client.join("chat", room)
    client.ask("chat", "who", room=room)


@pytest.fixture
def echo(server):
    """A client in `default`, after its welcome."""
    client = server.client("default")
    assert client.message().event == "welcome"
    return client


@pytest.fixture
def chat(server):
    return server.client("chat")


# --- Connect and disconnect


def test_connect_is_answered_by_the_empty_answer(server):
    assert answer_to(server.client(), f"$1;chat;;{CONNECT};0;0;") == "$1;;;;;;"


def test_connecting_twice_is_answered_and_causes_nothing(echo):
    assert answer_to(echo, f"$2;default;;{CONNECT};0;0;") == "$2;;;;;;"
    assert echo.is_silent(), "a second welcome"


def test_connecting_to_an_unknown_namespace_is_an_error(server):
    assert (
        answer_to(server.client(), f"$1;nowhere;;{CONNECT};0;0;")
        == f"$1;nowhere;;{CONNECT};1;0;bad namespace"
    )


def test_a_connect_that_is_denied_carries_the_text(server):
    assert (
        answer_to(server.client(), f"$1;admin;;{CONNECT};0;0;")
        == f"$1;admin;;{CONNECT};1;0;admins only"
    )


def test_a_denied_connect_leaves_outside(server):
    client = server.client()
    answer_to(client, f"$1;admin;;{CONNECT};0;0;")
    assert answer_to(client, "$2;admin;;whoami;0;0;") == "$2;admin;;whoami;1;0;bad namespace"


def test_disconnect_is_answered_by_the_empty_answer(chat):
    assert answer_to(chat, f"$1;chat;;{DISCONNECT};0;0;") == "$1;;;;;;"
    assert answer_to(chat, "$2;chat;;who;0;0;") == "$2;chat;;who;1;0;bad namespace"


@pytest.mark.parametrize("namespace", ["chat", "nowhere"])
def test_disconnecting_without_being_in_is_answered_empty(server, namespace):
    assert answer_to(server.client(), f"$1;{namespace};;{DISCONNECT};0;0;") == "$1;;;;;;"


def test_one_may_come_back_after_a_disconnect(chat):
    chat.disconnect("chat")
    chat.connect("chat")
    assert chat.id in chat.ask("chat", "who")


def test_disconnecting_leaves_the_rooms(server, chat):
    watcher = server.client("chat")
    enter(watcher, "hall")
    enter(chat, "hall")
    assert watcher.notice() == ("joined", chat.id)
    chat.disconnect("chat")
    assert watcher.notice() == ("left", chat.id)
    chat.connect("chat")
    assert answer_to(chat, "$9;chat;hall;who;0;0;") == "$9;chat;hall;who;1;0;bad room"


def test_one_connection_is_in_many_namespaces(server):
    client = server.client("default", "chat", "tally")
    assert client.ask("default", "echo", "a") == "a"
    assert client.id in client.ask("chat", "who")
    client.disconnect("chat")
    assert client.ask("default", "echo", "b") == "b"


def test_events_wait_for_a_connect_in_flight(server):
    client = server.client()
    client.stream.send(
        frame(TEXT, f"$1;default;;{CONNECT};0;0;") + frame(TEXT, "$2;default;;echo;0;0;quick")
    )
    assert client.text() == "$1;;;;;;"
    assert client.text() == f";default;;welcome;0;0;{client.id}"
    assert client.text() == "$2;default;;echo;0;0;quick"


# --- Rooms


def test_join_is_answered_by_the_empty_answer(chat):
    assert answer_to(chat, f"$1;chat;hall-a;{JOIN};0;0;") == "$1;;;;;;"
    assert chat.id in chat.ask("chat", "who", room="hall-a")


def test_joining_twice_is_answered_and_causes_nothing(server, chat):
    watcher = server.client("chat")
    enter(watcher, "hall-b")
    enter(chat, "hall-b")
    assert watcher.notice() == ("joined", chat.id)
    assert answer_to(chat, f"$7;chat;hall-b;{JOIN};0;0;") == "$7;;;;;;"
    assert watcher.is_silent()


def test_leave_is_answered_by_the_empty_answer(server, chat):
    watcher = server.client("chat")
    enter(watcher, "hall-c")
    enter(chat, "hall-c")
    assert watcher.notice() == ("joined", chat.id)
    assert answer_to(chat, f"$1;chat;hall-c;{LEAVE};0;0;") == "$1;;;;;;"
    assert watcher.notice() == ("left", chat.id)
    assert answer_to(chat, "$2;chat;hall-c;who;0;0;") == "$2;chat;hall-c;who;1;0;bad room"


def test_leaving_without_being_in_is_answered_empty(server, chat):
    watcher = server.client("chat")
    enter(watcher, "hall-d")
    assert answer_to(chat, f"$1;chat;hall-d;{LEAVE};0;0;") == "$1;;;;;;"
    assert watcher.is_silent()


@pytest.mark.parametrize("event", [JOIN, LEAVE])
def test_rooms_of_a_namespace_one_is_not_in_are_out_of_reach(server, event):
    assert (
        answer_to(server.client(), f"$1;chat;hall;{event};0;0;")
        == f"$1;chat;hall;{event};1;0;bad namespace"
    )


def test_an_event_for_a_room_not_joined_is_an_error(chat):
    assert (
        answer_to(chat, "$1;chat;elsewhere;message;0;0;hi")
        == "$1;chat;elsewhere;message;1;0;bad room"
    )


def test_an_emit_for_a_room_not_joined_reaches_no_one(server, chat):
    member = server.client("chat")
    enter(member, "hall-e")
    assert answer_to(chat, ";chat;hall-e;message;0;0;hi") == ";chat;hall-e;message;1;0;bad room"
    assert member.is_silent()


def test_a_room_in_one_namespace_is_not_that_of_another(start):
    server = start('[namespace.a]\nplugin = "chat"\n[namespace.b]\nplugin = "chat"\n')
    one, other = server.client("a"), server.client("b")
    one.join("a", "lobby")
    other.join("b", "lobby")
    one.emit("a", "message", "for a", room="lobby")
    assert other.is_silent()
    assert one.id not in other.ask("b", "who", room="lobby")


def test_a_room_message_goes_to_its_members_but_not_the_sender(server):
    sender, member, outsider = (server.client("chat") for _ in range(3))
    for client in (sender, member):
        enter(client, "hall-f")
    sender.send(";chat;hall-f;message;0;0;to; all; of you")
    assert member.text() == ";chat;hall-f;message;0;0;to; all; of you"
    assert sender.message().event == "notice"
    assert sender.is_silent() and outsider.is_silent()


def test_a_room_message_goes_to_the_sender_too_if_it_is_so_configured(start):
    server = start('[namespace.chat]\nplugin = "chat"\nconfig = { include_sender = true }\n')
    client = server.client("chat")
    enter(client, "hall")
    client.send(";chat;hall;message;0;0;me too")
    assert client.text() == ";chat;hall;message;0;0;me too"


def test_messages_to_a_room_keep_their_order(server):
    sender, *members = (server.client("chat") for _ in range(4))
    for client in (sender, *members):
        enter(client, "hall-g")
    for number in range(500):
        sender.emit("chat", "message", str(number), room="hall-g")
    for member in members:
        got = [member.until(lambda each: each.event == "message").text for _ in range(500)]
        assert got == [str(number) for number in range(500)]


# --- Events and asks


def test_an_ask_is_replied_with_its_token(echo):
    assert answer_to(echo, "$1719;default;;echo;0;0;hi") == "$1719;default;;echo;0;0;hi"


def test_an_emit_is_replied_without_a_token(echo):
    assert answer_to(echo, ";default;;echo;0;0;hi") == ";default;;echo;0;0;hi"


@pytest.mark.parametrize(
    "token", ["$", "$0", "$1", "$ 1", "$a-b:c", "$é", "$1760000000000000000", "$" + "9" * 200]
)
def test_tokens_of_any_kind_come_back(echo, token):
    assert answer_to(echo, f"{token};default;;echo;0;0;hi") == f"{token};default;;echo;0;0;hi"


@pytest.mark.parametrize(
    "body",
    [
        "",
        ";",
        ";;;;;;;",
        "a;b;;c;",
        SEMICOLON,
        "0",
        "\x00",
        "\r\n",
        "é 漢字 🐝",
        "x" * 60_000,
        '{"a": [1, 2, {"b": ";"}]}',
    ],
    ids=lambda body: repr(body[:20]),
)
def test_bodies_come_back_as_they_were(echo, body):
    if body == "":  # a reply with nothing to say may be the message, or the empty answer
        assert answer_to(echo, "$1;default;;echo;0;0;") in ("$1;default;;echo;0;0;", "$1;;;;;;")
        return
    assert answer_to(echo, f"$1;default;;echo;0;0;{body}") == f"$1;default;;echo;0;0;{body}"


@pytest.mark.parametrize("token", ["", "$1"])
def test_an_event_for_a_namespace_one_is_not_in_is_an_error(server, token):
    assert (
        answer_to(server.client(), f"{token};chat;;message;0;0;hi")
        == f"{token};chat;;message;1;0;bad namespace"
    )


@pytest.mark.parametrize("token", ["", "$1"])
def test_an_event_for_an_unknown_namespace_is_an_error(server, token):
    assert (
        answer_to(server.client(), f"{token};nowhere;;message;0;0;hi")
        == f"{token};nowhere;;message;1;0;bad namespace"
    )


def test_an_ask_nobody_handles_is_an_error(echo):
    assert answer_to(echo, "$1;default;;nothing;0;0;hi") == "$1;default;;nothing;1;0;unknown event"


def test_an_emit_nobody_handles_is_dropped(echo):
    echo.send(";default;;nothing;0;0;hi")
    assert answer_to(echo, "$1;default;;echo;0;0;next") == "$1;default;;echo;0;0;next"


def test_an_ask_whose_handler_is_silent_is_answered_empty(chat):
    assert answer_to(chat, "$1;chat;;name;0;0;bob") == "$1;;;;;;"


def test_an_emit_whose_handler_is_silent_is_not_answered(chat):
    chat.send(";chat;;name;0;0;bob")
    assert "bob" in chat.ask("chat", "who")


@pytest.mark.parametrize("token", ["", "$1"])
def test_an_error_goes_back_for_asks_and_emits(server, token):
    assert (
        answer_to(server.client("tally"), f"{token};tally;;add;0;0;many")
        == f"{token};tally;;add;1;0;not a number"
    )


def test_fifty_asks_at_once_are_all_answered(echo):
    echo.stream.send(b"".join(frame(TEXT, f"${n};default;;echo;0;0;{n}") for n in range(50)))
    assert sorted(echo.text() for _ in range(50)) == sorted(
        f"${n};default;;echo;0;0;{n}" for n in range(50)
    )


@pytest.mark.parametrize("token", ["17", "#5", "#"])
def test_answers_nobody_waits_for_are_dropped(echo, token):
    echo.send(f"{token};default;;echo;0;0;late")
    echo.send(f"{token};;;;;;")
    assert answer_to(echo, "$1;default;;echo;0;0;next") == "$1;default;;echo;0;0;next"


def test_the_token_between_servers_is_never_written_to_a_client(echo):
    echo.send("neffos(0xc000);default;;echo;0;0;hi")
    echo.send("$1;default;;echo;0;0;next")
    while not (text := echo.text()).startswith("$1;"):
        assert not text.startswith("neffos(0x")


def test_a_server_frame_is_unmasked_whole_and_short(echo):
    for size in (0, 60, 100, 125, 126, 1000, 40_000):
        echo.send(f";default;;echo;0;0;{'x' * size}")
        found = echo.next()
        assert found.fin and not found.masked and found.minimal and found.rsv == 0


# --- Names that need escaping


@pytest.fixture
def escaped(start):
    return start('[namespace."a;b"]\nplugin = "chat"\n[namespace."é 漢"]\nplugin = "echo"\n')


def test_semicolons_in_names_are_escaped_both_ways(escaped):
    client = escaped.client()
    space, room = f"a{SEMICOLON}b", f"{SEMICOLON}r{SEMICOLON}"
    assert answer_to(client, f"$1;{space};;{CONNECT};0;0;") == "$1;;;;;;"
    assert answer_to(client, f"$2;{space};{room};{JOIN};0;0;") == "$2;;;;;;"
    assert (
        answer_to(client, f"$3;{space};{room};x{SEMICOLON};0;0;")
        == f"$3;{space};{room};x{SEMICOLON};1;0;unknown event"
    )
    other = escaped.client("a;b")
    other.join("a;b", ";r;")
    assert Message.parse(client.receive().payload).room == ";r;"


def test_names_may_be_any_utf8(escaped):
    client = escaped.client("é 漢")
    assert client.ask("é 漢", "echo", "🐝") == "🐝"


# --- Binary


NOT_UTF8 = bytes(range(256))


def test_a_binary_ask_is_answered_in_binary(echo):
    echo.send(b"$1;default;;echo;0;0;" + NOT_UTF8)
    assert echo.binary() == b"$1;default;;echo;0;0;" + NOT_UTF8


def test_a_binary_emit_is_replied_in_binary(echo):
    echo.send(b";default;;echo;0;0;" + NOT_UTF8)
    assert echo.binary() == b";default;;echo;0;0;" + NOT_UTF8


@pytest.mark.parametrize(
    "ask, answer",
    [
        (b"$1;nowhere;;x;0;0;", b"$1;nowhere;;x;1;0;bad namespace"),
        (b"$1;default;;nothing;0;0;\xff", b"$1;default;;nothing;1;0;unknown event"),
        (b"$1;default;nowhere;echo;0;0;\xff", b"$1;default;nowhere;echo;1;0;bad room"),
        (b"$1;chat;;_OnNamespaceConnect;0;0;", b"$1;;;;;;"),
    ],
    ids=["bad namespace", "unknown event", "bad room", "connect"],
)
def test_every_answer_to_a_binary_ask_is_binary(echo, ask, answer):
    echo.send(ask)
    assert echo.binary() == answer


def test_text_and_binary_stay_apart(echo):
    echo.send(b"$1;default;;echo;0;0;b")
    echo.send("$2;default;;echo;0;0;t")
    assert (echo.receive().opcode, echo.receive().opcode) == (BINARY, TEXT)


# --- What is no message


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        ";",
        ";;;;;",
        "M",
        "$1;default;;echo;0;0",
        "$1;default;;echo;2;0;x",
        "$1;default;;echo;0;x;x",
        "$1;default;;echo;;;x",
        "\x00",
    ],
    ids=repr,
)
def test_a_frame_that_is_no_message_hurts_nobody_else(server, echo, text):
    bystander = server.client("default")
    echo.send(text)
    echo.send("$2;default;;echo;0;0;next")
    try:
        echo.text()
    except (AssertionError, ConnectionError):
        pass  # closing the connection is an answer too
    assert bystander.ask("default", "echo", "still here") == "still here"


@pytest.mark.parametrize(
    "event",
    [
        CONNECT,
        "_OnNamespaceConnected",
        DISCONNECT,
        JOIN,
        "_OnRoomJoined",
        LEAVE,
        "_OnRoomLeft",
        "_OnAnyEvent",
        "_OnNativeMessage",
        "",
        "_OnSomethingElse",
    ],
)
@pytest.mark.parametrize("room", ["", "room", "x" * 10_000])
def test_lifecycle_names_cannot_be_misused(server, event, room):
    client, bystander = server.client("chat"), server.client("default")
    client.send(f"$1;chat;{room};{event};0;0;")
    client.send(f";chat;{room};{event};0;0;")
    client.send(f"$2;chat;{room};{event};1;0;error")
    client.send(f"$3;chat;{room};{event};0;1;")
    client.send(f"$4;;{room};{event};0;0;")
    assert bystander.ask("default", "echo", "still here") == "still here"


@pytest.mark.parametrize("event", ["_OnNamespaceConnected", "_OnRoomJoined", "_OnRoomLeft"])
def test_a_client_cannot_pretend_that_something_happened(server, event):
    watcher, client = server.client("chat"), server.client("chat")
    for each in (watcher, client):
        enter(each, "hall-h")
    assert watcher.notice() == ("joined", client.id)
    client.send(f";chat;hall-h;{event};0;0;")
    assert watcher.is_silent()


# --- The plugins that push


def test_the_connect_answer_comes_before_what_the_handler_emits(server):
    client = server.client()
    assert answer_to(client, f"$1;default;;{CONNECT};0;0;") == "$1;;;;;;"
    assert client.text() == f";default;;welcome;0;0;{client.id}"


def test_ticks_come_by_themselves(server):
    client = server.client("clock")
    first, second = client.message(), client.message()
    assert first.event == second.event == "tick"
    assert first.text <= second.text


def test_an_alarm_comes_once(server):
    client = server.client("clock")
    client.emit("clock", "alarm", "50")
    assert client.until(lambda each: each.event != "tick").event == "alarm"


def test_a_kick_closes_with_its_code_and_reason(server):
    client = server.client("default")
    client.emit("default", "kick")
    assert client.until_closed() == (4000, "kicked")


# --- Limits of names and memberships


def test_long_names_are_refused(server):
    long = "n" * 256
    for text in (
        f"$1;{long};;{CONNECT};0;0;",
        f"$2;chat;{long};{JOIN};0;0;",
        f"$3;default;;{long};0;0;",
        f"$4;default;{long};echo;0;0;",
    ):
        client = server.client("default", "chat")
        assert client.message().event == "welcome"
        client.send(text)
        try:
            answer = Message.parse(client.receive().payload)
        except (AssertionError, ConnectionError):
            continue  # closed
        assert answer.is_error, answer


def test_names_of_255_bytes_are_fine(start):
    long = "n" * 255
    server = start(f'[namespace.{long}]\nplugin = "chat"\n')
    client = server.client(long)
    client.join(long, long)
    with pytest.raises(RemoteError, match="unknown event"):
        client.ask(long, long, room=long)


def test_a_connection_is_in_at_most_so_many_namespaces(start):
    server = start("".join(f'[namespace.n{n}]\nplugin = "chat"\n' for n in range(34)))
    client = server.client(*(f"n{n}" for n in range(32)))
    with pytest.raises(RemoteError):
        client.connect("n32")
    client.disconnect("n0")
    client.connect("n33")


def test_a_connection_is_in_at_most_so_many_rooms(chat, server):
    for number in range(256):
        chat.join("chat", f"room {number}")
    with pytest.raises(RemoteError):
        chat.join("chat", "one more")
    chat.leave("chat", "room 0")
    chat.join("chat", "one more")
    server.client("chat").join("chat", "room 1")


def test_rooms_are_counted_over_all_namespaces(start):
    server = start(NAMESPACES + '[namespace.second]\nplugin = "chat"\n', max_rooms_per_connection=3)
    client = server.client("chat", "second")
    client.join("chat", "one")
    client.join("chat", "two")
    client.join("second", "three")
    with pytest.raises(RemoteError):
        client.join("second", "four")
