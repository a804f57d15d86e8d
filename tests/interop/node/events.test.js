import assert from "node:assert/strict";
import { it } from "node:test";
import neffos from "neffos.js";

import { ask, command, events, Mailbox, member } from "./member.js";
import { againstStoa, everything } from "./stoa.js";
import { within } from "./within.js";

const namespaces = { ...everything, hasty: { plugin: "probe", ask_timeout_ms: 300 } };

const allBytes = Uint8Array.from({ length: 256 }, (_, i) => 255 - i);

// neffos.js has no askBinary(): this is its ask() with the message marked binary.
async function askBinary(ns, event, body) {
  const message = Object.assign(new neffos.Message(), {
    Namespace: ns.namespace,
    Event: event,
    Body: body,
    SetBinary: true,
  });
  const answer = await within(ns.conn.ask(message), `the answer to ${event}`);
  return new Uint8Array(answer.Body);
}

againstStoa("an event", { namespaces }, (stoa) => {
  it("is answered to who asks", async () => {
    const { ns } = await member(stoa);
    const answer = await ask(ns, "echo", "a body");
    assert.equal(answer.Namespace, "probe");
    assert.equal(answer.Event, "echo");
    assert.equal(answer.Body, "a body");
  });

  it("that is replied to comes back as an event", async () => {
    const { ns, mailbox } = await member(stoa);
    assert.ok(ns.emit("echo", "a body"));
    assert.equal((await mailbox.next("echo")).body, "a body");
  });

  it("without a handler of its own reaches the wildcard", async () => {
    const { ns, mailbox } = await member(stoa);
    assert.equal((await ask(ns, "an_event", "a_body")).Body, "any:an_event:a_body");
    ns.emit("an_event", "a_body");
    assert.equal((await mailbox.next("an_event")).body, "any:an_event:a_body");
  });

  it("that nobody handles is an error to who asks, and dropped otherwise", async () => {
    const { ns, mailbox } = await member(stoa, { ns: "default" });
    await assert.rejects(ask(ns, "no such event"), { message: "unknown event" });
    ns.emit("no such event", "dropped");
    assert.equal((await ask(ns, "echo", "next")).Body, "next");
    assert.deepEqual(mailbox.all("no such event"), []);
  });

  it("with a silent handler is answered empty", async () => {
    const { ns } = await member(stoa);
    assert.equal((await ask(ns, "silent")).Body, "");
    const wire = await stoa.acknowledged();
    await wire.ask("$1;probe;;_OnNamespaceConnect;0;0;");
    assert.equal(await wire.ask("$2;probe;;silent;0;0;hush"), "$2;;;;;;");
  });

  it("keeps semicolons, quotes and every script in its body", async () => {
    const { ns } = await member(stoa);
    for (const body of [";", ";;;;;;;;", '{"a":"b;c"}', "日本語 🏛️ ünï", "@%!semicolon@%!", "\0\n"]) {
      assert.equal((await ask(ns, "echo", body)).Body, body);
    }
  });

  it("carries 60,000 bytes both ways", async () => {
    const { ns } = await member(stoa);
    const body = "0123456789".repeat(6_000);
    assert.equal((await ask(ns, "echo", body)).Body, body);
  });

  it("in binary is answered in binary, byte by byte", async () => {
    const { ns } = await member(stoa);
    assert.deepEqual(await askBinary(ns, "echo", allBytes), allBytes);
    assert.deepEqual(await askBinary(ns, "later", allBytes), allBytes);
  });

  it("in binary comes back in binary to who only emits", async () => {
    const { ns, mailbox } = await member(stoa);
    ns.emitBinary("echo", allBytes);
    assert.deepEqual((await mailbox.next("echo")).body, Buffer.from(allBytes));
  });

  it("keeps its order", async () => {
    const { ns, mailbox } = await member(stoa);
    const bodies = Array.from({ length: 500 }, (_, i) => String(i));
    for (const body of bodies) ns.emit("echo", body);
    const back = await mailbox.take("echo", bodies.length);
    assert.deepEqual(back.map((message) => message.body), bodies);
  });

  it("keeps the wait field, the namespace and the room in its reply", async () => {
    const wire = await stoa.acknowledged();
    await wire.ask("$1;probe;;_OnNamespaceConnect;0;0;");
    await wire.ask("$2;probe;hall;_OnRoomJoin;0;0;");
    const answer = await wire.ask("$token-3;probe;hall;echo;0;0;x;y");
    assert.equal(answer, "$token-3;probe;hall;echo;0;0;x;y");
  });
});

againstStoa("an ask", { namespaces }, (stoa) => {
  it("is answered fifty times at once, each with its own answer", async () => {
    const { ns } = await member(stoa);
    const bodies = Array.from({ length: 50 }, (_, i) => `body ${i}`);
    const answers = await Promise.all(bodies.map((body) => ask(ns, "echo", body)));
    assert.deepEqual(answers.map((answer) => answer.Body), bodies);
  });

  it("is answered fifty times at once by another thread", async () => {
    const { ns } = await member(stoa);
    const bodies = Array.from({ length: 50 }, (_, i) => `body ${i}`);
    const answers = await Promise.all(bodies.map((body) => ask(ns, "later", body)));
    assert.deepEqual(answers.map((answer) => answer.Body), bodies);
  });

  it("is rejected with the error's text", async () => {
    const { ns } = await member(stoa);
    const text = "out of stock; try another";
    await assert.rejects(ask(ns, "fail", text), { message: text });
    await assert.rejects(ask(ns, "later_fail", text), { message: text });
  });

  it("tells by text an error that both sides know", async () => {
    const { ns } = await member(stoa);
    await assert.rejects(ask(ns, "fail", "bad room"), { message: neffos.ErrBadRoom.message });
  });

  it("is rejected when the handler throws or fails", async () => {
    const { ns } = await member(stoa);
    await assert.rejects(ask(ns, "throw", "a secret"), { message: "handler failed" });
    await assert.rejects(ask(ns, "break", "a secret"), { message: "handler failed" });
    assert.equal((await ask(ns, "echo", "still well")).Body, "still well");
  });

  it("is answered although the handler never does", async () => {
    const { ns } = await member(stoa, { ns: "hasty" });
    await assert.rejects(ask(ns, "never"), { message: "handler unavailable" });
    assert.equal((await ask(ns, "echo", "still well")).Body, "still well");
  });

  it("does not hold up the next one", async () => {
    const { ns } = await member(stoa);
    const slow = ask(ns, "later", "slow");
    assert.equal((await ask(ns, "echo", "quick")).Body, "quick");
    assert.equal((await slow).Body, "slow");
  });
});

againstStoa("an error of an emit", { namespaces }, (stoa) => {
  it("comes back as the event with the error", async () => {
    const { ns, mailbox } = await member(stoa);
    ns.emit("fail", "this event gives an error");
    assert.equal((await mailbox.next("fail")).error, "this event gives an error");
  });

  it("stands on the wire under the event's own name", async () => {
    const wire = await stoa.acknowledged();
    await wire.ask("$1;probe;;_OnNamespaceConnect;0;0;");
    assert.equal(await wire.ask(";probe;;fail;0;0;no; never"), ";probe;;fail;1;0;no; never");
  });
});

againstStoa("the host", { namespaces }, (stoa) => {
  it("answers a plugin's misuse with codes, and serves on", async () => {
    const { ns } = await member(stoa);
    const codes = await command(ns, "misuse");
    for (const [act, code] of Object.entries(codes)) {
      assert.ok(code < 0, `${act} was answered with ${code}`);
    }
    assert.equal((await ask(ns, "echo", "still well")).Body, "still well");
  });

  it("keeps a store for the connection and one for the namespace", async () => {
    const one = await member(stoa);
    const two = await member(stoa);
    const store = (who, args) => command(who.ns, "store", args);
    assert.equal((await store(one, { op: "get", key: "k" })).status, -4);
    assert.equal((await store(one, { op: "set", key: "k", value: "mine" })).status, 0);
    assert.equal((await store(one, { op: "get", key: "k" })).value, "mine");
    assert.equal((await store(two, { op: "get", key: "k" })).status, -4);

    const counter = { op: "add", of: "namespace", key: "visits" };
    assert.equal((await store(one, { ...counter, amount: 2 })).value, "2");
    assert.equal((await store(two, { ...counter, amount: -5 })).value, "-3");

    const swap = { op: "swap", of: "namespace", key: "lock" };
    assert.equal((await store(one, { ...swap, value: "one" })).status, 0);
    assert.equal((await store(two, { ...swap, value: "two" })).status, -6);
    assert.equal((await store(two, { ...swap, expected: "one", value: "two" })).status, 0);
    assert.equal((await store(one, { op: "delete", of: "namespace", key: "lock" })).status, 0);
    assert.equal((await store(one, { op: "get", of: "namespace", key: "lock" })).status, -4);
  });

  it("shares the connection's store with its other namespaces, and keeps the namespace's", async () => {
    const mailbox = new Mailbox();
    const conn = await stoa.dial({ probe: events(mailbox), second: events(mailbox) });
    const probe = await within(conn.connect("probe"), "connect");
    const second = await within(conn.connect("second"), "connect");
    await command(probe, "store", { op: "set", key: "shared", value: "yes" });
    await command(probe, "store", { op: "set", of: "namespace", key: "own", value: "yes" });
    const shared = await command(second, "store", { op: "get", key: "shared" });
    assert.equal(shared.value, "yes");
    const own = await command(second, "store", { op: "get", of: "namespace", key: "own" });
    assert.equal(own.status, -4);
  });
});
