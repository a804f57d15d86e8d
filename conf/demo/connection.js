// One neffos connection with two namespaces, `chat` and `clock`, and another one when it is lost.
//
// neffos.js can reconnect by itself (its option `reconnect`), but it gives up when the first dial
// after an outage is refused, and it never says how long the user has to wait. So this page dials.
import neffos from "./node_modules/neffos.js/dist/neffos.js";

const endpoint = "/"; // the server's path
const dialTimeout = 10_000;
const longestPause = 8_000;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function timeout(milliseconds) {
  return pause(milliseconds).then(() => Promise.reject(new Error("no answer")));
}

// What the user wrote, or what another kind of client sent as plain text.
function parse(body) {
  try {
    const { from, text } = JSON.parse(body);
    if (typeof from === "string" && typeof text === "string") return { from, text };
  } catch {
    // Not from this page.
  }
  return { from: "somebody", text: String(body) };
}

function handlers(page) {
  return {
    chat: {
      message: (_, msg) => page.message(msg.Room, parse(msg.Body)),
      notice: (_, msg) => page.notice(msg.Room, JSON.parse(msg.Body)),
      _OnRoomJoined: (_, msg) => page.joined(msg.Room),
    },
    clock: {
      tick: (_, msg) => page.tick(new Date(msg.Body)),
      alarm: () => page.alarm(),
    },
  };
}

// What the page can do while it is connected.
//
// Asks take turns. neffos.js names the question that an answer belongs to by the time, and a
// browser's clock stands still for up to 100 µs: of two asks at once, one would never be answered.
class Server {
  #conn;
  #chat;
  #clock;
  #turn = Promise.resolve();

  constructor(conn) {
    this.#conn = conn;
  }

  get id() {
    return this.#conn.ID;
  }

  #inTurn(ask) {
    const answer = this.#turn.then(ask);
    this.#turn = answer.catch(() => {});
    return answer;
  }

  async connect() {
    this.#chat = await this.#inTurn(() => this.#conn.connect("chat"));
    this.#clock = await this.#inTurn(() => this.#conn.connect("clock"));
  }

  say(room, message) {
    this.#chat.room(room)?.emit("message", JSON.stringify(message));
  }

  // Who is in a room that this client has joined. neffos.js has no ask for a room, so this is its
  // ask() with the room filled in.
  async who(room) {
    const question = new neffos.Message();
    Object.assign(question, { Namespace: "chat", Room: room, Event: "who" });
    const answer = await this.#inTurn(() => this.#chat.room(room) && this.#conn.ask(question));
    return answer?.unmarshal();
  }

  rename(name) {
    return this.#inTurn(() => this.#chat.ask("name", name));
  }

  join(room) {
    return this.#inTurn(() => this.#chat.joinRoom(room));
  }

  leave(room) {
    return this.#inTurn(() => this.#chat.room(room)?.leave());
  }

  alarm(milliseconds) {
    this.#clock.emit("alarm", String(milliseconds));
  }
}

async function enter(conn, page) {
  const server = new Server(conn);
  await server.connect();
  await server.rename(page.name());
  page.ready(server);
  page.state("online");
  for (const room of page.rooms()) await server.join(room);
}

// Returns once the connection is lost.
async function live(page) {
  const conn = await Promise.race([neffos.dial(endpoint, handlers(page)), timeout(dialTimeout)]);
  const lost = new Promise((resolve) => conn.conn.addEventListener("close", resolve));
  await Promise.race([enter(conn, page), lost]);
  await lost;
}

// Runs as long as the page: connects, and connects again after pauses that grow and differ between
// clients, so that a server that comes back is not met by all of them at once.
export async function keepConnected(page) {
  for (let failures = 0; ; ++failures) {
    page.state("connecting");
    const since = Date.now();
    try {
      await live(page);
    } catch (error) {
      console.info("stoa:", error);
    }
    if (Date.now() - since > longestPause) failures = 0;
    const longest = Math.min(longestPause, 500 * 2 ** failures);
    const wait = longest * (0.5 + Math.random() / 2);
    page.state("offline", Math.ceil(wait / 1000));
    await pause(wait);
  }
}
