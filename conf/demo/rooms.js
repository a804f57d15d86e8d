// The rooms that this user is in, and what was said in them.
export const mostLines = 500;

export class Rooms {
  #rooms = new Map();
  current;

  constructor(names) {
    for (const name of names) this.open(name);
    this.select(names[0]);
  }

  open(name) {
    if (this.has(name)) return;
    this.#rooms.set(name, { name, lines: [], said: 0, people: [], unread: 0 });
  }

  close(name) {
    const next = this.neighbour(1);
    this.#rooms.delete(name);
    if (this.current?.name === name) this.select(next.name);
  }

  has(name) {
    return this.#rooms.has(name);
  }

  get(name) {
    return this.#rooms.get(name);
  }

  names() {
    return [...this.#rooms.keys()];
  }

  all() {
    return [...this.#rooms.values()];
  }

  // Makes it the room that is read. One that is not open makes it none.
  select(name) {
    this.current = this.get(name);
    if (this.current) this.current.unread = 0;
  }

  neighbour(step) {
    const names = this.names();
    const at = names.indexOf(this.current?.name);
    return this.get(names[(at + step + names.length) % names.length]);
  }

  add(name, line) {
    const room = this.get(name);
    room.lines.push(line);
    ++room.said;
    if (room.lines.length > mostLines) room.lines.shift();
    if (room !== this.current && line.text !== undefined) ++room.unread;
  }
}
