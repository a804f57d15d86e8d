"""RFC 6455 by hand: frames to the raw echo, and what comes back. The numbers are those of the
Autobahn cases with the same input; the rest are inputs that Autobahn does not have."""

import pytest

from frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close_frame, frame, header


def text(payload, **form) -> bytes:
    return frame(TEXT, payload, **form)


def rest(payload, **form) -> bytes:
    return frame(CONTINUATION, payload, **form)


def talk(native, *pieces: bytes):
    """A connection on which the pieces were sent, each in a write of its own."""
    client = native.websocket()
    client.answers_pings = False
    try:
        for piece in pieces:
            client.stream.send(piece)
    except ConnectionError:
        pass  # refused before all was sent
    return client


def heard(client, count: int) -> list[tuple[int, bytes]]:
    """The next frames, which must be well-formed ones of a server."""
    found = [client.next() for _ in range(count)]
    assert all(each.fin and not each.rsv and not each.masked and each.minimal for each in found)
    return [(each.opcode, each.payload) for each in found]


UTF8 = "Hello-µ@ßöäüàá-UTF-8!!".encode()
KOSME = "κόσμε".encode()
INNER = text("inner")

ECHOED = {
    "1.1.1 an empty text": ([text("")], [(TEXT, b"")]),
    **{
        f"1.1 text of {size}": ([text("*" * size)], [(TEXT, b"*" * size)])
        for size in (125, 126, 127, 128, 65535, 65536)
    },
    **{
        f"1.2 binary of {size}": ([frame(BINARY, b"\xfe" * size)], [(BINARY, b"\xfe" * size)])
        for size in (0, 125, 126, 127, 128, 65535, 65536)
    },
    "2.1 an empty ping": ([frame(PING)], [(PONG, b"")]),
    "2.2 a ping with text": ([frame(PING, "Hello")], [(PONG, b"Hello")]),
    "2.3 a ping with bytes": ([frame(PING, b"\x00\xff\xfe")], [(PONG, b"\x00\xff\xfe")]),
    "2.4 the longest ping": ([frame(PING, b"\xfe" * 125)], [(PONG, b"\xfe" * 125)]),
    "2.7 an unasked pong": ([frame(PONG)], []),
    "2.8 an unasked pong with a payload": ([frame(PONG, "unsolicited")], []),
    "2.9 an unasked pong, then a ping": ([frame(PONG, "x"), frame(PING, "y")], [(PONG, b"y")]),
    "5.3 two fragments": ([text("frag1", fin=False) + rest("frag2")], [(TEXT, b"frag1frag2")]),
    "6.1.1 an empty text": ([text("")], [(TEXT, b"")]),
    "6.1.2 three empty fragments": (
        [text("", fin=False), rest("", fin=False), rest("")],
        [(TEXT, b"")],
    ),
    "6.1.3 a middle between empty ones": (
        [text("", fin=False), rest("middle", fin=False), rest("")],
        [(TEXT, b"middle")],
    ),
    "6.2.2 UTF-8 cut between characters": (
        [text(UTF8[:7], fin=False), rest(UTF8[7:])],
        [(TEXT, UTF8)],
    ),
    "6.2.3 UTF-8 cut everywhere": (
        [text(UTF8[:1], fin=False)]
        + [rest(UTF8[n : n + 1], fin=False) for n in range(1, len(UTF8))]
        + [rest("")],
        [(TEXT, UTF8)],
    ),
    "6.5 kosme": ([text(KOSME)], [(TEXT, KOSME)]),
    "6.7 the last characters of each length": (
        [text("\x7f\u07ff\uffff\U0010ffff")],
        [(TEXT, "\x7f\u07ff\uffff\U0010ffff".encode())],
    ),
    "6.9 the first characters of each length": (
        [text("\x00\x80\u0800\U00010000")],
        [(TEXT, "\x00\x80\u0800\U00010000".encode())],
    ),
    "6.22 characters that are none": ([text("\ufffe\uffff")], [(TEXT, "\ufffe\uffff".encode())]),
    "many frames in one write": (
        [b"".join(text(f"{n}") for n in range(100))],
        [(TEXT, f"{n}".encode()) for n in range(100)],
    ),
    "one frame in many writes": ([INNER[n : n + 1] for n in range(len(INNER))], [(TEXT, b"inner")]),
    "bytes that look like a frame": ([frame(BINARY, INNER)], [(BINARY, INNER)]),
    "9.1 a megabyte of text": ([text("*" * (1 << 20))], [(TEXT, b"*" * (1 << 20))]),
    "9.2 sixteen megabytes": (
        [frame(BINARY, b"\xfe" * (16 << 20))],
        [(BINARY, b"\xfe" * (16 << 20))],
    ),
    "9.3 a megabyte in fragments of 64": (
        [text("*" * 64, fin=False) + rest("*" * 64, fin=False) * 16382 + rest("*" * 64)],
        [(TEXT, b"*" * (1 << 20))],
    ),
    "10.1 64 KiB in fragments of 1300": (
        [text("*" * 1300, fin=False)] + [rest("*" * 1300, fin=False)] * 49 + [rest("*" * 536)],
        [(TEXT, b"*" * 65536)],
    ),
}
"""name: (what is sent, what comes back: no more and no less)"""


@pytest.mark.parametrize("name", ECHOED)
def test_echoed(native, name):
    pieces, wanted = ECHOED[name]
    client = talk(native, *pieces)
    assert heard(client, len(wanted)) == wanted
    client.stream.send(close_frame(1000))
    last = client.next()
    assert (last.opcode, last.close_code) == (CLOSE, 1000)


REFUSED = {
    "2.6 a ping in pieces": ([frame(PING, "a", fin=False)], 1002),
    **{f"3 reserved bits {rsv}": ([text("x", rsv=rsv)], 1002) for rsv in range(1, 8)},
    "3.6 reserved bits in a ping": ([frame(PING, "x", rsv=4)], 1002),
    "3.7 reserved bits in a close": ([frame(CLOSE, b"\x03\xe8", rsv=4)], 1002),
    **{
        f"4 opcode {opcode}": ([frame(opcode, "x")], 1002)
        for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
    },
    "5.1 a ping in fragments": ([frame(PING, "a", fin=False), rest("b")], 1002),
    "5.2 a pong in fragments": ([frame(PONG, "a", fin=False), rest("b")], 1002),
    "5.9 a continuation of nothing": ([rest("x")], 1002),
    "5.10 an open continuation of nothing": ([rest("x", fin=False)], 1002),
    "5.12 a continuation after a message": ([text("a", fin=False), rest("b"), rest("c")], 1002),
    "5.18 a new message within another": ([text("a", fin=False), text("b")], 1002),
    "6.3.1 invalid UTF-8": ([text("κόσμε".encode() + b"\xed\xa0\x80edited")], 1007),
    "6.3.2 invalid UTF-8 over fragments": (
        [text("κόσμε".encode(), fin=False), rest(b"\xed\xa0\x80", fin=False), rest("edited")],
        1007,
    ),
    **{
        f"6.6 a character cut after {n}": ([text("\U0001f41d".encode()[:n])], 1007)
        for n in (1, 2, 3)
    },
    "6.8 five bytes": ([text(b"\xf8\x88\x80\x80\x80")], 1007),
    "6.8 beyond Unicode": ([text(b"\xf4\x90\x80\x80")], 1007),
    "6.11 a lone continuation": ([text(b"\x80")], 1007),
    "6.14 fe and ff": ([text(b"\xfe\xfe\xff\xff")], 1007),
    "6.18 an overlong slash": ([text(b"\xc0\xaf")], 1007),
    "6.20 an overlong zero": ([text(b"\xe0\x80\x80")], 1007),
    "6.21 a surrogate": ([text(b"\xed\xa0\x80")], 1007),
    **{
        f"7.9 close code {code}": ([close_frame(code)], 1002)
        for code in (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999)
    },
}
"""name: (what is sent, the code of the close)"""


@pytest.mark.parametrize("name", REFUSED)
def test_refused(native, name):
    pieces, wanted = REFUSED[name]
    client = talk(native, *pieces)
    while (found := client.receive()).opcode != CLOSE:
        pass
    assert found.close_code == wanted


SILENTLY_REFUSED = {
    "2.5 a ping that is too long": frame(PING, b"\xfe" * 126, size_bytes=2),
    "7.3.6 a close of 126 bytes": frame(CLOSE, b"\x03\xe8" + b"*" * 124, size_bytes=2),
    "the highest bit of a length": header(TEXT, 1 << 63, size_bytes=8) + b"keyy" + b"x",
}
"""What may end the connection without a close frame too, as RFC 6455 allows (7.1.7)."""


@pytest.mark.parametrize("name", SILENTLY_REFUSED)
def test_refused_with_or_without_a_word(native, name):
    assert talk(native, SILENTLY_REFUSED[name]).until_closed()[0] in (1002, 1006, 1009)


@pytest.mark.parametrize(
    "piece",
    [
        frame(3, "x"),
        text("x", rsv=4),
        text(b"\xff"),
        header(TEXT, 1 << 40, size_bytes=8) + b"keyyx",
    ],
    ids=["an opcode", "reserved bits", "invalid UTF-8", "too large"],
)
def test_after_a_refusal_the_connection_ends(native, piece):
    client = talk(native, piece)
    assert client.until_closed()[0] in (1002, 1007, 1009)


@pytest.mark.parametrize(
    "code", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]
)
def test_7_7_a_close_comes_back_with_its_code(native, code):
    client = native.websocket()
    client.stream.send(close_frame(code, "the reason"))
    found = client.next()
    assert (found.opcode, found.close_code) == (CLOSE, code)
    client.stream.receive_all()


def test_7_3_1_an_empty_close_is_answered(native):
    assert native.websocket().close(None) is None


def test_7_3_5_the_longest_close_is_answered(native):
    client = native.websocket()
    client.stream.send(close_frame(1000, "*" * 123))
    assert client.until_closed()[0] == 1000


def test_7_1_2_after_a_close_nothing_is_handled(native):
    client = native.websocket()
    client.stream.send(close_frame(1000) + text("after") + frame(PING, "after"))
    assert client.next().opcode == CLOSE
    assert client.stream.receive_all() == b""


# --- Frames in pieces, as TCP may cut them


def send_bytewise(client, data: bytes) -> None:
    for at in range(len(data)):
        client.stream.send(data[at : at + 1])


def test_control_frames_of_every_size_may_come_byte_by_byte(native):
    client = native.websocket()
    for size in range(126):
        payload = bytes(range(size))
        send_bytewise(client, frame(PING, payload))
        assert heard(client, 1) == [(PONG, payload)]
        send_bytewise(client, frame(PONG, payload))


@pytest.mark.parametrize("size", [0, 1, 17, 122, 123])
def test_a_close_may_come_byte_by_byte(native, size):
    client = native.websocket()
    send_bytewise(client, close_frame(1000, "r" * size))
    assert client.until_closed()[0] == 1000


def test_a_ping_may_come_byte_by_byte_between_fragments(native):
    client = native.websocket()
    for size in range(0, 126, 5):
        send_bytewise(client, text("frag1", fin=False) + frame(PING, b"p" * size) + rest("frag2"))
        assert sorted(heard(client, 2)) == [(TEXT, b"frag1frag2"), (PONG, b"p" * size)]


@pytest.mark.parametrize("size", [5, 200, 70_000])
def test_a_message_may_be_cut_anywhere(native, size):
    client, whole = native.websocket(), frame(BINARY, b"\xfe" * size)
    for cut in [*range(1, 16), len(whole) // 2, len(whole) - 1]:
        if cut >= len(whole):
            continue
        client.stream.send(whole[:cut])
        client.stream.send(whole[cut:])
        assert heard(client, 1) == [(BINARY, b"\xfe" * size)]


# --- Pins: what libwebsockets 4.1.6 lets pass. A newer one that refuses these turns them red; then
# move the input to REFUSED, and strike it from the README's list.


def test_pinned_unmasked_frames_are_accepted(native):
    assert echo_or_end(native, text("bare", mask=False)) == (TEXT, b"bare"), (
        "libwebsockets was mended: unmasked frames are refused"
    )


@pytest.mark.parametrize("size_bytes", [2, 8])
def test_pinned_lengths_that_are_not_minimal_are_accepted(native, size_bytes):
    assert echo_or_end(native, text("wordy", size_bytes=size_bytes)) == (TEXT, b"wordy"), (
        "libwebsockets was mended: lengths in a longer form than they need are refused"
    )


def echo_or_end(native, piece: bytes) -> tuple[int, bytes] | None:
    try:
        return heard(talk(native, piece), 1)[0]
    except ConnectionError:
        return None


def test_pinned_what_comes_with_the_request_is_garbled(native):
    """libwebsockets writes its 101 over what it has read behind the request. Clients wait for it,
    says RFC 6455 (4.1): only one that does not harms itself."""
    payload = bytes(range(250)) * 4
    client = native.websocket(first=frame(BINARY, payload))
    found = client.receive()
    assert len(found.payload) == len(payload)
    assert found.payload != payload, "libwebsockets was mended: turn this test around"


def test_pinned_of_several_pings_only_the_first_is_answered(native):
    """2.10. RFC 6455 asks for a pong to the last of them at least; libwebsockets forgets those that
    come while a pong waits to be written."""
    client = talk(native, b"".join(frame(PING, f"p{n}") for n in range(10)))
    assert heard(client, 1) == [(PONG, b"p0")]
    client.stream.send(text("after"))
    assert heard(client, 1) == [(TEXT, b"after")], "libwebsockets was mended: more pongs come"


def test_2_10_each_ping_that_waits_for_its_pong_is_answered(native):
    client = native.websocket()
    for number in range(10):
        client.ping(f"p{number}".encode())
        assert heard(client, 1) == [(PONG, f"p{number}".encode())]


def test_5_6_a_ping_between_fragments_is_answered(native):
    """Before or after the message: libwebsockets writes pongs when the socket is next writable, and
    the echo may be quicker. RFC 6455 asks for no order."""
    pieces = text("frag1", fin=False) + frame(PING, "ping") + rest("frag2")
    assert sorted(heard(talk(native, pieces), 2)) == [(TEXT, b"frag1frag2"), (PONG, b"ping")]


def test_5_6_a_ping_is_answered_before_the_message_ends(native):
    client = talk(native, text("frag1", fin=False) + frame(PING, "ping"))
    assert heard(client, 1) == [(PONG, b"ping")]
    client.stream.send(rest("frag2"))
    assert heard(client, 1) == [(TEXT, b"frag1frag2")]


CLOSES_THAT_COME_BACK = {
    "7.3.2 one byte": b"\x03",
    "7.5.1 a reason that is no UTF-8": b"\x03\xe8\xce\xba\xed\xa0\x80",
    "7.13.1 code 5000": b"\x13\x88",
    "7.13.2 code 65535": b"\xff\xff",
}


@pytest.mark.parametrize("name", CLOSES_THAT_COME_BACK)
def test_pinned_bad_closes_come_back_as_they_were(native, name):
    """libwebsockets answers a close frame with its own payload; it checks codes below 5000."""
    client = talk(native, frame(CLOSE, CLOSES_THAT_COME_BACK[name]))
    found = client.next()
    assert (found.opcode, found.payload) == (CLOSE, CLOSES_THAT_COME_BACK[name]), (
        "libwebsockets was mended: move this to REFUSED, with 1002 or 1007"
    )


@pytest.mark.parametrize(
    "piece, rest_of_it",
    [
        (text("κόσμε".encode() + b"\xf4\x90", fin=False), rest("end")),
        (header(TEXT, 7) + bytes(4) + b"\xf4\x90\x80\x80", b"end"),
    ],
    ids=["6.4.1 in a fragment", "6.4.3 in an open frame"],
)
def test_pinned_invalid_utf8_is_refused_when_the_message_ends(native, piece, rest_of_it):
    """Autobahn calls it not strict; RFC 6455 does not say when. The host checks whole messages: one
    look at each byte, and none at those of messages that are too large."""
    client = talk(native, piece)
    assert client.is_silent(), "refused at once now: strike the pin, here and in test_autobahn.py"
    client.stream.send(rest_of_it)
    assert client.receive().close_code == 1007
