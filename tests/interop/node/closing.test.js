import assert from "node:assert/strict";
import { it } from "node:test";

import { ask, command, member } from "./member.js";
import { againstStoa, Stoa } from "./stoa.js";

const inProbe = async (stoa) => {
  const wire = await stoa.acknowledged();
  await wire.ask("$1;probe;;_OnNamespaceConnect;0;0;");
  return wire;
};

againstStoa("a connection is closed", { server: { max_message_bytes: 1000 } }, (stoa) => {
  it("with 4000 and a reason by the echo plugin's kick", async () => {
    const wire = await stoa.acknowledged();
    await wire.ask("$1;default;;_OnNamespaceConnect;0;0;");
    assert.equal(await wire.ask(";default;;kick;0;0;"), `;default;;welcome;0;0;${wire.id}`);
    assert.deepEqual(await wire.closed(), { code: 4000, reason: "kicked" });
  });

  for (const code of [1000, 1001, 1008, 1011, 3000, 4999]) {
    it(`with the code ${code} that a plugin names`, async () => {
      const wire = await inProbe(stoa);
      wire.send(`;probe;;close;0;0;{"code":${code},"reason":"because; of that"}`);
      assert.deepEqual(await wire.closed(), { code, reason: "because; of that" });
    });
  }

  for (const code of [999, 1004, 1005, 1006, 1015, 2999, 5000]) {
    it(`not with ${code}, which no one may send`, async () => {
      const { ns } = await member(stoa);
      assert.equal((await command(ns, "close", { code })).status, -1);
      assert.equal((await ask(ns, "echo", "still open")).Body, "still open");
    });
  }

  it("after what was sent before went out", async () => {
    const wire = await inProbe(stoa);
    wire.send(';probe;;emit;0;0;{"event":"news","count":20}');
    wire.send(';probe;;close;0;0;{"code":4000}');
    for (let i = 0; i < 20; ++i) assert.equal(await wire.next(), `;probe;;news;0;0;${i}`);
    assert.equal((await wire.closed()).code, 4000);
  });

  it("with a reason cut at 123 bytes, at a character's end", async () => {
    const wire = await inProbe(stoa);
    wire.send(`;probe;;close;0;0;{"code":4000,"reason":"${"€".repeat(100)}"}`);
    assert.equal((await wire.closed()).reason, "€".repeat(41));
  });

  it("by a handler's answer, and who asked hears the error first", async () => {
    const wire = await inProbe(stoa);
    const asked = '$2;probe;;close_answer;0;0;{"code":4002,"reason":"enough"}';
    assert.equal(await wire.ask(asked), "$2;probe;;close_answer;1;0;enough");
    assert.deepEqual(await wire.closed(), { code: 4002, reason: "enough" });
  });

  it("with 1009 when a message is too long", async () => {
    const wire = await inProbe(stoa);
    wire.send(";probe;;echo;0;0;" + "x".repeat(1000));
    assert.equal((await wire.closed()).code, 1009);
  });

  it("with 1009 when the fragments of a message are together too long", async () => {
    const wire = await inProbe(stoa);
    wire.send(";probe;;echo;0;0;" + "x".repeat(500), { fin: false });
    wire.send("x".repeat(500), { fin: true });
    assert.equal((await wire.closed()).code, 1009);
  });

  it("not when a message is exactly as long as allowed", async () => {
    const wire = await inProbe(stoa);
    const head = "$2;probe;;echo;0;0;";
    const message = head + "x".repeat(1000 - head.length);
    assert.equal(await wire.ask(message), message);
  });

  it("with 1007 when a text is not UTF-8", async () => {
    const wire = await inProbe(stoa);
    const broken = Buffer.concat([Buffer.from(";probe;;echo;0;0;"), Buffer.from([0xc3, 0x28])]);
    wire.send(broken, { binary: false });
    assert.equal((await wire.closed()).code, 1007);
  });

  it("cleanly when the client says so", async () => {
    const wire = await inProbe(stoa);
    wire.close(1000, "bye");
    assert.equal((await wire.closed()).code, 1000);
  });
});

for (const workers of [1, 4]) {
  it(`the server that ends says 1001 to all [${workers} worker(s)]`, async () => {
    const stoa = new Stoa({ workers });
    await stoa.start();
    try {
      const wires = await Promise.all(Array.from({ length: 12 }, () => inProbe(stoa)));
      stoa.terminate();
      for (const wire of wires) assert.equal((await wire.closed()).code, 1001);
    } finally {
      await stoa.stop();
    }
  });
}
