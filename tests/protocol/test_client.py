"""`stoa call` against a server that does what no server may."""

import base64
import hashlib
import signal
import socket
import subprocess
import threading
from collections.abc import Callable
from contextlib import contextmanager

import pytest

from frames import TEXT, FrameReader, frame
from server import BINARY
from stream import PATIENCE

ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Misbehaving:
    """One client's server: it upgrades, acknowledges, lets it into the namespace, and sends what
    `answer` makes of the wait field of its question."""

    def __init__(self, listener: socket.socket, answer: Callable[[str], bytes]) -> None:
        self._listener = listener
        self._answer = answer
        self._reader = FrameReader()

    def serve(self) -> None:
        peer, _ = self._listener.accept()
        with peer:
            peer.settimeout(PATIENCE)
            self._upgrade(peer)
            self._hear(peer)
            peer.sendall(frame(TEXT, "Aid", mask=False))
            wish = self._hear(peer)
            peer.sendall(frame(TEXT, wish.split(";")[0] + ";;;;;;", mask=False))
            question = self._hear(peer)
            try:
                peer.sendall(self._answer(question.split(";")[0]))
                while peer.recv(4096):
                    pass
            except OSError:
                pass  # as it should: the client hangs up

    def _upgrade(self, peer: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            request += peer.recv(4096)
        lines = dict(line.split(": ", 1) for line in request.decode().split("\r\n")[1:] if line)
        key = {name.lower(): value for name, value in lines.items()}["sec-websocket-key"]
        accept = base64.b64encode(hashlib.sha1((key + ACCEPT_GUID).encode()).digest()).decode()
        peer.sendall(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )

    def _hear(self, peer: socket.socket) -> str:
        while (heard := self._reader.next()) is None:
            self._reader.feed(peer.recv(4096))
        return heard.payload.decode()


@contextmanager
def misbehaving(answer: Callable[[str], bytes]):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        thread = threading.Thread(target=Misbehaving(listener, answer).serve)
        thread.start()
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


def call(url: str) -> subprocess.CompletedProcess:
    command = [str(BINARY), "call", url, "n", "event"]
    return subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)


# libwebsockets 4.1.6, if it looks for such text itself, goes on behind the end of its buffer.
@pytest.mark.parametrize("size", [10, 16_385, 40_000, 1_000_000])
def test_text_that_is_not_utf8_ends_the_connection(size):
    with misbehaving(lambda _: frame(TEXT, b"\xff" * size, mask=False)) as url:
        done = call(url)
    assert b"closed the connection with 1007: text that is not UTF-8" in done.stderr
    assert done.returncode == 1
    assert done.stdout == b""


def test_a_large_frame_is_read():
    body = "x" * 1_000_000
    answer = ";n;;event;0;0;" + body
    with misbehaving(lambda wait: frame(TEXT, wait + answer, mask=False)) as url:
        done = call(url)
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().strip() == body


def test_a_masked_frame_is_taken_though_no_server_may_mask():
    """As libwebsockets 4.1.6 has it: see the README's known limits."""
    with misbehaving(lambda wait: frame(TEXT, wait + ";n;;event;0;0;yes", mask=True)) as url:
        done = call(url)
    assert done.stdout == b"yes\n"


def test_listen_can_be_stopped_while_it_connects():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        url = f"ws://127.0.0.1:{listener.getsockname()[1]}"
        listen = subprocess.Popen([str(BINARY), "listen", url, "n", "--timeout", "60000"])
        peer, _ = listener.accept()  # and says nothing
        with peer:
            listen.send_signal(signal.SIGINT)
            assert listen.wait(PATIENCE) == -signal.SIGINT
