import assert from "node:assert/strict";
import { it } from "node:test";
import neffos from "neffos.js";

import { ask, command, member } from "./member.js";
import { againstStoa } from "./stoa.js";
import { within } from "./within.js";

const ok = 0;
const remote = -7;
const timeout = -8;
const closed = -9;

const answering = (text) => ({ question: () => neffos.reply(text) });

async function connected(stoa) {
  const wire = await stoa.acknowledged();
  await wire.ask("$1;probe;;_OnNamespaceConnect;0;0;");
  return wire;
}

// The fields of a message's frame.
function fields(frame) {
  const parts = frame.toString("latin1").split(";");
  return { wait: parts[0], event: parts[3], body: parts.slice(6).join(";") };
}

againstStoa("a handler that asks the client", {}, (stoa) => {
  it("gets its answer", async () => {
    const handlers = { question: (ns, msg) => neffos.reply(`${msg.Body}? yes`) };
    const { ns, id } = await member(stoa, { handlers });
    const answer = await command(ns, "ask", { body: "coffee" });
    assert.equal(answer.status, ok);
    assert.equal(answer.body, "coffee? yes");
    assert.equal(answer.from, id);
  });

  it("gets its error by text", async () => {
    const { ns } = await member(stoa, { handlers: { question: () => new Error("not now; sorry") } });
    const answer = await command(ns, "ask");
    assert.equal(answer.status, remote);
    assert.equal(answer.body, "not now; sorry");
  });

  it("is told when the client is silent beyond the deadline", async () => {
    const { ns } = await member(stoa);
    assert.equal((await command(ns, "ask", { timeout_ms: 100 })).status, timeout);
  });

  it("works fifty times at once", async () => {
    const { ns } = await member(stoa, { handlers: { question: (_, msg) => neffos.reply(msg.Body) } });
    const bodies = Array.from({ length: 50 }, (_, i) => `q${i}`);
    const answers = await Promise.all(bodies.map((body) => command(ns, "ask", { body })));
    assert.deepEqual(answers.map((answer) => answer.body), bodies);
  });

  it("lets the client ask back meanwhile", async () => {
    let nested;
    const handlers = {
      question: (ns) => {
        nested = ask(ns, "echo", "nested");
        return neffos.reply("outer");
      },
    };
    const { ns } = await member(stoa, { handlers });
    assert.equal((await command(ns, "ask")).body, "outer");
    assert.equal((await nested).Body, "nested");
  });

  it("does not keep other frames from being dispatched while it waits", async () => {
    const wire = await connected(stoa);
    wire.send("$2;probe;;ask;0;0;{}");
    const question = fields(await wire.next());
    assert.equal(question.event, "question");
    assert.equal(await wire.ask("$3;probe;;echo;0;0;meanwhile"), "$3;probe;;echo;0;0;meanwhile");
    wire.send(`${question.wait};probe;;question;0;0;at last`);
    assert.match(await wire.next(), /^\$2;probe;;ask;0;0;.*"body":"at last"/);
  });

  it("sends tokens that no client takes for its own", async () => {
    const wire = await connected(stoa);
    const tokens = new Set();
    for (let i = 0; i < 20; ++i) {
      wire.send("$2;probe;;ask;0;0;{}");
      const { wait } = fields(await wire.next());
      assert.doesNotMatch(wait, /^[$#]|^.!|^neffos\(0x|^$/);
      tokens.add(wait);
      wire.send(`${wait};;;;;;`);
      await wire.next();
    }
    assert.equal(tokens.size, 20);
  });

  it("takes the empty answer for content", async () => {
    const wire = await connected(stoa);
    const { wait } = fields(await wire.ask("$2;probe;;ask;0;0;{}"));
    const answer = JSON.parse(fields(await wire.ask(`${wait};;;;;;`)).body);
    assert.equal(answer.status, ok);
    assert.equal(answer.body, "");
  });

  it("drops an answer that comes too late, and one that nobody asked for", async () => {
    const wire = await connected(stoa);
    const { wait } = fields(await wire.ask('$2;probe;;ask;0;0;{"timeout_ms":50}'));
    assert.match(await wire.next(), new RegExp(`"status":${timeout}`));
    wire.send(`${wait};probe;;question;0;0;too late`);
    wire.send("12345678;;;;;;");
    assert.equal(await wire.ask("$3;probe;;echo;0;0;well"), "$3;probe;;echo;0;0;well");
  });

  it("takes any bytes for an answer to a binary question", async () => {
    const wire = await connected(stoa);
    const question = await wire.ask('$2;probe;;ask;0;0;{"binary":true,"body":"bits"}');
    assert.ok(Buffer.isBuffer(question), "a binary question comes in a binary frame");
    const bytes = Buffer.from([0, 255, 254, 59, 128, 10]);
    const head = Buffer.from(`${fields(question).wait};probe;;question;0;0;`);
    const answer = JSON.parse(fields(await wire.ask(Buffer.concat([head, bytes]))).body);
    assert.equal(answer.hex, bytes.toString("hex"));
    assert.equal(answer.binary, true);
  });

  it("wakes when the connection goes away", async () => {
    const silent = await connected(stoa);
    const { ns } = await member(stoa);
    const outcome = command(ns, "ask", { id: silent.id });
    assert.equal(fields(await silent.next()).event, "question");
    silent.terminate();
    assert.equal((await outcome).status, closed);
  });
});

againstStoa("a plugin that asks others", {}, (stoa) => {
  it("asks one connection on behalf of another", async () => {
    const bob = await member(stoa, { handlers: answering("from bob") });
    const ann = await member(stoa);
    const answer = await command(ann.ns, "ask", { id: bob.id });
    assert.equal(answer.body, "from bob");
    assert.equal(answer.from, bob.id);
  });

  it("takes the first answer of any", async () => {
    const silent = await member(stoa);
    const bob = await member(stoa, { handlers: answering("first") });
    const answer = await command(silent.ns, "ask", { to: "namespace" });
    assert.equal(answer.status, ok);
    assert.equal(answer.from, bob.id);
  });

  it("asks only the members of a room", async () => {
    const inside = await member(stoa, { handlers: answering("inside") });
    const outside = await member(stoa, { handlers: answering("outside") });
    await within(inside.ns.joinRoom("hall"), "join");
    const answer = await command(outside.ns, "ask", { to: "room", room: "hall" });
    assert.equal(answer.body, "inside");
    assert.deepEqual(outside.mailbox.all("question"), []);
  });

  it("leaves out who is excepted", async () => {
    const ann = await member(stoa, { handlers: answering("ann") });
    await member(stoa, { handlers: answering("bob") });
    const answer = await command(ann.ns, "ask", { to: "namespace", except_me: true });
    assert.equal(answer.body, "bob");
  });

  it("collects every answer of all", async () => {
    const names = ["ann", "bob", "cem", "dua"];
    const members = [];
    for (const name of names) members.push(await member(stoa, { handlers: answering(name) }));
    const args = { to: "namespace", all: true, timeout_ms: 2_000 };
    const { answers } = await command(members[0].ns, "ask", args);
    assert.deepEqual(answers.map((answer) => answer.body).sort(), names);
    assert.deepEqual(answers.map((one) => one.from).sort(), members.map((one) => one.id).sort());
  });

  it("collects until the deadline when one is silent", async () => {
    const silent = await member(stoa);
    const bob = await member(stoa, { handlers: answering("bob") });
    const refusing = await member(stoa, { handlers: { question: () => new Error("no") } });
    const args = { to: "namespace", all: true, timeout_ms: 200 };
    const { answers } = await command(silent.ns, "ask", args);
    const good = answers.filter((answer) => answer.status === ok);
    assert.deepEqual(good.map((answer) => answer.from), [bob.id]);
    const bad = answers.filter((answer) => answer.status === remote);
    assert.deepEqual(bad.map((answer) => answer.from), [refusing.id]);
  });
});
