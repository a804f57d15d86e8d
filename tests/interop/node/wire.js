// A plain WebSocket, frame by frame: what a test uses to see the wire itself.
import { once } from "node:events";
import WebSocket from "ws";

import { within } from "./within.js";

export class Wire {
  #socket;
  #frames = [];
  #waiting = [];
  #closed;

  static async open(url, options = {}) {
    const wire = new Wire(new WebSocket(url, options));
    await within(once(wire.#socket, "open"), "the socket opens"); // throws what "error" brings
    return wire;
  }

  constructor(socket) {
    this.#socket = socket;
    socket.on("message", (data, binary) => this.#arrived(binary ? data : data.toString()));
    socket.on("error", () => {});
    this.#closed = new Promise((resolve) => {
      socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }

  #arrived(frame) {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(frame);
    else this.#frames.push(frame);
  }

  // Text for a string, binary for a Buffer; see `ws` for the options.
  send(frame, options) {
    this.#socket.send(frame, options);
  }

  // The next frame: a string if it was text, a Buffer if it was binary.
  next() {
    if (this.#frames.length > 0) return Promise.resolve(this.#frames.shift());
    const arrival = new Promise((resolve) => this.#waiting.push(resolve));
    return within(arrival, "a frame arrives");
  }

  // Sends an ask and returns the next frame.
  ask(frame) {
    this.send(frame);
    return this.next();
  }

  // The code and reason with which the connection ended.
  closed() {
    return within(this.#closed, "the connection closes");
  }

  close(code, reason) {
    this.#socket.close(code, reason);
  }

  // Ends the TCP connection without a close frame.
  terminate() {
    this.#socket.terminate();
  }

  pause() {
    this.#socket.pause();
  }

  resume() {
    this.#socket.resume();
  }
}
