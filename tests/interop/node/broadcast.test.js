import assert from "node:assert/strict";
import { it } from "node:test";

import { command, member } from "./member.js";
import { againstStoa } from "./stoa.js";
import { within } from "./within.js";

const crowd = 12; // enough to have members on every one of four workers

async function gather(stoa, room) {
  const members = await Promise.all(Array.from({ length: crowd }, () => member(stoa)));
  if (room) await within(Promise.all(members.map(({ ns }) => ns.joinRoom(room))), "all join");
  return members;
}

// Everyone has what was broadcast before, once everyone has this.
async function fence(members) {
  await command(members[0].ns, "emit", { to: "namespace", event: "fence" });
  await Promise.all(members.map(({ mailbox }) => mailbox.next("fence")));
}

const bodies = ({ mailbox }) => mailbox.all("news").map((message) => message.body.toString());

againstStoa("a broadcast", {}, (stoa) => {
  for (const thread of [false, true]) {
    const from = thread ? "another thread" : "a handler";
    it(`from ${from} reaches everyone in the namespace once`, async () => {
      const members = await gather(stoa);
      await command(members[0].ns, "emit", { to: "namespace", event: "news", body: "hi", thread });
      await fence(members);
      for (const one of members) assert.deepEqual(bodies(one), ["hi"]);
    });
  }

  it("reaches nobody outside the namespace", async () => {
    const members = await gather(stoa);
    const outsider = await member(stoa, { ns: "second" });
    await command(members[0].ns, "emit", { to: "namespace", event: "news", body: "hi" });
    await fence(members);
    await command(outsider.ns, "emit", { to: "namespace", event: "fence" });
    await outsider.mailbox.next("fence");
    assert.deepEqual(bodies(outsider), []);
  });

  it("to a room reaches its members", async () => {
    const members = await gather(stoa);
    await within(members[3].ns.joinRoom("hall"), "join");
    await within(members[7].ns.joinRoom("hall"), "join");
    const news = { to: "room", room: "hall", event: "news", body: "hi" };
    await command(members[0].ns, "emit", news);
    await fence(members);
    const reached = members.map((one, i) => (bodies(one).length ? i : -1)).filter((i) => i >= 0);
    assert.deepEqual(reached, [3, 7]);
  });

  for (const scope of ["namespace", "room"]) {
    it(`to a ${scope} except one leaves that one out`, async () => {
      const members = await gather(stoa, "hall");
      const news = { to: scope, room: scope === "room" ? "hall" : "", event: "news", body: "hi" };
      await command(members[0].ns, "emit", { ...news, except_me: true });
      await fence(members);
      assert.deepEqual(bodies(members[0]), []);
      for (const one of members.slice(1)) assert.deepEqual(bodies(one), ["hi"]);
    });

    it(`to a ${scope} only to one id reaches that one`, async () => {
      const members = await gather(stoa, "hall");
      const news = { to: scope, room: scope === "room" ? "hall" : "", event: "news", body: "hi" };
      await command(members[0].ns, "emit", { ...news, only_id: members[5].id });
      await fence(members);
      members.forEach((one, i) => assert.deepEqual(bodies(one), i === 5 ? ["hi"] : []));
    });
  }

  it("only to an id that nobody has reaches nobody", async () => {
    const members = await gather(stoa);
    const news = { to: "namespace", event: "news", only_id: "nobody" };
    assert.equal((await command(members[0].ns, "emit", news)).status, 0);
    await fence(members);
    for (const one of members) assert.deepEqual(bodies(one), []);
  });

  it("only to the id that a hook set reaches it", async () => {
    const named = await member(stoa, { query: { id: "conn_ID" } });
    const other = await member(stoa);
    const news = { to: "namespace", event: "news", body: "data", only_id: "conn_ID" };
    await command(other.ns, "emit", { ...news, except_me: true });
    await fence([named, other]);
    assert.deepEqual(bodies(named), ["data"]);
    assert.deepEqual(bodies(other), []);
  });

  it("comes in order, and none is lost", async () => {
    const members = await gather(stoa, "hall");
    const count = 500;
    const news = { to: "room", room: "hall", event: "news", count };
    await command(members[0].ns, "emit", news);
    await fence(members);
    const expected = Array.from({ length: count }, (_, i) => String(i));
    for (const one of members) assert.deepEqual(bodies(one), expected);
  });

  it("comes from many senders at once, each in its order", async () => {
    const members = await gather(stoa, "hall");
    const count = 50;
    await Promise.all(
      members.map(({ ns }, i) =>
        command(ns, "emit", { to: "room", room: "hall", event: `from ${i}`, count }),
      ),
    );
    const expected = Array.from({ length: count }, (_, i) => String(i));
    for (const { mailbox } of members) {
      for (let i = 0; i < crowd; ++i) {
        const got = await mailbox.take(`from ${i}`, count);
        assert.deepEqual(got.map((message) => message.body), expected);
      }
    }
  });

  it("in binary comes in binary", async () => {
    const members = await gather(stoa);
    await command(members[0].ns, "emit", { to: "namespace", event: "news", body: "b", binary: true });
    await fence(members);
    for (const { mailbox } of members) {
      assert.deepEqual(mailbox.all("news")[0].body, Buffer.from("b"));
    }
  });

  it("does not reach who joined after it was made", async () => {
    const members = await gather(stoa);
    const late = members.slice(1);
    for (let i = 0; i < 40; ++i) {
      const room = `room ${i}`;
      const news = { to: "room", room, event: "news", body: room };
      await within(members[0].ns.joinRoom(room), "join");
      await command(members[0].ns, "emit", news);
      await within(Promise.all(late.map(({ ns }) => ns.joinRoom(room))), "join");
    }
    await fence(members);
    for (const one of late) assert.deepEqual(bodies(one), []);
    assert.equal(bodies(members[0]).length, 40);
  });

  it("meets members that come and go", async () => {
    const stays = await member(stoa);
    const count = 20;
    for (let i = 0; i < count; ++i) {
      const passing = await member(stoa);
      await command(stays.ns, "emit", { to: "namespace", event: "news", body: String(i) });
      assert.equal((await passing.mailbox.next("news")).body, String(i));
      passing.conn.close();
    }
    await fence([stays]);
    assert.deepEqual(bodies(stays), Array.from({ length: count }, (_, i) => String(i)));
  });
});
