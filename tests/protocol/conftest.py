"""Fixtures: a server that all tests of a worker share, and servers of one's own."""

from __future__ import annotations

import os
import shutil
import signal
from contextlib import ExitStack

import pytest

from server import BINARY, FIXTURES, NATIVE, PLUGINS, Stoa, manifest

OUTCOMES = {
    "passed": ("passed", "xpassed"),
    "failed": ("failed", "error"),
    "skipped": ("skipped", "xfailed"),
}


def pytest_sessionstart() -> None:
    # What a shell starts in the background ignores it, and so would all that is started here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    named = {name: name in os.environ for name in ("STOA_BIN", "STOA_PLUGINS", "STOA_FIXTURES")}
    if len(set(named.values())) > 1:
        pytest.exit(f"of one build all must be named, or nothing: {named}", 1)
    if not BINARY.exists():
        pytest.exit(f"{BINARY} is missing: build the target stoa, or name it in STOA_BIN", 1)


def pytest_unconfigure(config) -> None:
    """Says it all in the last line, in the words of the other suites."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is None or hasattr(config, "workerinput"):
        return
    count = {
        name: sum(len(terminal.stats.get(key, [])) for key in keys)
        for name, keys in OUTCOMES.items()
    }
    print(f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")


@pytest.fixture(scope="session")
def plugins(tmp_path_factory):
    """The shipped plugins and the probe in one folder."""
    folder = tmp_path_factory.mktemp("plugins")
    for library in (*PLUGINS.glob("*.so"), FIXTURES / "probe.so"):
        shutil.copy(library, folder)
    return folder


@pytest.fixture(scope="session", params=[1, 4], ids=["one worker", "four workers"])
def shared_server(request, tmp_path_factory):
    text = manifest(workers=request.param)
    with Stoa(tmp_path_factory.mktemp("shared"), text) as running:
        yield running


@pytest.fixture
def server(shared_server):
    """A server with every plugin and the default limits; many tests use it."""
    shared_server.check_alive()
    yield shared_server
    shared_server.check_alive()


@pytest.fixture(scope="session")
def shared_native(tmp_path_factory):
    # On the loop, where what came before an error of the protocol is answered before it is found.
    text = manifest(NATIVE + 'run = "loop"\n', max_message_bytes=16 << 20, send_queue_bytes=64 << 20)
    with Stoa(tmp_path_factory.mktemp("native"), text) as running:
        yield running


@pytest.fixture
def native(shared_native):
    """A server that is nothing but a raw WebSocket echo, with large messages."""
    shared_native.check_alive()
    yield shared_native
    shared_native.check_alive()


@pytest.fixture(params=[1, 4], ids=["one worker", "four workers"])
def workers(request):
    """How many workers `start` gives a server. A test may have itself parametrized otherwise."""
    return request.param


@pytest.fixture
def start(tmp_path, plugins, workers):
    """start(NAMESPACES, key=value...) starts a server for this test alone: the namespaces' part of
    its manifest, and keys of [server]."""
    with ExitStack() as running:

        def start(*parts, open_files=None, environment=None, **server) -> Stoa:
            text = manifest(*parts, plugins=plugins, **({"workers": workers} | server))
            folder = tmp_path / f"server{len(list(tmp_path.iterdir()))}"
            folder.mkdir()
            return running.enter_context(
                Stoa(folder, text, open_files=open_files, environment=environment)
            )

        yield start
