// A neffos.js client with a memory: every event that reached it, in order, and a way to wait for one.
import { within } from "./within.js";

// What a message said. neffos.js changes a message after its handler returned, so keep a copy.
function copy(msg, conn) {
  return {
    event: msg.Event,
    ns: msg.Namespace,
    room: msg.Room ?? "",
    body: msg.Body instanceof ArrayBuffer ? Buffer.from(msg.Body) : msg.Body,
    error: msg.Err?.message,
    forced: msg.IsForced,
    local: msg.IsLocal,
    conn,
  };
}

export class Mailbox {
  #all = [];
  #seen = new Set();
  #wake = [];

  // A neffos handler that remembers, and then does what `then` does.
  remember(then = () => null) {
    return (ns, msg) => {
      this.#all.push(copy(msg, ns?.conn));
      this.#wake.splice(0).forEach((wake) => wake());
      return then(ns, msg);
    };
  }

  // Everything remembered so far, or all with that event name.
  all(event) {
    return this.#all.filter((message) => event === undefined || message.event === event);
  }

  // The first message of that event that no earlier call returned. Waits for it if need be.
  async next(event) {
    for (;;) {
      const found = this.#all.find((message) => message.event === event && !this.#seen.has(message));
      if (found) {
        this.#seen.add(found);
        return found;
      }
      const woken = new Promise((resolve) => this.#wake.push(resolve));
      await within(woken, `event ${event}; so far: ${this.#all.map((m) => m.event)}`);
    }
  }

  async take(event, count) {
    const messages = [];
    while (messages.length < count) messages.push(await this.next(event));
    return messages;
  }
}

// Handlers for neffos.dial(): everything is remembered in `mailbox`, and `handlers` act as well.
export function events(mailbox, handlers = {}) {
  const remembered = Object.entries(handlers).map(([name, handler]) => [
    name,
    mailbox.remember(handler),
  ]);
  return { _OnAnyEvent: mailbox.remember(), ...Object.fromEntries(remembered) };
}

// A client in the namespace `probe`, with its mailbox.
export async function member(stoa, { ns = "probe", handlers, ...options } = {}) {
  const mailbox = new Mailbox();
  const conn = await stoa.dial({ [ns]: events(mailbox, handlers) }, options);
  const nsConn = await within(conn.connect(ns), `connect to ${ns}`);
  return { conn, ns: nsConn, mailbox, id: conn.ID };
}

// An ask whose body and answer are JSON: how the probe's commands are called.
export async function command(ns, event, args = {}) {
  const body = typeof args === "string" ? args : JSON.stringify(args);
  return JSON.parse((await ask(ns, event, body)).Body);
}

// The probe's record of a connection, once it holds what `isWhole` looks for: another namespace's
// part of it is written by another thread than the one that answers.
export async function journalOnce(ns, id, isWhole) {
  const found = async () => {
    for (;;) {
      const journal = await command(ns, "journal", id);
      if (isWhole(journal)) return journal;
    }
  };
  return within(found(), "what the journal should hold");
}

export function ask(ns, event, body = "") {
  return within(ns.ask(event, body), `the answer to ${event}`);
}
