import assert from "node:assert/strict";
import { it } from "node:test";

import { ask, command, events, journalOnce, Mailbox, member } from "./member.js";
import { againstStoa, everything } from "./stoa.js";
import { within } from "./within.js";

const ok = 0;
const remote = -7;

const namespaces = {
  ...everything,
  members: { plugin: "probe", config: { deny_connect: "members only; sorry" } },
  slow: { plugin: "probe", config: { connect_delay_ms: 50 } },
  "a;b": { plugin: "probe" },
  "日本 ünï": { plugin: "probe" },
};

async function both(stoa) {
  const mailbox = new Mailbox();
  const conn = await stoa.dial({ probe: events(mailbox), second: events(mailbox) });
  const first = await within(conn.connect("probe"), "connect");
  const second = await within(conn.connect("second"), "connect");
  return { conn, first, second, mailbox };
}

againstStoa("connecting to a namespace", { namespaces }, (stoa) => {
  it("runs Connect before and Connected after", async () => {
    const { conn, ns, mailbox } = await member(stoa);
    const names = mailbox.all().map((message) => message.event);
    assert.deepEqual(names, ["_OnNamespaceConnect", "_OnNamespaceConnected"]);
    const journal = await command(ns, "journal", conn.ID);
    const told = journal.filter((entry) => entry.ns === "probe").map((entry) => entry.event);
    assert.deepEqual(told, ["open", "connect", "connected"]);
    assert.ok(journal.every((entry) => !entry.forced));
  });

  it("to many at once works", async () => {
    const { first, second } = await both(stoa);
    assert.equal((await ask(first, "echo", "one")).Body, "one");
    assert.equal((await ask(second, "echo", "two")).Body, "two");
    assert.deepEqual((await command(first, "facts")).namespaces.sort(), ["probe", "second"]);
  });

  it("that the server does not have is a bad namespace", async () => {
    const conn = await stoa.dial({ nowhere: {} });
    await assert.rejects(conn.connect("nowhere"), { message: "bad namespace" });
  });

  it("that the client did not declare is refused by the client", async () => {
    const conn = await stoa.dial({ probe: {} });
    await assert.rejects(conn.connect("second"), { message: "bad namespace" });
  });

  it("is denied with the plugin's text", async () => {
    const mailbox = new Mailbox();
    const conn = await stoa.dial({ members: events(mailbox) });
    await assert.rejects(conn.connect("members"), { message: "members only; sorry" });
    assert.equal(conn.namespace("members"), undefined);
    assert.deepEqual(mailbox.all("_OnNamespaceConnected"), []);
  });

  it("twice is answered empty, and fires nothing", async () => {
    const wire = await stoa.acknowledged();
    assert.equal(await wire.ask("$1;probe;;_OnNamespaceConnect;0;0;"), "$1;;;;;;");
    assert.equal(await wire.ask("$2;probe;;_OnNamespaceConnect;0;0;"), "$2;;;;;;");
    const journal = await wire.ask(`$3;probe;;journal;0;0;${wire.id}`);
    assert.equal(journal.match(/"connect"/g).length, 1);
  });

  it("unknown comes back as the message with the error", async () => {
    const wire = await stoa.acknowledged();
    const back = await wire.ask("$1;nowhere;;_OnNamespaceConnect;0;0;");
    assert.equal(back, "$1;nowhere;;_OnNamespaceConnect;1;0;bad namespace");
  });

  it("lets events wait for it", async () => {
    const wire = await stoa.acknowledged();
    wire.send("$1;slow;;_OnNamespaceConnect;0;0;");
    wire.send("$2;slow;;echo;0;0;patient");
    assert.equal(await wire.next(), "$1;;;;;;");
    assert.equal(await wire.next(), "$2;slow;;echo;0;0;patient");
  });

  for (const ns of ["a;b", "日本 ünï"]) {
    it(`named ${ns} works`, async () => {
      const { ns: inside } = await member(stoa, { ns });
      assert.equal((await ask(inside, "wie; geht's", "日本;")).Body, "any:wie; geht's:日本;");
      const room = await within(inside.joinRoom("r;oom ☃"), "join");
      assert.deepEqual(await command(inside, "members", { room: "r;oom ☃" }), [inside.conn.ID]);
      assert.equal(await within(room.leave(), "leave"), null);
    });
  }

  it("named with a semicolon travels escaped", async () => {
    const wire = await stoa.acknowledged();
    const name = "a@%!semicolon@%!b";
    assert.equal(await wire.ask(`$1;${name};;_OnNamespaceConnect;0;0;`), "$1;;;;;;");
    const question = `$2;${name};;e@%!semicolon@%!e;0;0;`;
    assert.equal(await wire.ask(`${question}x;y`), `${question}any:e;e:x;y`);
  });
});

againstStoa("the server connects a client", { namespaces }, (stoa) => {
  it("to a namespace that it declared", async () => {
    const { conn, first } = await both(stoa);
    await within(conn.namespace("second").disconnect(), "disconnect");
    const expected = conn.waitServerConnect("second");
    assert.equal((await command(first, "connect", { ns: "second" })).status, ok);
    const ns = await within(expected, "the server connects");
    assert.equal((await ask(ns, "echo", "inside")).Body, "inside");
  });

  it("and hears when the client does not know it", async () => {
    const { ns } = await member(stoa);
    const outcome = await command(ns, "connect", { ns: "second" });
    assert.equal(outcome.status, remote);
    assert.equal(outcome.body, "bad namespace");
    assert.deepEqual((await command(ns, "facts")).namespaces, ["probe"]);
  });

  it("from the connection hook", async () => {
    const mailbox = new Mailbox();
    const handlers = { probe: events(mailbox), second: events(mailbox) };
    const conn = await stoa.dial(handlers, { query: { force: "probe,second" } });
    const [first, second] = await within(
      Promise.all([conn.waitServerConnect("probe"), conn.waitServerConnect("second")]),
      "the server connects",
    );
    assert.equal((await ask(first, "echo", "one")).Body, "one");
    assert.equal((await ask(second, "echo", "two")).Body, "two");
    assert.equal((await mailbox.next("_OnNamespaceConnected")).local, false);
    const connects = (await command(first, "journal", conn.ID)).filter((e) => e.event === "connect");
    assert.deepEqual(connects.map((entry) => entry.by), ["plugin", "plugin"]);
  });

  it("and pushes at once", async () => {
    const mailbox = new Mailbox();
    const query = { force: "probe", push: "3" };
    await stoa.dial({ probe: events(mailbox) }, { query });
    const pushed = await mailbox.take("pushed", 3);
    assert.deepEqual(pushed.map((message) => message.body), ["0", "1", "2"]);
  });
});

againstStoa("disconnecting from a namespace", { namespaces }, (stoa) => {
  it("leaves the others alone", async () => {
    const { conn, first, second, mailbox } = await both(stoa);
    await within(second.disconnect(), "disconnect");
    assert.equal((await mailbox.next("_OnNamespaceDisconnect")).ns, "second");
    assert.equal(conn.namespace("second"), undefined);
    assert.deepEqual((await command(first, "facts")).namespaces, ["probe"]);
  });

  it("can be refused by the server", async () => {
    const { ns, mailbox } = await member(stoa);
    await ask(ns, "stay");
    const refused = await within(ns.disconnect(), "disconnect");
    assert.equal(refused.message, "not yet");
    assert.deepEqual(mailbox.all("_OnNamespaceDisconnect"), []);
    assert.equal((await ask(ns, "echo", "still here")).Body, "still here");
  });

  it("twice is answered empty, and what follows is for a bad namespace", async () => {
    const wire = await stoa.acknowledged();
    await wire.ask("$1;probe;;_OnNamespaceConnect;0;0;");
    assert.equal(await wire.ask("$2;probe;;_OnNamespaceDisconnect;0;0;"), "$2;;;;;;");
    assert.equal(await wire.ask("$3;probe;;_OnNamespaceDisconnect;0;0;"), "$3;;;;;;");
    assert.equal(await wire.ask("$4;probe;;echo;0;0;x"), "$4;probe;;echo;1;0;bad namespace");
    assert.equal(await wire.ask(";probe;;echo;0;0;x"), ";probe;;echo;1;0;bad namespace");
  });

  it("leaves every room by force first", async () => {
    const { conn, first, second } = await both(stoa);
    await within(second.joinRoom("lobby"), "join");
    await within(second.joinRoom("sticky"), "join");
    await within(second.disconnect(), "disconnect");
    const endOf = (journal) => {
      const told = journal.filter((entry) => entry.ns === "second").map((entry) => {
        return [entry.event, entry.room, entry.forced].join(" ").trim();
      });
      return told.slice(told.indexOf("disconnect  false"));
    };
    const end = endOf(await journalOnce(first, conn.ID, (journal) => endOf(journal).length >= 5));
    assert.equal(end.length, 5);
    for (const room of ["lobby", "sticky"]) {
      const left = end.filter((entry) => entry.includes(room));
      assert.deepEqual(left, [`leave ${room} true`, `left ${room} true`]);
    }
  });

  it("from the server's side tells the client", async () => {
    const { conn, first, second, mailbox } = await both(stoa);
    await within(second.joinRoom("lobby"), "join");
    assert.equal((await command(first, "disconnect", { ns: "second" })).status, ok);
    assert.equal((await mailbox.next("_OnNamespaceDisconnect")).ns, "second");
    assert.equal((await mailbox.next("_OnRoomLeft")).room, "lobby");
    assert.equal(conn.namespace("second"), undefined);
    const isEnd = (entry) => entry.event === "disconnect";
    const journal = await journalOnce(first, conn.ID, (entries) => entries.some(isEnd));
    const entry = journal.find(isEnd);
    assert.equal(entry.ns, "second");
    assert.equal(entry.by, "plugin");
  });

  it("from all of them leaves the connection open", async () => {
    const { conn, first, mailbox } = await both(stoa);
    first.emit("disconnect_all", "{}");
    const gone = await mailbox.take("_OnNamespaceDisconnect", 2);
    assert.deepEqual(gone.map((message) => message.ns).sort(), ["probe", "second"]);
    const again = await within(conn.connect("probe"), "connect");
    assert.equal((await ask(again, "echo", "back")).Body, "back");
  });
});
