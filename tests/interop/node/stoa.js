// One real `stoa serve` for a group of tests: its own manifest, a port that the system chose, ended by
// its process id. STOA_BIN is the program; STOA_PLUGINS the folder of the shipped plugins and the probe.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { after, afterEach, before, describe } from "node:test";
import { promisify } from "node:util";
import neffos from "neffos.js";

import { within } from "./within.js";
import { Wire } from "./wire.js";

const program = resolve(process.env.STOA_BIN ?? "build/bin/stoa");
const plugins = resolve(process.env.STOA_PLUGINS ?? "build/interop/plugins");

// What most tests talk to. `probe` and `second` are two instances of the probe.
export const everything = {
  probe: { plugin: "probe" },
  second: { plugin: "probe" },
  default: { plugin: "echo" },
  chat: { plugin: "chat" },
  clock: { plugin: "clock", config: { period_ms: 50 } },
};

// A JSON string is a TOML string too, and so are its numbers, booleans and flat arrays.
function table(heading, values) {
  const lines = Object.entries(values)
    .filter(([, value]) => typeof value !== "object" || Array.isArray(value))
    .map(([key, value]) => `${JSON.stringify(key)} = ${JSON.stringify(value)}`);
  const nested = Object.entries(values)
    .filter(([, value]) => typeof value === "object" && !Array.isArray(value))
    .map(([key, value]) => table(`${heading}.${JSON.stringify(key)}`, value));
  return [`[${heading}]`, ...lines, ...nested].join("\n");
}

function manifest({ workers, server, namespaces, folders }) {
  const parts = [
    table("server", { listen: ["127.0.0.1:0"], workers, drain_grace_ms: 0, ...server }),
    table("plugins", { directory: plugins }),
    table("control", { socket: "control.sock" }),
  ];
  for (const [name, value] of Object.entries(namespaces)) {
    parts.push(table(`namespace.${JSON.stringify(name)}`, value));
  }
  for (const [url, folder] of Object.entries(folders)) {
    parts.push(`[[static]]\nurl = ${JSON.stringify(url)}\nfolder = ${JSON.stringify(folder)}`);
  }
  return parts.join("\n\n") + "\n";
}

export class Stoa {
  #options;
  #child;
  #folder;
  #log = "";
  #clients = new Set();

  constructor({ workers = 1, server = {}, namespaces = everything, folders = {} } = {}) {
    this.#options = { workers, server, namespaces, folders };
  }

  // Returns once the server accepts connections.
  async start() {
    this.#folder = mkdtempSync(join(tmpdir(), "stoa-interop-"));
    const file = join(this.#folder, "stoa.toml");
    writeFileSync(file, manifest(this.#options));
    this.#child = spawn(program, ["serve", file], { stdio: ["ignore", "pipe", "pipe"] });
    this.#child.stderr.on("data", (data) => (this.#log += data));
    const address = this.#address();
    const gone = once(this.#child, "exit").then(([code]) => {
      throw new Error(`stoa ended with ${code} before it listened:\n${this.#log}`);
    });
    gone.catch(() => {});
    this.url = await within(Promise.race([address, gone]), "the server listens");
    this.http = this.url.replace("ws://", "http://");
  }

  async #address() {
    for await (const line of createInterface({ input: this.#child.stdout })) {
      const found = /^listening (ws:\S+)$/.exec(line);
      if (found) return found[1];
    }
    throw new Error(`stoa closed its output:\n${this.#log}`);
  }

  // Runs `stoa ctl` with these words, and wants it to succeed; returns what it prints.
  async ctl(...words) {
    const socket = join(this.#folder, "control.sock");
    const run = promisify(execFile)(program, ["ctl", "--socket", socket, ...words]);
    return (await within(run, `ctl ${words.join(" ")}`)).stdout;
  }

  // The manifest has these namespaces from now on, and the server reads it again.
  async reload(namespaces) {
    this.#options.namespaces = namespaces;
    writeFileSync(join(this.#folder, "stoa.toml"), manifest(this.#options));
    return this.ctl("reload");
  }

  // Asks the server to end politely, and wants it to: a crash or a sanitizer's finding fails here.
  async stop() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const gone = once(this.#child, "exit");
      this.terminate();
      await within(gone, "the server ends").catch((error) => {
        this.#child.kill("SIGKILL");
        throw error;
      });
    }
    rmSync(this.#folder, { recursive: true, force: true });
    assert.equal(this.#child.exitCode, 0, `stoa ended badly:\n${this.#log.slice(-4000)}`);
  }

  terminate() {
    this.#child.kill("SIGTERM");
  }

  // Starts on the port that it had before it was stopped.
  async startAgain() {
    const address = new URL(this.http).host;
    this.#options.server = { ...this.#options.server, listen: [address] };
    await this.start();
  }

  // The endpoint with a query.
  at(query = {}) {
    const parameters = new URLSearchParams(query).toString();
    return parameters ? `${this.url}?${parameters}` : this.url;
  }

  // A neffos.js connection, closed when the test ends.
  async dial(handlers, { query, ...options } = {}) {
    const conn = await within(neffos.dial(this.at(query), handlers, options), "dial");
    this.#clients.add(conn);
    return conn;
  }

  // A plain WebSocket, closed when the test ends.
  async open({ query, ...options } = {}) {
    const wire = await Wire.open(this.at(query), options);
    this.#clients.add(wire);
    return wire;
  }

  // A plain WebSocket that the server has acknowledged.
  async acknowledged(options) {
    const wire = await this.open(options);
    wire.send("M");
    wire.id = (await wire.next()).slice(1);
    return wire;
  }

  hangUp() {
    for (const client of this.#clients) client.close();
    this.#clients.clear();
  }
}

// Runs `tests` against a server with one worker, and again with four.
export function againstStoa(title, options, tests) {
  for (const workers of [1, 4]) {
    describe(`${title} [${workers} worker${workers > 1 ? "s" : ""}]`, () => {
      const stoa = new Stoa({ ...options, workers });
      before(() => stoa.start());
      afterEach(() => stoa.hangUp());
      after(() => stoa.stop());
      tests(stoa);
    });
  }
}
