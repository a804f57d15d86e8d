// The page: what the user does goes to the server, what the server says goes to the screen.
import { keepConnected } from "./connection.js";
import { Rooms } from "./rooms.js";
import * as view from "./view.js";

const guest = `Guest ${Math.floor(1000 + Math.random() * 9000)}`;
const rooms = new Rooms(["agora", "garden", "library"]);
let me = { id: "", name: localStorage.getItem("stoa.name") || guest };
let server = null; // what connection.js offers while connected, else null

function show() {
  view.showRooms(rooms, select);
  view.showRoom(rooms.current, me.id);
  view.enableSending(server !== null && rooms.current !== undefined);
}

function select(name) {
  rooms.select(name);
  show();
  view.closeSide();
  view.focusDraft();
}

async function refresh(name) {
  const people = await server?.who(name);
  if (!people || !rooms.has(name)) return;
  rooms.get(name).people = people;
  show();
}

// What happened in a room, as a line of it.
function add(name, line) {
  if (!rooms.has(name)) return;
  rooms.add(name, { at: new Date(), ...line });
  show();
}

keepConnected({
  name: () => me.name,
  rooms: () => rooms.names(),

  state: (state, seconds) => {
    view.showState(state, seconds);
    if (state !== "online") server = null;
    show();
  },
  ready: (connected) => {
    server = connected;
    me.id = connected.id;
    show();
  },
  joined: refresh,
  message: (room, { from, text }) => add(room, { from, text }),
  notice: (room, { kind, name }) => {
    add(room, { note: kind === "joined" ? `${name} came in` : `${name} left` });
    refresh(room);
  },
  tick: (time) => view.showTime(time),
  alarm: () => {
    view.ring();
    if (rooms.current) add(rooms.current.name, { note: "Your alarm rings" });
  },
});

view.onSend((text) => {
  server.say(rooms.current.name, { from: me.name, text });
  add(rooms.current.name, { from: me.name, text, own: true });
});

view.onJoin((name) => {
  rooms.open(name);
  server?.join(name);
  select(name);
});

view.onLeave(() => {
  const { name } = rooms.current;
  server?.leave(name);
  rooms.close(name);
  show();
});

view.onName(async (name) => {
  me.name = name;
  localStorage.setItem("stoa.name", name);
  await server?.rename(name);
  for (const room of rooms.names()) refresh(room);
});

view.onAlarm((seconds) => server?.alarm(seconds * 1000));

view.onStep((step) => {
  if (rooms.current) select(rooms.neighbour(step).name);
});

view.start(me.name);
show();
