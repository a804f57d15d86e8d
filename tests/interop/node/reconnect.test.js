// neffos.js' own `reconnect`: it probes with HEAD, dials again, and restores namespaces and rooms.
import assert from "node:assert/strict";
import { it } from "node:test";

import { ask, command, events, Mailbox, member } from "./member.js";
import { againstStoa } from "./stoa.js";
import { within } from "./within.js";

async function settled(stoa) {
  const mailbox = new Mailbox();
  const handlers = { probe: events(mailbox), second: events(mailbox) };
  const conn = await stoa.dial(handlers, { reconnect: 20 });
  const probe = await within(conn.connect("probe"), "connect");
  await within(conn.connect("second"), "connect");
  await within(probe.joinRoom("hall"), "join");
  await within(probe.joinRoom("r;oom ☃"), "join");
  await mailbox.take("_OnNamespaceConnected", 2);
  await mailbox.take("_OnRoomJoined", 2);
  return { conn, probe, mailbox };
}

// The connection that came after the one that was lost: neffos.js tells only the handlers of it.
async function restored(mailbox) {
  const connected = await mailbox.take("_OnNamespaceConnected", 2);
  const joined = await mailbox.take("_OnRoomJoined", 2);
  assert.deepEqual(connected.map((message) => message.ns).sort(), ["probe", "second"]);
  assert.deepEqual(joined.map((message) => message.room).sort(), ["hall", "r;oom ☃"]);
  return connected[0].conn;
}

againstStoa("a client that reconnects", {}, (stoa) => {
  it("is back in its namespaces and rooms after a kick", async () => {
    const { conn, probe, mailbox } = await settled(stoa);
    const watch = await member(stoa);
    await command(watch.ns, "close", { id: conn.ID, code: 4000, reason: "kicked" });
    await mailbox.take("_OnNamespaceDisconnect", 2);
    const again = await restored(mailbox);
    try {
      assert.notEqual(again.ID, conn.ID);
      assert.ok(again.wasReconnected());
      const facts = await command(again.namespace("probe"), "facts");
      assert.equal(facts.reconnects, "1");
      assert.deepEqual(facts.rooms.sort(), ["hall", "r;oom ☃"]);
      assert.equal((await ask(again.namespace("second"), "echo", "back")).Body, "back");
      assert.ok(probe.conn.isClosed());
    } finally {
      again.close();
    }
  });

  it("is back after every one of three kicks", async () => {
    const { conn, mailbox } = await settled(stoa);
    const watch = await member(stoa);
    let current = conn;
    try {
      for (let i = 0; i < 3; ++i) {
        await command(watch.ns, "close", { id: current.ID, code: 4000 });
        current = await restored(mailbox);
      }
      assert.equal((await ask(current.namespace("probe"), "echo", "back")).Body, "back");
    } finally {
      current.close();
    }
  });

  it("is back after the server was started again", async () => {
    const { mailbox } = await settled(stoa);
    await stoa.stop();
    await stoa.startAgain();
    const again = await restored(mailbox);
    try {
      const { rooms } = await command(again.namespace("probe"), "facts");
      assert.deepEqual(rooms.sort(), ["hall", "r;oom ☃"]);
    } finally {
      again.close();
    }
  });
});
