// Members of a chat, while its plugin is replaced and taken back: all they notice is its features.
import assert from "node:assert/strict";
import { it } from "node:test";

import { ask, member } from "./member.js";
import { againstStoa } from "./stoa.js";
import { within } from "./within.js";

const chat = (plugin) => ({ chat: { plugin, departure: ["move", "reconnect"] } });
const reaction = JSON.stringify({ to: "1", emoji: "+1" });

async function inLobby(stoa, name) {
  const one = await member(stoa, { ns: "chat" });
  one.room = await within(one.ns.joinRoom("lobby"), "join");
  await ask(one.ns, "name", name);
  return one;
}

async function who({ ns }) {
  const present = JSON.parse((await ask(ns, "who")).Body);
  return present.map(({ name }) => name).sort();
}

// How a connection ended, if it did.
function watch({ conn }) {
  const ends = [];
  conn.conn.addEventListener("close", ({ code }) => ends.push(code));
  return ends;
}

againstStoa("a chat whose plugin is replaced", { namespaces: chat("chat") }, (stoa) => {
  it("goes on as if nothing had happened, with what the new version can do", async () => {
    const ann = await inLobby(stoa, "ann");
    const bob = await inLobby(stoa, "bob");
    const cat = await inLobby(stoa, "cat");
    await ann.mailbox.take("notice", 2);
    await bob.mailbox.next("notice");
    const ends = [ann, bob, cat].map(watch);
    const before = [ann, bob].map(({ mailbox }) => mailbox.all().length);
    let said = 0;
    const talk = () => {
      for (let i = 0; i < 50; ++i) ann.room.emit("message", String(said++));
    };

    talk();
    await assert.rejects(ask(cat.ns, "react", reaction), { message: "unknown event" });
    const replaced = stoa.reload(chat("chat-v2"));
    talk();
    assert.match(await replaced, /rollout 2/);
    talk();
    assert.deepEqual(await who(bob), ["ann", "bob", "cat"]);
    cat.room.emit("react", reaction);
    assert.equal(JSON.parse((await ann.mailbox.next("reaction")).body).name, "cat");

    // What the old version does not know of cat it cannot take over: cat is let in anew, as soon as its
    // client has answered. The step does not wait for clients.
    const back = stoa.ctl("rollback", "chat");
    talk();
    assert.match(await back, /back to rollout 1/);
    talk();
    await cat.mailbox.take("_OnNamespaceConnected", 2);
    assert.deepEqual(await who({ ns: cat.conn.namespace("chat") }), ["ann", "bob", "cat"]);
    await assert.rejects(ask(bob.ns, "react", reaction), { message: "unknown event" });
    assert.equal(JSON.parse((await ask(ann.ns, "stats")).Body).said, said);

    const heard = (await bob.mailbox.take("message", said)).map(({ body }) => body);
    assert.deepEqual(heard, Array.from({ length: said }, (_, i) => String(i)));
    assert.equal(JSON.parse((await bob.mailbox.next("notice")).body).kind, "left");
    assert.deepEqual(ends, [[], [], []]);
    const since = [ann, bob].flatMap(({ mailbox }, i) => mailbox.all().slice(before[i]));
    const kinds = new Set(since.map(({ event }) => event));
    assert.deepEqual([...kinds].sort(), ["message", "notice", "reaction"]);
  });
});
