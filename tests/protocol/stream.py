"""A TCP connection to the server, under full control of the test."""

from __future__ import annotations

import socket
import struct
import time

PATIENCE = 10.0
"""Seconds to wait for what must come. Long, because sanitizers and busy machines are slow; a test
that waits for an event never waits longer than the event takes."""


class Closed(ConnectionError):
    """The server ended the TCP connection: `how` is "fin" or "reset"."""

    def __init__(self, how: str) -> None:
        super().__init__(f"the server ended the connection ({how})")
        self.how = how


class Stream:
    """A TCP connection."""

    def __init__(self, address: tuple[str, int], receive_buffer: int = 0) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect(address)

    def send(self, data: bytes) -> None:
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            raise Closed("reset") from None

    def receive(self, timeout: float = PATIENCE) -> bytes:
        """Some bytes. Raises Closed at the end, TimeoutError if none come."""
        self.socket.settimeout(timeout)
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionResetError:
            raise Closed("reset") from None
        finally:
            self.socket.settimeout(PATIENCE)
        if not data:
            raise Closed("fin")
        return data

    def receive_all(self, timeout: float = PATIENCE) -> bytes:
        """Everything until the server ends the connection."""
        data, deadline = b"", time.monotonic() + timeout
        try:
            while True:
                data += self.receive(max(deadline - time.monotonic(), 0.001))
        except Closed:
            return data

    def finish(self) -> None:
        """Sends FIN: nothing more comes from this side."""
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Ends with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self) -> None:
        self.socket.close()
