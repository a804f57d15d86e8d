"""The servers: how each is started, and how it wants to be spoken to."""
import dataclasses
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess

START_SECONDS = 20
STOP_SECONDS = 20

# What must not be disturbed is where it is by default; the noisy one is where the server's are.
NEIGHBOURS = """\
[namespace.notices]
plugin = "herald"
run = "thread"
[namespace.noisy]
plugin = "drowsy"
"""


@dataclasses.dataclass
class Server:
    """A way to start one server. `fan_out` is added to the command where it has to know.

    A server of one loop has core 0 and the load client core 1; one with two loops needs both, and
    the client takes its share of them.
    """
    name: str
    command: list
    dialect: str
    cores: str = "0"
    client_cores: str = "1"
    fan_out: list = dataclasses.field(default_factory=list)
    environment: dict = dataclasses.field(default_factory=dict)

    @property
    def client_has_its_core(self):
        return set(self.cores.split(",")).isdisjoint(self.client_cores.split(","))


class Running:
    """A started server: its `pid` and `port`, until stop() has its log lines."""

    def __init__(self, server, fan_out):
        command = ["taskset", "-c", server.cores, *server.command]
        command += server.fan_out if fan_out else []
        self._process = subprocess.Popen(
            [os.fspath(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, env={**os.environ, **server.environment})
        self.pid = self._process.pid
        self.port = self._read_port(server.name)

    def _read_port(self, name):
        ready, _, _ = select.select([self._process.stdout], [], [], START_SECONDS)
        line = self._process.stdout.readline() if ready else ""
        found = re.match(r"listening ws://[^:]+:(\d+)/", line)
        if not found:
            self._process.kill()
            raise RuntimeError(f"{name} did not start: {line}{self._process.communicate()[1]}")
        return int(found[1])

    def stop(self):
        """Ends it and returns what it wrote to standard error."""
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.communicate(timeout=STOP_SECONDS)[1]
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.communicate()[1]


def counted(server, paths, folder):
    """The same server under callgrind, which writes callgrind.PID into `folder` when it ends."""
    valgrind = ["valgrind", "--tool=callgrind", "--quiet",
                f"--callgrind-out-file={folder}/callgrind.%p"]
    preload = {"LD_PRELOAD": os.fspath(paths.scratch / "libopenat2.so")}
    return dataclasses.replace(server, command=[*valgrind, *server.command], environment=preload)


def available(paths):
    """The servers that were built, by name."""
    def stoa(name, **manifest):
        return [paths.stoa, "serve", _manifest(paths, name, **manifest)]

    found = [Server("stoa", stoa("stoa"), "neffos"),
             Server("stoa-thread", stoa("stoa-thread", run="thread"), "neffos"),
             Server("stoa-process", stoa("stoa-process", run="process"), "neffos"),
             Server("stoa-2", stoa("stoa-2", workers=2), "neffos", cores="0,1", client_cores="0,1"),
             Server("stoa-many", stoa("stoa-many", namespaces=1000), "neffos"),
             *(Server(f"noise-{run}", stoa(f"noise-{run}", run=run, neighbours=NEIGHBOURS), "neffos")
               for run in ("loop", "thread", "process")),
             Server("bare", [paths.bare], "plain", fan_out=["--fan-out"])]
    if paths.neffos:
        one_core = {"GOMAXPROCS": "1"}
        found.append(Server("neffos", [paths.neffos], "neffos", environment=one_core))
        found.append(Server("neffos-sync", [paths.neffos, "-sync"], "neffos", environment=one_core))
    if paths.node:
        found.append(Server("ws", ["node", paths.node / "ws.js"], "plain", fan_out=["--fan-out"]))
        found.append(Server("socketio", ["node", paths.node / "socketio.js"], "socketio"))
    return {server.name: server for server in found}


def _manifest(paths, name, workers=1, namespaces=0, run="loop", neighbours=""):
    """Writes a manifest for the measurement and returns its path.

    Our plugins are served from one folder, as a manifest wants it: echo as shipped, and the
    measurement's own.
    """
    folder = paths.crowd.parent
    shutil.copy2(paths.plugins / "echo.so", folder / "echo.so")
    text = f"""\
[server]
listen = ["127.0.0.1:0"]
workers = {workers}
max_connections = 15000
drain_grace_ms = 0
[plugins]
directory = "{folder}"
run = "{run}"
[namespace.default]
plugin = "echo"
[namespace.chat]
plugin = "crowd"
[namespace.labour]
plugin = "labour"
"""
    text += neighbours
    text += "".join(f'[namespace.n{i}]\nplugin = "echo"\n' for i in range(namespaces))
    path = paths.scratch / f"{name}.toml"
    path.write_text(text)
    return path
