"""The process as its operator sees it: signals, descriptors, memory, and what it refuses."""

import re
import resource
import signal
import subprocess
import time
from collections import Counter

import pytest

from frames import TEXT, frame, header
from neffos import Client, Message
from server import BINARY, NAMESPACES, PROBES, eventually, manifest, refusal
from stream import PATIENCE, Stream
from upgrade import Refused, read_response, upgrade_request

MEGABYTE = 1 << 20
GAVE_UP = 3


# --- Drain


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_zero(start, number):
    server = start()
    client = server.client("default")
    server.signal(number)
    assert client.until_closed()[0] == 1001
    assert server.wait() == 0


def test_it_ends_at_once_if_nobody_is_there(start):
    server = start(drain_grace_ms=60_000)
    server.signal()
    assert server.wait(PATIENCE) == 0


def test_clients_are_told_1001_spread_over_the_grace(start):
    server = start(drain_grace_ms=1500)
    clients = [server.client("default") for _ in range(40)]
    began = time.monotonic()
    server.signal()
    told = []
    waiting = dict(enumerate(clients))
    while waiting:
        for number, client in list(waiting.items()):
            try:
                found = client.receive(0.001)
            except TimeoutError:
                continue
            if found.opcode == 0x8:
                assert found.close_code == 1001
                told.append(time.monotonic() - began)
                client.stream.close()
                del waiting[number]
    assert server.wait() == 0
    assert max(told) - min(told) > 0.4, "all at once"
    assert max(told) < 1.5 + 1.0


def test_what_was_sent_before_is_delivered_first(start):
    server = start('[namespace.chat]\nplugin = "chat"\n', drain_grace_ms=500)
    sender, reader = server.client("chat"), server.client("chat")
    for client in (sender, reader):
        client.join("chat", "hall")
    for _ in range(100):
        sender.emit("chat", "message", "m" * 5000, room="hall")
    sender.ask("chat", "who")
    server.signal()
    for _ in range(100):
        reader.until(lambda each: each.event == "message")
    assert reader.until_closed()[0] == 1001


def test_an_upgrade_while_it_drains_gets_503_with_retry_after(start):
    server = start(drain_grace_ms=3000)
    for _ in range(8):
        server.client("default")
    late = server.stream()
    late.send(upgrade_request()[:20])
    accepted = server.client()
    server.signal()
    eventually(lambda: not takes_clients(server), "it goes on accepting")
    late.send(upgrade_request()[20:])
    answer = read_response(late)
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) >= 1
    accepted.stream.close()
    server.signal()
    server.expected_exit = server.wait()


def takes_clients(server) -> bool:
    """Does any worker? One is let in by chance: whichever the system gives it to."""
    for _ in range(8):
        try:
            Client(server.address).stream.close()
        except (AssertionError, ConnectionError, Refused):  # or closed as soon as it was let in
            continue
        return True
    return False


def test_clients_are_served_while_it_drains(start):
    server = start(drain_grace_ms=3000)
    clients = [server.client("default") for _ in range(20)]
    server.signal()
    served = 0
    for client in clients:
        try:
            served += client.ask("default", "echo", "still here") == "still here"
        except (AssertionError, ConnectionError):
            pass  # it was told to go already
    assert served > 0


def test_every_worker_answers_until_the_last_client_has_gone(start):
    server = start(drain_grace_ms=4000)
    clients = [server.client("default") for _ in range(5)]
    server.signal()
    eventually(lambda: not takes_clients(server), "it goes on accepting")
    for _ in range(24):
        late = server.stream()
        late.send(upgrade_request())
        assert read_response(late).status == 503
    for client in clients:
        assert client.until_closed()[0] == 1001
    assert server.wait() == 0
    with pytest.raises(ConnectionRefusedError):
        server.stream()


@pytest.mark.parametrize("workers", [4])
def test_namespaces_go_on_until_the_last_client_has_gone(start):
    clocks = [f"clock{number}" for number in range(4)]  # each at home with another worker
    table = '[namespace.{}]\nplugin = "clock"\nconfig = {{ period_ms = 50 }}\n'
    server = start(*(table.format(name) for name in clocks), drain_grace_ms=3000)
    clients = [server.client(*clocks) for _ in range(5)]  # two of them with the same worker
    server.signal()
    told = [Counter(told_until_closed(client)) for client in clients]
    longest = max(told, key=Counter.total)
    assert longest.total() > 4 * 20
    assert min(longest[name] for name in clocks) > longest.total() / 8, longest


def told_until_closed(client) -> list[str]:
    """The namespaces of all messages up to the close frame."""
    namespaces = []
    while (found := client.receive()).opcode == TEXT:
        namespaces.append(Message.parse(found.payload).namespace)
    assert found.close_code == 1001
    client.stream.close()
    return namespaces


# --- A plugin that hangs cannot keep the process


def hung(start, **keys):
    """A server one of whose loops is in a handler that never returns."""
    server = start(PROBES, **keys)
    client = server.client("probe")
    client.emit("probe", "hang")
    assert client.is_silent()
    return server, client


def check_culprit(server) -> None:
    culprit = 'still running in plugin probe 1.0.0, namespace "probe", event message "hang"'
    assert culprit in server.log()


def test_a_second_signal_ends_it_though_a_plugin_hangs(start):
    server, _client = hung(start, drain_grace_ms=60_000)
    server.signal()
    eventually(lambda: "draining" in server.log(), "the first signal was not heard")
    server.signal()
    server.expected_exit = GAVE_UP
    assert server.wait(PATIENCE) == GAVE_UP  # not the 60 s of its grace
    assert "its time is over" in server.log()
    check_culprit(server)


@pytest.mark.parametrize("workers", [1])
def test_a_third_signal_does_not_wait(start):
    server, _client = hung(start, drain_grace_ms=60_000)
    server.signal()
    eventually(lambda: "draining" in server.log(), "the first signal was not heard")
    server.signal()
    eventually(lambda: "stopping now" in server.log(), "the second signal was not heard")
    server.signal()
    server.expected_exit = GAVE_UP
    assert server.wait(PATIENCE) == GAVE_UP
    assert "a third signal came" in server.log()
    check_culprit(server)


@pytest.mark.parametrize("workers", [1])
def test_a_drain_ends_some_seconds_past_its_grace_though_a_plugin_hangs(start):
    server, _client = hung(start, drain_grace_ms=100)
    server.signal()
    server.expected_exit = GAVE_UP
    assert server.wait(20) == GAVE_UP
    check_culprit(server)


def test_a_plugin_that_hangs_while_it_starts_is_given_up(tmp_path, plugins):
    config = tmp_path / "stoa.toml"
    config.write_text(manifest(PROBES + "config = { hang_in_create = 1 }\n", plugins=plugins))
    log = tmp_path / "stoa.log"
    with log.open("wb") as file:
        process = subprocess.Popen([str(BINARY), "serve", str(config)], stderr=file)
    try:
        for wanted in ("hanging", "draining"):
            eventually(lambda wanted=wanted: wanted in log.read_text(), f"no line {wanted}")
            process.terminate()
        assert process.wait(PATIENCE) == GAVE_UP
    finally:
        process.kill()
        process.wait()
    assert 'still running in plugin probe 1.0.0, namespace "other"' in log.read_text()


def test_one_that_does_not_answer_cannot_hold_it_up(start):
    server = start(drain_grace_ms=300)
    server.client("default")  # reads nothing, answers nothing
    server.stream().send(b"GET / HT")
    server.websocket()
    server.signal()
    assert server.wait(20) == 0


def test_a_second_signal_ends_it_now(start):
    server = start(drain_grace_ms=60_000)
    clients = [server.client("default") for _ in range(10)]
    server.signal()
    eventually(lambda: not takes_clients(server), "it goes on accepting")
    began = time.monotonic()
    server.signal()
    server.expected_exit = server.wait(PATIENCE)
    assert server.expected_exit >= 0, "it did not end by itself"
    assert time.monotonic() - began < 3
    assert len(clients) == 10


# --- What it refuses to start with


def test_it_refuses_limits_that_the_system_cannot_carry(tmp_path):
    told = refusal(tmp_path, manifest(max_connections=10_000), open_files=500)
    assert "max_connections" in told
    assert "500" in told
    assert len(told.strip().splitlines()) == 1, told


def test_it_starts_where_the_limits_fit(start):
    assert start(max_connections=100, open_files=500).client("default")


def test_it_refuses_an_address_in_use(start, tmp_path):
    server = start()
    address = f"127.0.0.1:{server.address[1]}"
    told = refusal(tmp_path, manifest(listen=[address]))
    assert address in told or str(server.address[1]) in told


# --- Descriptors and memory


def ends(server, number: int) -> None:
    """One of many short visits, each with another end."""
    way = number % 7
    if way == 0:
        stream = server.stream()
        stream.send(upgrade_request()[: number % 90])
        stream.reset()
        return
    client = server.client("default", "chat")
    if way == 1:
        client.close(1000)
    elif way == 2:
        client.stream.reset()
    elif way == 3:
        client.join("chat", "hall")
        client.stream.send(header(TEXT, 5000))
        client.stream.reset()
    elif way == 4:
        client.stream.send(frame(0x3))
        client.until_closed()
    elif way == 5:
        client.join("chat", "hall")
        client.emit("default", "kick")
        client.stream.finish()
    client.stream.close()


def test_a_thousand_visits_leave_nothing_behind(start):
    server = start()
    for number in range(300):
        ends(server, number)
    eventually(lambda: server.open_files() <= 64, "descriptors stay open", 5)
    settled_files, settled_bytes = server.open_files(), server.resident_bytes()
    for number in range(1000):
        ends(server, number)
    eventually(
        lambda: server.open_files() <= settled_files,
        f"{settled_files} descriptors before, {server.open_files()} after",
    )
    if not server.is_sanitized():
        assert server.resident_bytes() - settled_bytes < 2 * MEGABYTE
    assert server.client("default").ask("default", "echo", "still here") == "still here"


def test_it_survives_running_out_of_descriptors(start):
    server = start(max_connections=100)
    client = server.client("default")
    calm = share_of_a_core(server)
    limits = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
    few = server.open_files() + 4
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (few, limits[1]))
    crowd = [Stream(server.address) for _ in range(50)]
    assert client.ask("default", "echo", "still here") == "still here"

    busy = share_of_a_core(server) - calm
    assert busy < (0.5 if server.is_sanitized() else 0.2), f"it spins: {busy:.0%} of a core"

    for stream in crowd:
        stream.close()
    eventually(lambda: takes_clients(server), "it does not serve again")
    assert client.ask("default", "echo", "still here") == "still here"


def share_of_a_core(server) -> float:
    """What it uses, over a span that has every tick of a second in it."""
    spent, began = server.cpu_seconds(), time.monotonic()
    time.sleep(1.5)  # the span
    return (server.cpu_seconds() - spent) / (time.monotonic() - began)


def test_an_idle_server_sleeps(start):
    server = start('[namespace.default]\nplugin = "echo"\n')
    clients = [server.client("default") for _ in range(20)]
    for client in clients:
        assert client.message().event == "welcome"
    spent = server.cpu_seconds()
    time.sleep(1.0)  # the span over which its CPU time is measured
    assert server.cpu_seconds() - spent < 0.1


# --- The line it prints


def test_it_prints_one_line_for_each_address(start):
    server = start(listen=["127.0.0.1:0", "127.0.0.1:0"], path="/ws")
    second = re.fullmatch(r"listening ws://127\.0\.0\.1:(\d+)/ws", server.line(5) or "")
    assert second
    assert server.path == "/ws"
    assert int(second[1]) != server.address[1]
    assert Client(("127.0.0.1", int(second[1])), "/ws").id


def test_it_listens_on_ipv6_too(start):
    server = start(NAMESPACES, listen=["127.0.0.1:0", "[::1]:0"])
    assert re.fullmatch(r"listening ws://\[::1\]:\d+/", server.line(5) or "")
