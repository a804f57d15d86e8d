import assert from "node:assert/strict";
import { it } from "node:test";

import { ask, command, events, Mailbox, member } from "./member.js";
import { againstStoa } from "./stoa.js";
import { within } from "./within.js";

const ok = 0;
const remote = -7;
const notFound = -4;

const join = (ns, room) => within(ns.joinRoom(room), `join ${room}`);
const leave = (room) => within(room.leave(), "leave");

// The probe's record of the connection's room events: "event room by".
async function roomEvents(ns) {
  const journal = await command(ns, "journal", ns.conn.ID);
  return journal.filter((entry) => entry.room).map((entry) => `${entry.event} ${entry.by}`);
}

againstStoa("a room", {}, (stoa) => {
  it("is joined and left, with both sides told before and after", async () => {
    const { ns, mailbox } = await member(stoa);
    const room = await join(ns, "lobby");
    assert.equal(room.name, "lobby");
    assert.equal(await leave(room), null);
    const told = mailbox.all().filter((message) => message.room).map((message) => message.event);
    assert.deepEqual(told, ["_OnRoomJoin", "_OnRoomJoined", "_OnRoomLeave", "_OnRoomLeft"]);
    const expected = ["join client", "joined client", "leave client", "left client"];
    assert.deepEqual(await roomEvents(ns), expected);
  });

  it("carries messages to its members only", async () => {
    const ann = await member(stoa);
    const bob = await member(stoa);
    await join(ann.ns, "lobby");
    await command(bob.ns, "emit", { to: "room", room: "lobby", event: "news", body: "hi" });
    await command(bob.ns, "emit", { to: "namespace", event: "fence" });
    const news = await ann.mailbox.next("news");
    assert.equal(news.room, "lobby");
    assert.equal(news.body, "hi");
    await bob.mailbox.next("fence");
    assert.deepEqual(bob.mailbox.all("news"), []);
  });

  it("is the room of a reply", async () => {
    const { ns, mailbox } = await member(stoa);
    const room = await join(ns, "lobby");
    room.emit("echo", "in here");
    const back = await mailbox.next("echo");
    assert.equal(back.room, "lobby");
    assert.equal(back.body, "in here");
  });

  it("can be denied", async () => {
    const { ns, mailbox } = await member(stoa);
    await assert.rejects(join(ns, "locked; for good"), { message: "locked room" });
    assert.equal(ns.room("locked; for good"), undefined);
    assert.deepEqual(mailbox.all("_OnRoomJoined"), []);
    assert.deepEqual((await command(ns, "facts")).rooms, []);
  });

  it("can refuse to be left", async () => {
    const { ns } = await member(stoa);
    const room = await join(ns, "sticky");
    assert.equal((await leave(room)).message, "you stay");
    assert.deepEqual((await command(ns, "facts")).rooms, ["sticky"]);
  });

  it("may greet from its Joined handler", async () => {
    const { ns, mailbox } = await member(stoa);
    await join(ns, "greeted");
    assert.equal((await mailbox.next("greeting")).room, "greeted");
  });

  it("of one namespace has nothing to do with its namesake in another", async () => {
    const mailbox = new Mailbox();
    const conn = await stoa.dial({ probe: events(mailbox), second: events(mailbox) });
    const probe = await within(conn.connect("probe"), "connect");
    const second = await within(conn.connect("second"), "connect");
    await join(second, "lobby");
    assert.deepEqual(await command(probe, "members", { room: "lobby" }), []);
    assert.deepEqual(await command(second, "members", { room: "lobby" }), [conn.ID]);
  });

  it("is left while the others stay joined", async () => {
    const { ns, mailbox } = await member(stoa);
    for (const room of ["a", "b", "c"]) await join(ns, room);
    assert.deepEqual((await command(ns, "facts")).rooms.sort(), ["a", "b", "c"]);
    await leave(ns.room("b"));
    assert.deepEqual((await command(ns, "facts")).rooms.sort(), ["a", "c"]);
    assert.deepEqual(mailbox.all("_OnRoomLeft").map((message) => message.room), ["b"]);
  });

  it("answers joining twice and leaving twice empty, and fires nothing", async () => {
    const wire = await stoa.acknowledged();
    await wire.ask("$1;probe;;_OnNamespaceConnect;0;0;");
    for (const wait of ["$2", "$3"]) {
      assert.equal(await wire.ask(`${wait};probe;hall;_OnRoomJoin;0;0;`), `${wait};;;;;;`);
    }
    for (const wait of ["$4", "$5"]) {
      assert.equal(await wire.ask(`${wait};probe;hall;_OnRoomLeave;0;0;`), `${wait};;;;;;`);
    }
    const journal = await wire.ask(`$6;probe;;journal;0;0;${wire.id}`);
    assert.equal(journal.match(/"join"/g).length, 1);
    assert.equal(journal.match(/"leave"/g).length, 1);
  });

  it("not joined is a bad room, and reaches no handler", async () => {
    const wire = await stoa.acknowledged();
    await wire.ask("$1;probe;;_OnNamespaceConnect;0;0;");
    assert.equal(await wire.ask("$2;probe;hall;echo;0;0;x"), "$2;probe;hall;echo;1;0;bad room");
    assert.equal(await wire.ask(";probe;hall;echo;0;0;x"), ";probe;hall;echo;1;0;bad room");
  });

  it("of a namespace that is not connected is a bad namespace", async () => {
    const wire = await stoa.acknowledged();
    const back = await wire.ask("$1;probe;hall;_OnRoomJoin;0;0;");
    assert.match(back, /^\$1;probe;hall;_OnRoomJoin;1;0;bad namespace$/);
  });
});

againstStoa("the server", {}, (stoa) => {
  it("joins a client to a room", async () => {
    const { ns, mailbox } = await member(stoa);
    assert.equal((await command(ns, "join", { room: "picked" })).status, ok);
    assert.equal((await mailbox.next("_OnRoomJoined")).room, "picked");
    assert.ok(ns.room("picked"));
    assert.deepEqual(await roomEvents(ns), ["join plugin", "joined plugin"]);
    assert.equal((await ask(ns, "echo", "x")).Body, "x");
  });

  it("hears when the client does not want to be joined", async () => {
    const handlers = { _OnRoomJoin: () => new Error("rather not") };
    const { ns } = await member(stoa, { handlers });
    const outcome = await command(ns, "join", { room: "picked" });
    assert.equal(outcome.status, remote);
    assert.equal(outcome.body, "rather not");
    assert.deepEqual((await command(ns, "facts")).rooms, []);
  });

  it("makes a client leave a room", async () => {
    const { ns, mailbox } = await member(stoa);
    await join(ns, "lobby");
    assert.equal((await command(ns, "leave", { room: "lobby" })).status, ok);
    assert.equal((await mailbox.next("_OnRoomLeft")).room, "lobby");
    assert.equal(ns.room("lobby"), undefined);
    const told = (await roomEvents(ns)).slice(2);
    assert.deepEqual(told, ["leave plugin", "left plugin"]);
  });

  it("joins a client on behalf of another", async () => {
    const ann = await member(stoa);
    const bob = await member(stoa);
    assert.equal((await command(ann.ns, "join", { id: bob.id, room: "picked" })).status, ok);
    assert.deepEqual(await command(ann.ns, "members", { room: "picked" }), [bob.id]);
  });

  it("does not emit in a room to who is not in it", async () => {
    const { ns } = await member(stoa);
    const { status } = await command(ns, "emit", { room: "elsewhere", event: "news" });
    assert.equal(status, notFound);
  });

  it("knows the members of a room and of the namespace", async () => {
    const members = await Promise.all(Array.from({ length: 8 }, () => member(stoa)));
    await Promise.all(members.slice(0, 5).map(({ ns }) => join(ns, "hall")));
    const ids = (some) => some.map(({ id }) => id).sort();
    const { ns } = members[0];
    assert.deepEqual((await command(ns, "members", { room: "hall" })).sort(), ids(members.slice(0, 5)));
    assert.deepEqual((await command(ns, "members")).sort(), ids(members));
    assert.deepEqual(await command(ns, "members", { room: "nowhere" }), []);
  });
});

againstStoa("the chat", {}, (stoa) => {
  const chatter = (options) => member(stoa, { ns: "chat", ...options });

  it("tells the others in a room who came and who went", async () => {
    const ann = await chatter();
    const bob = await chatter();
    await join(ann.ns, "lobby");
    const room = await join(bob.ns, "lobby");
    const joined = await ann.mailbox.next("notice");
    assert.equal(joined.room, "lobby");
    assert.deepEqual(JSON.parse(joined.body), { kind: "joined", id: bob.id, name: bob.id });
    await leave(room);
    const left = await ann.mailbox.next("notice");
    assert.deepEqual(JSON.parse(left.body), { kind: "left", id: bob.id, name: bob.id });
    // Of Ann it may hear, as the plugin may tell of her when Bob is in already.
    assert.ok(bob.mailbox.all("notice").every(({ body }) => JSON.parse(body).id !== bob.id));
  });

  it("tells the others when a connection just ends", async () => {
    const ann = await chatter();
    const bob = await chatter();
    await join(ann.ns, "lobby");
    await join(bob.ns, "lobby");
    await ann.mailbox.next("notice");
    bob.conn.close();
    const left = JSON.parse((await ann.mailbox.next("notice")).body);
    assert.equal(left.kind, "left");
    assert.equal(left.id, bob.id);
  });

  it("carries a message to everyone else in the room", async () => {
    const [ann, bob, cem] = [await chatter(), await chatter(), await chatter()];
    const room = await join(ann.ns, "lobby");
    await join(bob.ns, "lobby");
    await join(cem.ns, "hall");
    room.emit("message", "hello; 日本");
    const message = await bob.mailbox.next("message");
    assert.equal(message.room, "lobby");
    assert.equal(message.body, "hello; 日本");
    assert.deepEqual(ann.mailbox.all("message"), []);
    assert.deepEqual(cem.mailbox.all("message"), []);
  });

  it("knows who is here, by name", async () => {
    const ann = await chatter();
    await ask(ann.ns, "name", "Ann");
    const bob = await chatter();
    await join(bob.ns, "lobby");
    const here = JSON.parse((await ask(ann.ns, "who")).Body);
    const byName = (one, other) => (one.name < other.name ? -1 : 1);
    const everyone = [{ id: ann.id, name: "Ann" }, { id: bob.id, name: bob.id }];
    assert.deepEqual(here.sort(byName), everyone.sort(byName));
  });
});

againstStoa("the clock", {}, (stoa) => {
  it("ticks, tells the time, and rings once", async () => {
    const { ns, mailbox } = await member(stoa, { ns: "clock" });
    const [first, second] = await mailbox.take("tick", 2);
    assert.ok(Date.parse(second.body) >= Date.parse(first.body));
    const now = Date.parse((await ask(ns, "now")).Body);
    assert.ok(Math.abs(Date.now() - now) < 60_000);
    ns.emit("alarm", "20");
    await mailbox.next("alarm");
    await mailbox.take("tick", 2);
    assert.equal(mailbox.all("alarm").length, 1);
  });
});
