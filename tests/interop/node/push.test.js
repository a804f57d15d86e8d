// neffos.js loses what reaches it in one tick with the answer that makes it know a namespace. The
// server holds such messages back until the client has answered a ping.
import assert from "node:assert/strict";
import { it } from "node:test";

import { command, events, Mailbox, member } from "./member.js";
import { againstStoa } from "./stoa.js";
import { within } from "./within.js";

const times = 200;
const twice = ["0", "1"];

againstStoa("a push right after connect arrives", {}, (stoa) => {
  it(`each of ${times} times on one connection`, { timeout: 120_000 }, async () => {
    const mailbox = new Mailbox();
    const conn = await stoa.dial({ probe: events(mailbox) }, { query: { push: "2" } });
    for (let i = 0; i < times; ++i) {
      const ns = await within(conn.connect("probe"), "connect");
      const pushed = await mailbox.take("pushed", 2);
      assert.deepEqual(pushed.map((message) => message.body), twice);
      await within(ns.disconnect(), "disconnect");
    }
    assert.equal(mailbox.all("pushed").length, 2 * times);
  });

  it(`each of ${times} times on a new connection`, { timeout: 120_000 }, async () => {
    for (let i = 0; i < times; ++i) {
      const { conn, mailbox } = await member(stoa, { query: { push: "2" } });
      const pushed = await mailbox.take("pushed", 2);
      assert.deepEqual(pushed.map((message) => message.body), twice);
      conn.close();
    }
  });

  it(`each of ${times} times after a connect by the server`, { timeout: 120_000 }, async () => {
    for (let i = 0; i < times; ++i) {
      const mailbox = new Mailbox();
      const query = { force: "probe", push: "2" };
      const conn = await stoa.dial({ probe: events(mailbox) }, { query });
      const pushed = await mailbox.take("pushed", 2);
      assert.deepEqual(pushed.map((message) => message.body), twice);
      conn.close();
    }
  });

  it("while 20 clients connect at once", async () => {
    const members = await Promise.all(
      Array.from({ length: 20 }, () => member(stoa, { query: { push: "2" } })),
    );
    for (const { mailbox } of members) {
      const pushed = await mailbox.take("pushed", 2);
      assert.deepEqual(pushed.map((message) => message.body), twice);
    }
  });

  it("in its order, also when asks follow at once", async () => {
    const { ns, mailbox } = await member(stoa, { query: { push: "5" } });
    await command(ns, "emit", { event: "pushed", body: "last" });
    const pushed = await mailbox.take("pushed", 6);
    assert.deepEqual(pushed.map((message) => message.body), ["0", "1", "2", "3", "4", "last"]);
  });
});
