import assert from "node:assert/strict";
import { request } from "node:http";
import { it } from "node:test";

import { command, member } from "./member.js";
import { againstStoa, Stoa } from "./stoa.js";
import { Wire } from "./wire.js";
import { within } from "./within.js";

function answer(url, method) {
  const answered = new Promise((resolve, reject) => {
    const asked = request(url, { method, agent: false }, (response) => {
      response.resume();
      response.on("end", () => resolve(response));
    });
    asked.on("error", reject).end();
  });
  return within(answered, `the answer to ${method}`);
}

againstStoa("HTTP", { server: { headers: ["X-Colour", "X-Forwarded-For"] } }, (stoa) => {
  it("answers HEAD with 302, for clients that probe before they reconnect", async () => {
    assert.equal((await answer(stoa.http, "HEAD")).statusCode, 302);
  });

  it("answers fetch's HEAD, which follows redirects", async () => {
    const response = await fetch(stoa.http, { method: "HEAD", mode: "no-cors" });
    assert.equal(response.status, 302);
  });

  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
    it(`answers ${method} with 405`, async () => {
      const response = await answer(stoa.http, method);
      assert.equal(response.statusCode, 405);
      assert.equal(response.headers.allow, "GET");
    });
  }

  it("gives plugins the request's headers and query", async () => {
    const { ns } = await member(stoa, { query: { q: "a b&ü" }, headers: { "X-Colour": "teal" } });
    const facts = await command(ns, "facts", { headers: ["x-colour"], query: ["q"] });
    assert.equal(facts.headers["x-colour"], "teal");
    assert.equal(facts.query.q, "a b&ü");
    assert.equal(facts.path, "/");
    assert.equal(facts.address, "127.0.0.1");
  });

  it("takes headers from the query", async () => {
    const { ns } = await member(stoa, { query: { "X-Websocket-Header-X-Colour": "ultra marine" } });
    const { headers } = await command(ns, "facts", { headers: ["X-Colour"] });
    assert.equal(headers["X-Colour"], "ultra marine");
  });

  it("does not let the query replace a header that was sent", async () => {
    const { ns } = await member(stoa, {
      query: { "X-Websocket-Header-X-Colour": "red" },
      headers: { "X-Colour": "teal" },
    });
    const { headers } = await command(ns, "facts", { headers: ["X-Colour"] });
    assert.equal(headers["X-Colour"], "teal");
  });

  for (const name of ["Cookie", "X-Forwarded-For", "Origin", "Sec-WebSocket-Protocol"]) {
    it(`does not let the query set ${name}`, async () => {
      const { ns } = await member(stoa, { query: { [`X-Websocket-Header-${name}`]: "forged" } });
      const { headers } = await command(ns, "facts", { headers: [name] });
      assert.equal(headers[name], "");
    });
  }

  it("does not let the query set Host", async () => {
    const { ns } = await member(stoa, { query: { "X-Websocket-Header-Host": "forged" } });
    const { headers } = await command(ns, "facts", { headers: ["Host"] });
    assert.equal(headers.Host, new URL(stoa.http).host);
  });

  // libwebsockets takes a decoded line break in the URI for the end of the line, so what follows it
  // would be a header. Such requests are refused as a whole.
  for (const injected of ["%0d%0a", "%0a", "%0d", "%20HTTP/1.1%0d%0a", "%00"]) {
    it(`lets nobody smuggle in headers behind ${injected} in the query`, async () => {
      const query = `X-Websocket-Header-X-Colour=red${injected}Cookie:%20forged${injected}X-Evil:%201`;
      const wire = Wire.open(`${stoa.url}?${query}`);
      await assert.rejects(wire, /Unexpected server response: 400|socket hang up/);
    });
  }

  it("counts the client's reconnect tries, by header and by query", async () => {
    const first = await member(stoa);
    assert.equal((await command(first.ns, "facts")).reconnects, "0");
    const query = { "X-Websocket-Header-X-Websocket-Reconnect": "3" };
    const browser = await member(stoa, { query });
    assert.equal((await command(browser.ns, "facts")).reconnects, "3");
  });
});

againstStoa("static files", { folders: { "/": import.meta.dirname } }, (stoa) => {
  it("come with a plain GET beside the endpoint", async () => {
    const response = await fetch(`${stoa.http}package.json`);
    assert.equal(response.status, 200);
    assert.equal((await response.json()).name, "stoa-interop-node");
  });

  it("never come from outside the folder", async () => {
    const response = await answer(`${stoa.http}%2e%2e/go/go.mod`, "GET");
    assert.notEqual(response.statusCode, 200);
  });

  it("leave the endpoint to WebSockets", async () => {
    const { ns } = await member(stoa);
    assert.equal((await ns.ask("echo", "both")).Body, "both");
  });
});

it("a path of its own serves WebSockets there", async () => {
  const stoa = new Stoa({ server: { path: "/live" } });
  await stoa.start();
  try {
    assert.match(stoa.url, /\/live$/);
    const { ns } = await member(stoa);
    assert.equal((await command(ns, "facts")).path, "/live");
  } finally {
    await stoa.stop();
  }
});
