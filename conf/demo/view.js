// The screen. Everything that came from others is put in as text, never as HTML.
import { mostLines } from "./rooms.js";

const $ = (id) => document.getElementById(id);

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// A colour of its own for each name, readable in both schemes.
function hue(name) {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)) % 360;
  return sum;
}

function avatar(name) {
  const made = element("span", "avatar", [...name.trim()][0]?.toUpperCase() ?? "?");
  made.style.setProperty("--hue", hue(name));
  made.setAttribute("aria-hidden", "true");
  return made;
}

// "09:05:03", where the user lives.
function clockTime(time) {
  const parts = [time.getHours(), time.getMinutes(), time.getSeconds()];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

const texts = {
  connecting: () => "Connecting …",
  online: () => "Connected",
  offline: (seconds) => `Disconnected, again in ${seconds} s`,
};

export function showState(state, seconds) {
  document.body.dataset.state = state;
  $("state").textContent = texts[state](seconds);
}

export function showTime(time) {
  $("time").textContent = clockTime(time);
  $("time").dateTime = time.toISOString();
  const seconds = time.getHours() * 3600 + time.getMinutes() * 60 + time.getSeconds();
  const turn = (id, period) => $(id).setAttribute("transform", `rotate(${(seconds / period) * 360})`);
  turn("hour", 43_200);
  turn("minute", 3_600);
  turn("second", 60);
}

export function ring() {
  $("dial").classList.remove("rings");
  requestAnimationFrame(() => $("dial").classList.add("rings"));
}

function roomItem(room, current, select) {
  const item = element("li");
  const button = element("button", "room");
  button.append(element("span", "room-name", room.name));
  if (room.unread > 0) {
    const badge = element("span", "badge", room.unread);
    badge.append(element("span", "hidden", " unread"));
    button.append(badge);
  } else {
    button.append(element("span", "faint", room.people.length || ""));
  }
  if (room === current) button.setAttribute("aria-current", "true");
  button.addEventListener("click", () => select(room.name));
  item.append(button);
  return item;
}

export function showRooms(rooms, select) {
  const focused = document.activeElement?.closest("#rooms li");
  const at = focused ? [...$("rooms").children].indexOf(focused) : -1;
  $("rooms").replaceChildren(...rooms.all().map((room) => roomItem(room, rooms.current, select)));
  $("rooms").children[at]?.firstChild.focus();
}

function personItem(person, ownId) {
  const item = element("li", "person");
  item.append(avatar(person.name), element("span", "person-name", person.name));
  if (person.id === ownId) item.append(element("span", "faint", "you"));
  return item;
}

function lineItem(line) {
  if (line.note !== undefined) return element("li", "note", line.note);
  const item = element("li", line.own ? "line own" : "line");
  const time = element("time", "faint", clockTime(line.at).slice(0, 5));
  const head = element("div", "line-head");
  head.append(element("span", "line-from", line.from), time);
  const bubble = element("div", "bubble");
  bubble.append(head, element("p", "", line.text));
  item.append(avatar(line.from), bubble);
  return item;
}

// Shows what was said since it was shown last: `said` counts the lines of a room.
function showLines(room) {
  const list = $("lines");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  const said = list.dataset.room === room?.name ? Number(list.dataset.said) : -1;
  if (said === room?.said) return;
  list.dataset.room = room?.name ?? "";
  list.dataset.said = room?.said ?? 0;
  if (said > 0 && said === room.said - 1) {
    list.append(lineItem(room.lines.at(-1)));
    if (list.childElementCount > mostLines) list.firstChild.remove();
  } else if (room?.said) {
    list.replaceChildren(...room.lines.map(lineItem));
  } else {
    list.replaceChildren(element("li", "empty", room ? "Nothing was said here yet." : ""));
  }
  if (atEnd || said < 0) list.scrollTop = list.scrollHeight;
}

export function showRoom(room, ownId) {
  const people = room?.people ?? [];
  $("room-title").textContent = room?.name ?? "No room";
  $("leave").hidden = !room;
  $("draft").placeholder = room ? `Say something in ${room.name}` : "Join a room first";
  const counts = ["", "just you"];
  $("room-count").textContent = counts[people.length] ?? `${people.length} people`;
  $("people").replaceChildren(...people.map((one) => personItem(one, ownId)));
  showLines(room);
}

export function enableSending(enabled) {
  $("compose").querySelector("button").disabled = !enabled;
}

export function focusDraft() {
  $("draft").focus({ preventScroll: true });
}

export function closeSide() {
  document.body.classList.remove("side-open");
  $("open-side").setAttribute("aria-expanded", "false");
}

function openSide() {
  document.body.classList.add("side-open");
  $("open-side").setAttribute("aria-expanded", "true");
  $("name").focus({ preventScroll: true });
}

// A form that gives its one field's value away, and forgets it if it is not to be kept.
function onSubmit(form, field, keep, act) {
  $(form).addEventListener("submit", (event) => {
    event.preventDefault();
    const value = $(field).value.trim();
    if (value === "" || event.submitter?.disabled) return;
    if (!keep) $(field).value = "";
    act(value);
  });
}

export function onSend(act) {
  $("compose").addEventListener("submit", (event) => event.preventDefault());
  onSubmit("compose", "draft", false, act);
}

export const onJoin = (act) => onSubmit("room-form", "room-name", false, act);
export const onAlarm = (act) => onSubmit("alarm-form", "alarm", true, (value) => act(Number(value)));
export const onLeave = (act) => $("leave").addEventListener("click", act);

export function onName(act) {
  const named = () => {
    const name = $("name").value.trim();
    if (name !== "") act(name);
  };
  $("name").addEventListener("change", named);
  $("name-form").addEventListener("submit", (event) => {
    event.preventDefault();
    $("name").blur();
  });
}

export function onStep(act) {
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    act(event.key === "ArrowUp" ? -1 : 1);
  });
}

export function start(name) {
  $("name").value = name;
  for (let hour = 0; hour < 12; ++hour) {
    const mark = document.createElementNS("http://www.w3.org/2000/svg", "line");
    mark.setAttribute("y1", "-41");
    mark.setAttribute("y2", hour % 3 === 0 ? "-36" : "-39");
    mark.setAttribute("transform", `rotate(${hour * 30})`);
    $("marks").append(mark);
  }
  $("open-side").addEventListener("click", () => {
    if (document.body.classList.contains("side-open")) closeSide();
    else openSide();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    closeSide();
    focusDraft();
  });
  document.querySelector("main").addEventListener("click", closeSide);
}
