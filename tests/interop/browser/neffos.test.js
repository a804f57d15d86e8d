// neffos.js as a browser runs it: headers in the query, tokens from performance.now(), no `ws`.
import assert from "node:assert/strict";
import { it } from "node:test";

import { againstStoa, everything } from "../node/stoa.js";
import { browser, demo } from "./chromium.js";

const namespaces = {
  ...everything,
  "": { plugin: "probe" },
  "日本; ünï": { plugin: "probe" },
  members: { plugin: "probe", config: { deny_connect: "members only" } },
  admin: { plugin: "gate", config: { tokens: { "t-ann": "ann" }, admins: ["ann"] } },
};

const chromium = browser();

// A blank page of the server's origin that has neffos.js and a few words.
async function blank(stoa) {
  const page = await chromium.open(`${stoa.http}tests/blank.html`);
  await page.evaluate(async () => {
    window.neffos = (await import("/node_modules/neffos.js/dist/neffos.js")).default;
    window.text = async (promise) => (await promise).Body;
    window.failure = (promise) => promise.then(() => "no failure", (error) => error.message);
    window.bytes = Uint8Array.from({ length: 256 }, (_, i) => 255 - i);
    // A handler, and a promise of what it was given first.
    window.once = () => {
      let heard;
      const promise = new Promise((resolve) => (heard = resolve));
      return { promise, handler: (ns, msg) => void heard({ ns, room: msg.Room, body: msg.Body }) };
    };
  });
  return page;
}

const folders = { "/": demo, "/tests/": import.meta.dirname };

againstStoa("Chromium", { namespaces, folders }, (stoa) => {
  // A test whose body runs in the page.
  const inPage = (title, body, check, options) =>
    it(title, { timeout: 120_000, ...options }, async () => {
      const page = await blank(stoa);
      try {
        check(await page.evaluate(body));
        assert.deepEqual(page.problems, []);
      } finally {
        await page.context().close();
      }
    });

  inPage(
    "dials, and gets an id",
    async () => (await neffos.dial("/", { probe: {} })).ID,
    (id) => assert.match(id, /^[0-9a-f-]{36}$/),
  );

  inPage(
    "hears why it is refused",
    () => failure(neffos.dial("/?refuse=no%20entry", { probe: {} })),
    (text) => assert.equal(text, "no entry"),
  );

  inPage(
    "sends headers by the query",
    async () => {
      const headers = { "X-Token": "t-ann" };
      const conn = await neffos.dial("/", { admin: {} }, { headers });
      return text((await conn.connect("admin")).ask("whoami", ""));
    },
    (user) => assert.equal(user, "ann"),
  );

  inPage(
    "is refused with a bad token in the query",
    () => failure(neffos.dial("/", { admin: {} }, { headers: { "X-Token": "stolen" } })),
    (text) => assert.equal(text, "bad token"),
  );

  inPage(
    "connects, is denied, and hears of unknown namespaces",
    async () => {
      const conn = await neffos.dial("/", { probe: {}, members: {}, nowhere: {}, "日本; ünï": {} });
      return [
        await text((await conn.connect("probe")).ask("echo", "a;b")),
        await text((await conn.connect("日本; ünï")).ask("e;v", "☃")),
        await failure(conn.connect("members")),
        await failure(conn.connect("nowhere")),
      ];
    },
    (results) => {
      assert.deepEqual(results, ["a;b", "any:e;v:☃", "members only", "bad namespace"]);
    },
  );

  inPage(
    "asks fifty times, and hears errors by text",
    async () => {
      const ns = await (await neffos.dial("/", { probe: {} })).connect("probe");
      const answers = [];
      // Not at once: the clock that neffos.js makes its tokens from stands still for 100 µs.
      for (let i = 0; i < 50; ++i) answers.push(await text(ns.ask("later", String(i))));
      return { answers, error: await failure(ns.ask("fail", "out; of stock")) };
    },
    ({ answers, error }) => {
      assert.deepEqual(answers, Array.from({ length: 50 }, (_, i) => String(i)));
      assert.equal(error, "out; of stock");
    },
  );

  inPage(
    "sends and gets bytes that are not UTF-8",
    async () => {
      const echo = once();
      const conn = await neffos.dial("/", { probe: { echo: echo.handler } });
      (await conn.connect("probe")).emitBinary("echo", bytes);
      return [...new Uint8Array((await echo.promise).body)];
    },
    (bytes) => assert.deepEqual(bytes, Array.from({ length: 256 }, (_, i) => 255 - i)),
  );

  inPage(
    "answers the server's question",
    async () => {
      const handlers = { question: (ns, msg) => neffos.reply(`${msg.Body}? yes`) };
      const ns = await (await neffos.dial("/", { probe: handlers })).connect("probe");
      return JSON.parse(await text(ns.ask("ask", '{"body":"coffee"}')));
    },
    (answer) => assert.equal(answer.body, "coffee? yes"),
  );

  inPage(
    "is connected by the server's connection hook",
    async () => {
      const conn = await neffos.dial("/?force=probe,second", { probe: {}, second: {} });
      const both = await Promise.all(["probe", "second"].map((ns) => conn.waitServerConnect(ns)));
      return Promise.all(both.map((ns, i) => text(ns.ask("echo", String(i)))));
    },
    (answers) => assert.deepEqual(answers, ["0", "1"]),
  );

  for (const [how, query] of [["a connect", "push=2"], ["a connect by the server", "push=2&force=probe"]]) {
    it(`gets every push right after ${how}, 200 times`, { timeout: 120_000 }, async () => {
      const page = await blank(stoa);
      const lost = await page.evaluate(async (query) => {
        let lost = 0;
        for (let i = 0; i < 200; ++i) {
          let all;
          const arrived = new Promise((resolve) => (all = resolve));
          const bodies = [];
          const pushed = (_, msg) => void (bodies.push(msg.Body) === 2 && all(bodies.join()));
          const conn = await neffos.dial(`/?${query}`, { probe: { pushed } });
          if (!query.includes("force")) await conn.connect("probe");
          const late = new Promise((resolve) => setTimeout(resolve, 2_000, "late"));
          if ((await Promise.race([arrived, late])) !== "0,1") ++lost;
          conn.close();
        }
        return lost;
      }, query);
      assert.equal(lost, 0);
      await page.context().close();
    });
  }

  inPage(
    "joins rooms, is denied, is refused to leave, and is joined by the server",
    async () => {
      const joined = once();
      const handlers = { _OnRoomJoined: joined.handler };
      const ns = await (await neffos.dial("/", { probe: handlers })).connect("probe");
      await ns.joinRoom("r;oom ☃");
      const sticky = await ns.joinRoom("sticky");
      const server = JSON.parse(await text(ns.ask("join", '{"room":"picked"}')));
      const facts = JSON.parse(await text(ns.ask("facts", "")));
      return {
        first: (await joined.promise).room,
        denied: await failure(ns.joinRoom("locked")),
        refused: (await sticky.leave()).message,
        status: server.status,
        rooms: facts.rooms.sort(),
      };
    },
    (found) => {
      assert.deepEqual(found, {
        first: "r;oom ☃",
        denied: "locked room",
        refused: "you stay",
        status: 0,
        rooms: ["picked", "r;oom ☃", "sticky"].sort(),
      });
    },
  );

  inPage(
    "is back in its rooms after a kick, and says how often it tried",
    async () => {
      const back = once();
      let rooms = 0;
      const handlers = {
        probe: { _OnRoomJoined: (ns, msg) => (++rooms === 2 ? back.handler(ns, msg) : undefined) },
      };
      const conn = await neffos.dial("/", handlers, { reconnect: 50 });
      const ns = await conn.connect("probe");
      await ns.joinRoom("hall");
      ns.emit("close", '{"code":4000}');
      const again = (await back.promise).ns;
      return { facts: JSON.parse(await text(again.ask("facts", ""))), first: conn.ID };
    },
    ({ facts, first }) => {
      assert.notEqual(facts.id, first);
      assert.deepEqual(facts.rooms, ["hall"]);
      assert.equal(facts.reconnects, "1");
    },
  );

  inPage(
    "is told close codes and reasons",
    async () => {
      const ended = (act) =>
        new Promise((resolve) => {
          const socket = new WebSocket(`ws://${location.host}/`);
          socket.onopen = () => socket.send("M");
          socket.onmessage = ({ data }) => {
            if (data.startsWith("A")) socket.send("$1;probe;;_OnNamespaceConnect;0;0;");
            else act(socket);
          };
          socket.onclose = ({ code, reason }) => resolve([code, reason]);
        });
      return [
        await ended((socket) => socket.send(';probe;;close;0;0;{"code":4001,"reason":"wörd"}')),
        (await ended((socket) => socket.send("x".repeat(70_000))))[0],
      ];
    },
    (endings) => assert.deepEqual(endings, [[4001, "wörd"], 1009]),
  );

  inPage(
    "sends native frames beside its namespaces",
    async () => {
      const conn = await neffos.dial("/", { "": { _OnNativeMessage: () => null } });
      await conn.connect("");
      // neffos.js 0.1.34 sends native frames, but drops those that arrive: look at its socket.
      const arrival = new Promise((resolve) => conn.conn.addEventListener("message", resolve));
      const message = new neffos.Message();
      conn.write(Object.assign(message, { Namespace: "", Body: "just a frame", IsNative: true }));
      return (await arrival).data;
    },
    (body) => assert.equal(body, "native:just a frame"),
  );
});
