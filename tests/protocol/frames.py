"""WebSocket frames as bytes: built and read by hand, so that broken ones can be built too."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA


@dataclass(frozen=True)
class Frame:
    """A frame as it was received. `minimal`: is its length written in the shortest form?"""

    opcode: int
    payload: bytes
    fin: bool = True
    rsv: int = 0
    masked: bool = False
    minimal: bool = True

    @property
    def text(self) -> str:
        return self.payload.decode()

    @property
    def close_code(self) -> int | None:
        return struct.unpack(">H", self.payload[:2])[0] if len(self.payload) >= 2 else None

    @property
    def close_reason(self) -> str:
        return self.payload[2:].decode()


def masked(payload: bytes, key: bytes) -> bytes:
    if not payload:
        return payload
    stream = (key * (len(payload) // 4 + 1))[: len(payload)]
    mixed = int.from_bytes(payload, "big") ^ int.from_bytes(stream, "big")
    return mixed.to_bytes(len(payload), "big")


def header(
    opcode: int,
    size: int,
    *,
    fin: bool = True,
    rsv: int = 0,
    mask: bool = True,
    size_bytes: int | None = None,
) -> bytes:
    """The two to ten bytes before the key. `size_bytes` (0, 2, 8) forces the form of the length."""
    if size_bytes is None:
        size_bytes = 0 if size < 126 else 2 if size < 1 << 16 else 8
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    mask_bit = 0x80 if mask else 0
    if size_bytes == 0:
        return bytes([first, mask_bit | size])
    if size_bytes == 2:
        return bytes([first, mask_bit | 126]) + struct.pack(">H", size)
    return bytes([first, mask_bit | 127]) + struct.pack(">Q", size)


def frame(
    opcode: int,
    payload: bytes | str = b"",
    *,
    fin: bool = True,
    rsv: int = 0,
    mask: bool = True,
    size_bytes: int | None = None,
) -> bytes:
    """A client's frame; masked unless told otherwise."""
    if isinstance(payload, str):
        payload = payload.encode()
    head = header(opcode, len(payload), fin=fin, rsv=rsv, mask=mask, size_bytes=size_bytes)
    if not mask:
        return head + payload
    key = os.urandom(4)
    return head + key + masked(payload, key)


def close_frame(code: int | None, reason: bytes | str = b"") -> bytes:
    if isinstance(reason, str):
        reason = reason.encode()
    return frame(CLOSE, b"" if code is None else struct.pack(">H", code) + reason)


class FrameReader:
    """Cuts a stream of bytes into frames."""

    def __init__(self) -> None:
        self.pending = bytearray()

    def feed(self, data: bytes) -> None:
        self.pending += data

    def next(self) -> Frame | None:
        """The next whole frame, or None until more bytes were fed."""
        data = self.pending
        if len(data) < 2:
            return None
        size, at, minimal = data[1] & 0x7F, 2, True
        if size >= 126:
            width = 2 if size == 126 else 8
            if len(data) < 2 + width:
                return None
            size = int.from_bytes(data[2 : 2 + width], "big")
            at += width
            minimal = size >= (126 if width == 2 else 1 << 16)
        is_masked = bool(data[1] & 0x80)
        key_at, at = at, at + (4 if is_masked else 0)
        if len(data) < at + size:
            return None
        payload = bytes(data[at : at + size])
        if is_masked:
            payload = masked(payload, bytes(data[key_at:at]))
        found = Frame(
            data[0] & 0x0F, payload, bool(data[0] & 0x80), data[0] >> 4 & 7, is_masked, minimal
        )
        del data[: at + size]
        return found
