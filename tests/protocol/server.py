"""A running `stoa serve`, its manifest, and what the system says about its process."""

from __future__ import annotations

import os
import re
import resource
import select
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

from neffos import Client
from stream import PATIENCE, Stream
from websocket import WebSocket

TREE = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("STOA_BIN", TREE / "build/bin/stoa")).resolve()
PLUGINS = Path(os.environ.get("STOA_PLUGINS", TREE / "build/plugins")).resolve()
FIXTURES = Path(os.environ.get("STOA_FIXTURES", TREE / "build/fixtures")).resolve()

START_TIMEOUT = 30.0
CRASH_MARKS = re.compile(r"(Address|Leak|Thread|UndefinedBehavior|Memory)Sanitizer|runtime error:")

NAMESPACES = """
[namespace.default]
plugin = "echo"
[namespace.chat]
plugin = "chat"
[namespace.clock]
plugin = "clock"
config = { period_ms = 100 }
[namespace.admin]
plugin = "gate"
config = { tokens = { sesame = "ali", meadow = "cow" }, admins = ["ali"] }
[namespace.tally]
plugin = "tally"
"""
"""One namespace for each plugin that speaks neffos."""

PROBES = """
[namespace.probe]
plugin = "probe"
[namespace.other]
plugin = "probe"
"""
"""Two namespaces of the test plugin, which keeps a journal of what happened to each connection."""

NATIVE = '[namespace.""]\nplugin = "native"\n'


def toml(value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    return f'"{value}"' if isinstance(value, (str, Path)) else str(value)


def manifest(*parts: str, plugins: Path = PLUGINS, **server) -> str:
    """A manifest's text: `parts` (NAMESPACES if none), and `server`, the keys of [server].
    It listens on an ephemeral port."""
    keys = {"listen": ["127.0.0.1:0"], "workers": 1, "drain_grace_ms": 100} | server
    lines = ["[server]"] + [f"{key} = {toml(value)}" for key, value in keys.items()]
    lines += ["[plugins]", f"directory = {toml(plugins)}"]
    return "\n".join(lines + list(parts or [NAMESPACES]))


class Stoa:
    """The process. Use it as a context: at its end the server is drained, and must end well."""

    def __init__(
        self,
        folder: Path,
        text: str,
        *,
        open_files: int | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        """`open_files` is its limit of file descriptors."""
        self.log_file = folder / "stoa.log"
        config = folder / "stoa.toml"
        config.write_text(text)
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                [str(BINARY), "serve", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                preexec_fn=limit_open_files(open_files),
                env=os.environ | (environment or {}),
            )
        self.pid = self.process.pid
        self._out = b""
        self.url = self._wait_for_address()
        parts = urlsplit(self.url)
        self.address = (parts.hostname or "", parts.port or 0)
        self.path = parts.path or "/"
        self.expected_exit = 0

    def _wait_for_address(self) -> str:
        line = self.line(START_TIMEOUT)
        found = re.fullmatch(r"listening (ws://\S+)", line or "")
        if not found:
            self.kill()
            raise AssertionError(f"the server did not start: {line!r}\n{self.log()}")
        return found[1]

    def line(self, timeout: float) -> str | None:
        """The next line of standard output; None at its end."""
        deadline = time.monotonic() + timeout
        out = self.process.stdout
        assert out is not None
        while b"\n" not in self._out:
            ready, _, _ = select.select([out], [], [], max(deadline - time.monotonic(), 0))
            if not ready:
                self.kill()
                raise AssertionError(f"no line on standard output in time\n{self.log()}")
            chunk = os.read(out.fileno(), 4096)
            if not chunk:
                return None
            self._out += chunk
        line, self._out = self._out.split(b"\n", 1)
        return line.decode()

    # --- Clients

    def stream(self, **how) -> Stream:
        return Stream(self.address, **how)

    def websocket(self, path: str | None = None, **how) -> WebSocket:
        """A connection that was upgraded, and said nothing yet."""
        return WebSocket(self.address, path or self.path, **how)

    def client(self, *namespaces: str, path: str | None = None, **how) -> Client:
        """A connection that was acknowledged, and is in `namespaces`."""
        client = Client(self.address, path or self.path, **how)
        for namespace in namespaces:
            client.connect(namespace)
        return client

    # --- The process

    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def signal(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def wait(self, timeout: float = 30.0) -> int:
        return self.process.wait(timeout)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def open_files(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def resident_bytes(self) -> int:
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize()

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def is_sanitized(self) -> bool:
        """Sanitizers keep freed memory and need more of it: growth says nothing then."""
        maps = Path(f"/proc/{self.pid}/maps").read_text()
        return "libasan" in maps or "libtsan" in maps

    def check_alive(self) -> None:
        assert self.process.poll() is None, (
            f"the server ended with {self.process.returncode}\n{self.log()}"
        )

    # --- Its end

    def __enter__(self) -> Stoa:
        return self

    def __exit__(self, kind, value, trace) -> None:
        crashed = self.process.poll()
        if crashed is None:
            self.signal()
            try:
                crashed = self.wait()
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(
                    f"the server did not end when told to\n{self.log()}"
                ) from value
        if self.process.stdout:
            self.process.stdout.close()
        log = self.log()
        assert crashed == self.expected_exit, f"the server ended with {crashed}\n{log}"
        assert not CRASH_MARKS.search(log), log


def limit_open_files(limit: int | None):
    """What a child process does before it becomes the server."""

    def set_limit() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))

    return set_limit


def refusal(folder: Path, text: str, open_files: int | None = None) -> str:
    """What a server says that refuses to start with this manifest: its exit code must be 1."""
    config = folder / "stoa.toml"
    config.write_text(text)
    ended = subprocess.run(
        [str(BINARY), "serve", str(config)],
        stdin=subprocess.DEVNULL,
        text=True,
        capture_output=True,
        timeout=START_TIMEOUT,
        preexec_fn=limit_open_files(open_files),
    )
    assert ended.returncode == 1, f"wanted exit code 1, got {ended.returncode}\n{ended.stderr}"
    assert ended.stdout == "", ended.stdout
    return ended.stderr


def eventually(holds, why: str, timeout: float = PATIENCE) -> None:
    """Waits for what only the system can tell, by looking again and again."""
    deadline = time.monotonic() + timeout
    while not holds():
        assert time.monotonic() < deadline, why
        time.sleep(0.02)
