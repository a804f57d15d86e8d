"""Python's `websockets`: a plain client of the native namespace, and a neffos client spoken by hand."""

import asyncio
import contextlib
import json
import re
import unittest

import websockets

from stoa import PATIENCE, serve

NATIVE = '[namespace.""]\nplugin = "native"\n'
PROBE = '[namespace.probe]\nplugin = "probe"\n[namespace.default]\nplugin = "echo"\n'

UUID4 = re.compile(r"A[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class Speaker:
    """A neffos client in thirty lines: asks, and keeps what else arrives."""

    def __init__(self, socket):
        self.socket = socket
        self.pushed = []
        self.last = 0

    async def receive(self):
        return await asyncio.wait_for(self.socket.recv(), PATIENCE)

    async def acknowledge(self):
        await self.socket.send("M")
        return await self.receive()

    async def ask(self, ns, room, event, body=""):
        self.last += 1
        wait = f"${self.last}"
        head = f"{wait};{ns};{room};{event};0;0;"
        await self.socket.send(head + body if isinstance(body, str) else head.encode() + body)
        while True:
            frame = await self.receive()
            text = frame if isinstance(frame, str) else frame.decode("latin-1")
            if text.startswith(wait + ";"):
                return frame
            self.pushed.append(frame)

    async def connect(self, ns):
        assert await self.ask(ns, "", "_OnNamespaceConnect") == f"${self.last};;;;;;"


@contextlib.asynccontextmanager
async def speaker(address, **options):
    async with websockets.connect(address, **options) as socket:
        one = Speaker(socket)
        acknowledged = await one.acknowledge()
        assert UUID4.fullmatch(acknowledged), acknowledged
        one.id = acknowledged[1:]
        yield one


def everywhere(namespaces, server=""):
    """Runs the test against one worker, and against four."""

    def decorate(test):
        async def run(self):
            for workers in (1, 4):
                with self.subTest(workers=workers):
                    async with serve(namespaces, workers, server) as address:
                        await test(self, address)

        run.__name__ = test.__name__
        return run

    return decorate


class Native(unittest.IsolatedAsyncioTestCase):
    @everywhere(NATIVE)
    async def test_text_and_binary_come_back_as_they_came(self, address):
        async with websockets.connect(address) as socket:
            for frame in ["M", "hello", "日本 ☃", "$1;a;b;c;0;0;d", bytes(range(256)), b"\xff" * 60_000]:
                await socket.send(frame)
                self.assertEqual(await socket.recv(), frame)

    @everywhere(NATIVE)
    async def test_fragments_come_back_as_one_message(self, address):
        async with websockets.connect(address) as socket:
            await socket.send(["one ", "two ", "three"])
            self.assertEqual(await socket.recv(), "one two three")

    @everywhere(NATIVE)
    async def test_pings_are_answered(self, address):
        async with websockets.connect(address) as socket:
            for _ in range(20):
                await asyncio.wait_for(await socket.ping(), PATIENCE)

    @everywhere(NATIVE)
    async def test_subprotocols_may_be_named_and_none_is_agreed_on(self, address):
        async with websockets.connect(address, subprotocols=["foo", "v2.bar"]) as socket:
            self.assertIsNone(socket.subprotocol)
            await socket.send("hello")
            self.assertEqual(await socket.recv(), "hello")

    @everywhere(NATIVE)
    async def test_a_hundred_clients_keep_their_own_order(self, address):
        async def one(number):
            async with websockets.connect(address) as socket:
                sent = [f"{number}:{i}" for i in range(50)]
                for frame in sent:
                    await socket.send(frame)
                self.assertEqual([await socket.recv() for _ in sent], sent)

        await asyncio.wait_for(asyncio.gather(*map(one, range(100))), 6 * PATIENCE)

    @everywhere(NATIVE)
    async def test_a_clean_close_is_answered_with_its_code(self, address):
        async with websockets.connect(address) as socket:
            await socket.close(4123, "my reason")
            self.assertEqual(socket.close_code, 4123)

    @everywhere(NATIVE)
    async def test_a_message_too_long_closes_1009(self, address):
        async with websockets.connect(address) as socket:
            await socket.send("x" * 70_000)
            with self.assertRaises(websockets.ConnectionClosed) as closed:
                await asyncio.wait_for(socket.recv(), PATIENCE)
            self.assertEqual(closed.exception.rcvd.code, 1009)


class Neffos(unittest.IsolatedAsyncioTestCase):
    @everywhere(PROBE)
    async def test_asks_are_answered_under_their_token(self, address):
        async with speaker(address) as one:
            await one.connect("probe")
            answer = await one.ask("probe", "", "echo", "a;body")
            self.assertEqual(answer, f"${one.last};probe;;echo;0;0;a;body")

    @everywhere(PROBE)
    async def test_binary_is_answered_in_binary(self, address):
        async with speaker(address) as one:
            await one.connect("probe")
            body = bytes(reversed(range(256)))
            answer = await one.ask("probe", "", "echo", body)
            self.assertEqual(answer, f"${one.last};probe;;echo;0;0;".encode() + body)

    @everywhere(PROBE)
    async def test_errors_come_back_with_the_flag(self, address):
        async with speaker(address) as one:
            self.assertEqual(await one.ask("probe", "", "echo"), "$1;probe;;echo;1;0;bad namespace")
            await one.connect("probe")
            self.assertEqual(await one.ask("probe", "", "fail", "no;"), "$3;probe;;fail;1;0;no;")
            self.assertEqual(await one.ask("probe", "x", "echo"), "$4;probe;x;echo;1;0;bad room")

    @everywhere(PROBE)
    async def test_a_refused_connection_hears_why(self, address):
        async with websockets.connect(address + "?refuse=not%20you") as socket:
            self.assertEqual(await Speaker(socket).acknowledge(), "Hnot you")
            with self.assertRaises(websockets.ConnectionClosed) as closed:
                await asyncio.wait_for(socket.recv(), PATIENCE)
            self.assertEqual(closed.exception.rcvd.code, 1008)

    @everywhere(PROBE)
    async def test_the_push_after_connect_comes_after_the_answer(self, address):
        async with speaker(address + "?push=2") as one:
            await one.connect("probe")
            self.assertEqual(one.pushed, [])
            self.assertEqual(await one.receive(), ";probe;;pushed;0;0;0")
            self.assertEqual(await one.receive(), ";probe;;pushed;0;0;1")

    @everywhere(PROBE)
    async def test_rooms_carry_a_broadcast_to_their_members(self, address):
        async with contextlib.AsyncExitStack() as stack:
            members = [await stack.enter_async_context(speaker(address)) for _ in range(8)]
            for one in members:
                await one.connect("probe")
                await one.ask("probe", "hall", "_OnRoomJoin")
            news = json.dumps({"to": "room", "room": "hall", "event": "news", "count": 100})
            await members[0].socket.send(f";probe;;emit;0;0;{news}")
            for one in members:
                for number in range(100):
                    self.assertEqual(await one.receive(), f";probe;hall;news;0;0;{number}")

    @everywhere(PROBE)
    async def test_the_server_asks_and_gets_the_answer(self, address):
        async with speaker(address) as one:
            await one.connect("probe")
            await one.socket.send('$9;probe;;ask;0;0;{"body":"coffee"}')
            wait, *_, body = (await one.receive()).split(";", 6)
            self.assertEqual(body, "coffee")
            await one.socket.send(f"{wait};probe;;question;0;0;yes")
            answer = json.loads((await one.receive()).split(";", 6)[6])
            self.assertEqual((answer["status"], answer["body"]), (0, "yes"))

    @everywhere(PROBE)
    async def test_a_kick_closes_with_its_code_and_reason(self, address):
        async with speaker(address) as one:
            await one.connect("default")
            self.assertEqual(await one.receive(), f";default;;welcome;0;0;{one.id}")
            await one.socket.send(";default;;kick;0;0;")
            with self.assertRaises(websockets.ConnectionClosed) as closed:
                await one.receive()
            self.assertEqual(closed.exception.rcvd.code, 4000)
            self.assertEqual(closed.exception.rcvd.reason, "kicked")

    @everywhere(PROBE)
    async def test_headers_come_from_the_request_or_its_query(self, address):
        query = "?X-Websocket-Header-X-Websocket-Reconnect=7"
        async with speaker(address + query) as one:
            await one.connect("probe")
            self.assertIn('"reconnects":"7"', await one.ask("probe", "", "facts"))
        headers = {"X-Websocket-Reconnect": "2"}
        async with speaker(address, additional_headers=headers) as one:
            await one.connect("probe")
            self.assertIn('"reconnects":"2"', await one.ask("probe", "", "facts"))


if __name__ == "__main__":
    unittest.main()
