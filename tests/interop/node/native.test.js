// Plain WebSockets in the namespace "", alone or beside the others.
import assert from "node:assert/strict";
import { once } from "node:events";
import { it } from "node:test";
import neffos from "neffos.js";

import { ask, events, Mailbox, member } from "./member.js";
import { againstStoa, everything } from "./stoa.js";
import { within } from "./within.js";

againstStoa("native only", { namespaces: { "": { plugin: "native" } } }, (stoa) => {
  it("every frame comes back as it came, from the first", async () => {
    const wire = await stoa.open();
    for (const frame of ["M", "hello", "$1;a;b;c;0;0;d", ";;;;;;", "日本 ☃"]) {
      assert.equal(await wire.ask(frame), frame);
    }
  });

  it("text stays text and binary stays binary", async () => {
    const wire = await stoa.open();
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    assert.deepEqual(await wire.ask(bytes), bytes);
    assert.equal(await wire.ask("text"), "text");
  });

  it("fragments come back as one frame", async () => {
    const wire = await stoa.open();
    wire.send("one ", { fin: false });
    wire.send("two ", { fin: false });
    wire.send("three", { fin: true });
    assert.equal(await wire.next(), "one two three");
  });

  it("long messages come back whole", async () => {
    const wire = await stoa.open();
    const long = "0123456789abcdef".repeat(4_096);
    assert.equal(await wire.ask(long), long);
  });

  it("a thousand in a row keep their order", async () => {
    const wire = await stoa.open();
    for (let i = 0; i < 1_000; ++i) wire.send(String(i));
    for (let i = 0; i < 1_000; ++i) assert.equal(await wire.next(), String(i));
  });

  it("nobody has to say M", async () => {
    const wire = await stoa.open();
    assert.equal(await wire.ask("no acknowledgement"), "no acknowledgement");
  });
});

const mixed = { ...everything, "": { plugin: "probe" } };

async function inEmptyNamespace(stoa) {
  const mailbox = new Mailbox();
  const handlers = { "": events(mailbox, { _OnNativeMessage: () => null }), probe: {} };
  const conn = await stoa.dial(handlers);
  const ns = await within(conn.connect(""), "connect");
  return { conn, ns, mailbox };
}

againstStoa("native beside others", { namespaces: mixed }, (stoa) => {
  it("frames that are no messages are native", async () => {
    const { conn } = await inEmptyNamespace(stoa);
    // neffos.js 0.1.34 sends native frames, but drops those that arrive: look at its socket.
    const arrival = once(conn.conn, "message");
    const body = "this is a native/raw websocket message";
    conn.write(Object.assign(new neffos.Message(), { Namespace: "", Body: body, IsNative: true }));
    const [data] = await within(arrival, "the native frame comes back");
    assert.equal(data.toString(), `native:${body}`);
  });

  it("messages in the empty namespace are events", async () => {
    const { ns, mailbox } = await inEmptyNamespace(stoa);
    assert.equal((await ask(ns, "echo", "a body")).Body, "a body");
    ns.emit("fail", "this event will give error by server");
    assert.equal((await mailbox.next("fail")).error, "this event will give error by server");
  });

  it("other namespaces are as ever", async () => {
    const { conn } = await inEmptyNamespace(stoa);
    const probe = await within(conn.connect("probe"), "connect");
    assert.equal((await ask(probe, "echo", "a body")).Body, "a body");
  });

  it("native and other frames keep their order", async () => {
    const wire = await stoa.acknowledged();
    await wire.ask("$1;;;_OnNamespaceConnect;0;0;");
    for (let i = 0; i < 50; ++i) {
      wire.send(`raw ${i}`);
      wire.send(`$2;;;echo;0;0;${i}`);
    }
    for (let i = 0; i < 50; ++i) {
      assert.equal(await wire.next(), `native:raw ${i}`);
      assert.equal(await wire.next(), `$2;;;echo;0;0;${i}`);
    }
  });

  it("a plugin sends native frames to whom it likes", async () => {
    const wire = await stoa.acknowledged();
    await wire.ask("$1;;;_OnNamespaceConnect;0;0;");
    wire.send(';;;emit;0;0;{"native":true,"body":"just a frame"}');
    assert.equal(await wire.next(), "just a frame");
    wire.send(';;;emit;0;0;{"native":true,"binary":true,"to":"namespace","body":"bits"}');
    assert.deepEqual(await wire.next(), Buffer.from("bits"));
  });
});

againstStoa("the echo plugin", {}, (stoa) => {
  it("welcomes with the connection's id", async () => {
    const { conn, mailbox } = await member(stoa, { ns: "default" });
    assert.equal((await mailbox.next("welcome")).body, conn.ID);
  });
});
