"""A neffos client: a WebSocket, its acknowledgement, and messages as the strings that they are."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass

from frames import BINARY, TEXT
from stream import PATIENCE
from websocket import WebSocket

SEMICOLON = "@%!semicolon@%!"


@dataclass(frozen=True)
class Message:
    wait: str
    namespace: str
    room: str
    event: str
    is_error: bool
    is_noop: bool
    body: str | bytes

    @staticmethod
    def parse(payload: bytes) -> Message:
        fields = payload.split(b";", 6)
        assert len(fields) == 7, f"not a message: {payload!r}"
        wait, namespace, room, event, error, noop = (field.decode() for field in fields[:6])
        assert error in ("0", "1", "") and noop in ("0", "1", ""), f"bad flags: {payload!r}"
        namespace, room, event = (name.replace(SEMICOLON, ";") for name in (namespace, room, event))
        return Message(wait, namespace, room, event, error == "1", noop == "1", fields[6])

    @property
    def text(self) -> str:
        return self.body.decode() if isinstance(self.body, bytes) else self.body


def message(
    wait: str,
    namespace: str,
    room: str,
    event: str,
    body: str = "",
    *,
    error: bool = False,
    noop: bool = False,
) -> str:
    names = ";".join(name.replace(";", SEMICOLON) for name in (namespace, room, event))
    return f"{wait};{names};{int(error)};{int(noop)};{body}"


class RemoteError(Exception):
    """The server answered an ask with an error."""


class Client(WebSocket):
    """A WebSocket that was acknowledged. `id` is what the server called it."""

    def __init__(self, address: tuple[str, int], path: str = "/", **how) -> None:
        super().__init__(address, path, **how)
        self.send("M")
        self._tokens = itertools.count(1)
        self.inbox: list[Message] = []
        answer = self.text()
        assert answer[:1] == "A", f"not accepted: {answer!r}"
        self.id = answer[1:]

    def message(self, timeout: float = PATIENCE) -> Message:
        """The next message that is not an answer to ask()."""
        if self.inbox:
            return self.inbox.pop(0)
        found = self.receive(timeout)
        assert found.opcode in (TEXT, BINARY), f"wanted a message, got {found}"
        return Message.parse(found.payload)

    def ask(self, namespace: str, event: str, body: str = "", *, room: str = "") -> str:
        """Sends an ask and returns the answer's text; raises RemoteError. What comes before the
        answer is kept for message()."""
        token = f"${next(self._tokens)}"
        self.send(message(token, namespace, room, event, body))
        while True:
            found = self.receive()
            assert found.opcode == TEXT, f"wanted a message, got {found}"
            answer = Message.parse(found.payload)
            if answer.wait != token:
                self.inbox.append(answer)
                continue
            if answer.is_error:
                raise RemoteError(answer.text)
            return answer.text

    def emit(self, namespace: str, event: str, body: str = "", *, room: str = "") -> None:
        self.send(message("", namespace, room, event, body))

    def connect(self, namespace: str) -> None:
        self.ask(namespace, "_OnNamespaceConnect")

    def disconnect(self, namespace: str) -> None:
        self.ask(namespace, "_OnNamespaceDisconnect")

    def join(self, namespace: str, room: str) -> None:
        self.ask(namespace, "_OnRoomJoin", room=room)

    def leave(self, namespace: str, room: str) -> None:
        self.ask(namespace, "_OnRoomLeave", room=room)

    def until(self, wanted, timeout: float = PATIENCE) -> Message:
        """Skips messages until `wanted(message)`."""
        while not wanted(found := self.message(timeout)):
            pass
        return found

    def notice(self) -> tuple[str, str]:
        """The next notice of the chat plugin: (kind, connection id)."""
        found = self.until(lambda each: each.event == "notice")
        told = json.loads(found.text)
        return told["kind"], told["id"]
