import assert from "node:assert/strict";
import { it } from "node:test";

import { command, member } from "./member.js";
import { againstStoa, everything } from "./stoa.js";

const uuid4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

againstStoa("dial", {}, (stoa) => {
  it("gives the connection a UUID of version 4", async () => {
    const conn = await stoa.dial({ probe: {} });
    assert.match(conn.ID, uuid4);
  });

  it("gives every connection another id", async () => {
    const conns = await Promise.all(Array.from({ length: 20 }, () => stoa.dial({ probe: {} })));
    assert.equal(new Set(conns.map((conn) => conn.ID)).size, 20);
  });

  it("takes the id that the connection hook set", async () => {
    const conn = await stoa.dial({ probe: {} }, { query: { id: "zoë; the first" } });
    assert.equal(conn.ID, "zoë; the first");
  });

  it("is rejected with the text of a hook that refuses", async () => {
    const dial = stoa.dial({ probe: {} }, { query: { refuse: "no entry; not today" } });
    await assert.rejects(dial, { message: "no entry; not today" });
  });

  it("is rejected by a hook that decides later on another thread", async () => {
    const dial = stoa.dial({ probe: {} }, { query: { refuse_later: "on reflection, no" } });
    await assert.rejects(dial, { message: "on reflection, no" });
  });

  it("waits for a hook that accepts later", async () => {
    const { ns } = await member(stoa, { query: { open_later: "50" } });
    assert.equal((await ns.ask("echo", "in")).Body, "in");
  });

  it("is told on the wire, and closed with 1008, when refused", async () => {
    const wire = await stoa.open({ query: { refuse: "no entry" } });
    assert.equal(await wire.ask("M"), "Hno entry");
    assert.equal((await wire.closed()).code, 1008);
  });

  // The upgrade is accepted, as by neffos's own server, which agrees on no subprotocol either. `ws`
  // and browsers insist on one of those that they named; other clients do not.
  it("agrees on no subprotocol", async () => {
    const dial = stoa.dial({ probe: {} }, { protocols: ["foo", "v2.bar"] });
    await assert.rejects(dial, { message: "Server sent no subprotocol" });
  });

  it("carries the user that the hook set to the facts", async () => {
    const { ns } = await member(stoa, { query: { user: "ann" } });
    assert.equal((await command(ns, "facts")).user, "ann");
  });
});

againstStoa("the acknowledgement", { server: { acknowledge_timeout_ms: 400 } }, (stoa) => {
  it("answers M with A and the id", async () => {
    const wire = await stoa.open();
    assert.match((await wire.ask("M")).slice(1), uuid4);
  });

  it("queues frames that came before M and handles them after it", async () => {
    const wire = await stoa.open();
    wire.send("$1;probe;;_OnNamespaceConnect;0;0;");
    wire.send("$2;probe;;echo;0;0;early");
    assert.match(await wire.ask("M"), /^A/);
    assert.equal(await wire.next(), "$1;;;;;;");
    assert.equal(await wire.next(), "$2;probe;;echo;0;0;early");
  });

  it("ignores empty frames", async () => {
    const wire = await stoa.open();
    wire.send("");
    assert.match(await wire.ask("M"), /^A/);
    wire.send("");
    assert.equal(await wire.ask("$1;probe;;_OnNamespaceConnect;0;0;"), "$1;;;;;;");
  });

  it("closes who does not send M in time", async () => {
    const wire = await stoa.open();
    await wire.closed();
  });

  it("leaves a connection alone that is silent after it", async () => {
    const wire = await stoa.acknowledged();
    const other = await stoa.open();
    await other.closed(); // as long as the deadline of the acknowledgement
    assert.equal(await wire.ask("$1;probe;;_OnNamespaceConnect;0;0;"), "$1;;;;;;");
  });
});

const gated = {
  ...everything,
  admin: {
    plugin: "gate",
    config: { tokens: { "t-ann": "ann", "t-bob": "bob" }, admins: ["ann"], anonymous: true },
  },
};

againstStoa("the gate", { namespaces: gated, server: { headers: ["X-Token"] } }, (stoa) => {
  it("knows the user by a header", async () => {
    const options = { ns: "admin", headers: { "X-Token": "t-ann" } };
    const { ns } = await member(stoa, options);
    assert.equal((await ns.ask("whoami", "")).Body, "ann");
  });

  it("knows the user by a query parameter", async () => {
    const { ns } = await member(stoa, { ns: "admin", query: { token: "t-ann" } });
    assert.equal((await ns.ask("whoami", "")).Body, "ann");
  });

  it("knows the user by a header in the query, as a browser sends it", async () => {
    const query = { "X-Websocket-Header-X-Token": "t-ann" };
    const { ns } = await member(stoa, { ns: "admin", query });
    assert.equal((await ns.ask("whoami", "")).Body, "ann");
  });

  it("refuses an unknown token", async () => {
    const dial = stoa.dial({ admin: {} }, { headers: { "X-Token": "stolen" } });
    await assert.rejects(dial, { message: "bad token" });
  });

  it("denies the namespace to others", async () => {
    const conn = await stoa.dial({ admin: {} }, { query: { token: "t-bob" } });
    await assert.rejects(conn.connect("admin"), { message: "admins only" });
  });
});

const closedGate = { admin: { plugin: "gate", config: { anonymous: false } } };

againstStoa("the gate without anonymous users", { namespaces: closedGate }, (stoa) => {
  it("refuses who has no token", async () => {
    await assert.rejects(stoa.dial({ admin: {} }), { message: "token required" });
  });
});
