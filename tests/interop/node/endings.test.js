// Whatever way a connection ends, the plugins hear the same story, once.
import assert from "node:assert/strict";
import { it } from "node:test";

import { command, events, Mailbox, member } from "./member.js";
import { againstStoa } from "./stoa.js";
import { within } from "./within.js";

// Every way a connection can end, and the close code that the plugins are told.
const endings = {
  "the client closes it": { end: ({ wire }) => wire.close(1000, "bye"), code: 1000, reason: "bye" },
  "the client closes it with a code of its own": {
    end: ({ wire }) => wire.close(4123, "my reason"),
    code: 4123,
    reason: "my reason",
  },
  "its TCP connection breaks": { end: ({ wire }) => wire.terminate(), code: 1006, reason: "" },
  "a plugin closes it": {
    end: ({ wire, watch }) =>
      command(watch, "close", { id: wire.id, code: 4001, reason: "time is up" }),
  },
  "a handler's answer closes it": {
    end: ({ wire }) => wire.send('$9;probe;;close_answer;0;0;{"code":4002,"reason":"enough"}'),
  },
  "it sends too much": { end: ({ wire }) => wire.send("x".repeat(70_000)) },
};

async function inTwoNamespaces(stoa) {
  const wire = await stoa.acknowledged();
  let wait = 1;
  for (const ns of ["probe", "second"]) {
    await wire.ask(`$${wait++};${ns};;_OnNamespaceConnect;0;0;`);
    for (const room of ["hall", "sticky"]) {
      await wire.ask(`$${wait++};${ns};${room};_OnRoomJoin;0;0;`);
    }
  }
  return wire;
}

// One who stays, in both namespaces, to ask what became of the other.
async function watchers(stoa) {
  const mailbox = new Mailbox();
  const conn = await stoa.dial({ probe: events(mailbox), second: events(mailbox) });
  const probe = await within(conn.connect("probe"), "connect");
  const second = await within(conn.connect("second"), "connect");
  return { probe, second };
}

function checkNamespace(story, ns) {
  const own = story.filter((entry) => entry.ns === ns && entry.event !== "close");
  const end = own.slice(own.findLastIndex((entry) => entry.event === "joined") + 1);
  assert.equal(end.length, 5, `${ns}: ${JSON.stringify(end)}`);
  assert.ok(end.every((entry) => entry.forced), "all of it is forced");
  for (const room of ["hall", "sticky"]) {
    const left = end.filter((entry) => entry.room === room).map((entry) => entry.event);
    assert.deepEqual(left, ["leave", "left"]);
  }
  assert.equal(end.at(-1).event, "disconnect", "after its rooms were left");
}

againstStoa("when a connection ends because", {}, (stoa) => {
  for (const [how, { end, code, reason }] of Object.entries(endings)) {
    it(`${how}, its rooms and namespaces hear it, then the hook, once`, async () => {
      const wire = await inTwoNamespaces(stoa);
      const { probe, second } = await watchers(stoa);
      const told = Promise.all([
        command(probe, "epitaph", wire.id),
        command(second, "epitaph", wire.id),
      ]);
      await end({ wire, watch: probe });
      await told;
      const story = await command(probe, "journal", wire.id);
      checkNamespace(story, "probe");
      checkNamespace(story, "second");
      const closes = story.filter((entry) => entry.event === "close");
      assert.deepEqual(closes.map((entry) => entry.ns).sort(), ["probe", "second"]);
      const last = story.slice(-closes.length);
      assert.ok(last.every((entry) => entry.event === "close"), "nothing comes after it");
      if (code !== undefined) {
        for (const entry of closes) assert.equal(entry.status, code);
        for (const entry of closes) assert.equal(entry.body, reason);
      }
    });
  }

  it("the client goes away, its room is empty", async () => {
    const ann = await member(stoa);
    const bob = await member(stoa);
    await within(bob.ns.joinRoom("hall"), "join");
    const gone = command(ann.ns, "epitaph", bob.id);
    bob.conn.close();
    await gone;
    assert.deepEqual(await command(ann.ns, "members", { room: "hall" }), []);
    assert.deepEqual(await command(ann.ns, "members"), [ann.id]);
    assert.equal((await command(ann.ns, "emit", { id: bob.id, event: "late" })).status < 0, true);
  });

  it("the hook refused it, no namespace hears of it", async () => {
    const watch = await member(stoa);
    const wire = await stoa.open({ query: { id: "unwelcome", refuse: "no" } });
    assert.equal(await wire.ask("M"), "Hno");
    await wire.closed();
    const story = await command(watch.ns, "journal", "unwelcome");
    assert.ok(story.every((entry) => ["open", "close"].includes(entry.event)));
  });

  it("it left while connecting, nothing is left over", async () => {
    const watch = await member(stoa);
    for (let i = 0; i < 20; ++i) {
      const wire = await stoa.acknowledged();
      wire.send("$1;probe;;_OnNamespaceConnect;0;0;");
      wire.send("$2;probe;hall;_OnRoomJoin;0;0;");
      wire.terminate();
      const story = await command(watch.ns, "epitaph", wire.id);
      const own = story.filter((entry) => entry.ns === "probe").map((entry) => entry.event);
      const count = (event) => own.filter((one) => one === event).length;
      assert.equal(count("disconnect"), count("connected"));
      assert.equal(count("left"), count("joined"));
      assert.equal(count("close"), 1);
    }
    assert.deepEqual(await command(watch.ns, "members"), [watch.id]);
  });
});
