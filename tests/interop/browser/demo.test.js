// The demo page, as its users see it.
import assert from "node:assert/strict";
import { it } from "node:test";

import { againstStoa } from "../node/stoa.js";
import { browser, demo } from "./chromium.js";

const namespaces = {
  chat: { plugin: "chat" },
  clock: { plugin: "clock", config: { period_ms: 200 } },
};

const chromium = browser();

async function enter(stoa, name, options) {
  const page = await chromium.open(stoa.http, options);
  await page.getByRole("status").filter({ hasText: /^Connected$/ }).waitFor();
  await page.evaluate(() => document.body.classList.add("side-open"));
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Your name").press("Enter");
  await page.locator("#people").getByText(name, { exact: true }).waitFor();
  await page.evaluate(() => document.body.classList.remove("side-open"));
  return page;
}

async function say(page, text) {
  await page.locator("#draft").fill(text);
  await page.locator("#draft").press("Enter");
}

const line = (page, text) => page.locator("#lines").getByText(text, { exact: true }).waitFor();
const room = (page, name) => page.locator("#rooms button").filter({ hasText: name });

async function leaveAll(...pages) {
  for (const page of pages) {
    assert.deepEqual(page.problems, []);
    await page.context().close();
  }
}

againstStoa("the demo page", { namespaces, folders: { "/": demo } }, (stoa) => {
  it("carries messages between two people, under their names", async () => {
    const ann = await enter(stoa, "Ann");
    const bob = await enter(stoa, "Bob");
    await line(ann, "Bob came in").catch(() => line(ann, /Guest \d+ came in/));
    await say(ann, "Hello; 日本 <b>bold</b>");
    await line(bob, "Hello; 日本 <b>bold</b>");
    assert.equal(await bob.locator("#lines .line-from").last().textContent(), "Ann");
    await say(bob, "Hi Ann");
    await line(ann, "Hi Ann");
    await leaveAll(ann, bob);
  });

  it("shows who is in the room, and who left", async () => {
    const ann = await enter(stoa, "Ann");
    const bob = await enter(stoa, "Bob");
    await ann.locator("#people .person").nth(1).waitFor();
    await leaveAll(bob);
    await line(ann, "Bob left");
    await ann.locator("#people .person").nth(1).waitFor({ state: "detached" });
    await leaveAll(ann);
  });

  it("counts what was said in other rooms", async () => {
    const ann = await enter(stoa, "Ann");
    const bob = await enter(stoa, "Bob");
    await room(bob, "garden").click();
    await say(bob, "one");
    await say(bob, "two");
    await room(ann, "garden").filter({ hasText: "2" }).locator(".badge").waitFor();
    await room(ann, "garden").click();
    await line(ann, "two");
    assert.equal(await room(ann, "garden").locator(".badge").count(), 0);
    await leaveAll(ann, bob);
  });

  it("joins and leaves rooms of any name", async () => {
    const ann = await enter(stoa, "Ann");
    await ann.getByPlaceholder("Another room").fill("käfig; №1");
    await ann.getByPlaceholder("Another room").press("Enter");
    await ann.getByRole("heading", { name: "käfig; №1" }).waitFor();
    await ann.locator("#people").getByText("Ann", { exact: true }).waitFor();
    await ann.getByRole("button", { name: "Leave" }).click();
    await room(ann, "käfig").waitFor({ state: "detached" });
    await leaveAll(ann);
  });

  it("changes the room from the keyboard", async () => {
    const ann = await enter(stoa, "Ann");
    const first = await ann.locator("h1").textContent();
    await ann.keyboard.press("Alt+ArrowDown");
    assert.notEqual(await ann.locator("h1").textContent(), first);
    await ann.keyboard.press("Alt+ArrowUp");
    assert.equal(await ann.locator("h1").textContent(), first);
    await leaveAll(ann);
  });

  it("shows the server's time as it passes, and rings", async () => {
    const ann = await enter(stoa, "Ann");
    const time = ann.locator("#time");
    const shown = await time.textContent();
    await ann.waitForFunction((before) => document.querySelector("#time").textContent !== before, shown);
    await ann.getByLabel("Ring in").fill("1");
    await ann.getByLabel("Ring in").press("Enter");
    await line(ann, "Your alarm rings");
    await leaveAll(ann);
  });

  it("says that the server is gone, and comes back when it is", { timeout: 60_000 }, async () => {
    const ann = await enter(stoa, "Ann");
    const bob = await enter(stoa, "Bob");
    await room(ann, "library").click();
    await room(bob, "library").click();
    await stoa.stop();
    await ann.getByRole("status").filter({ hasText: "Disconnected" }).waitFor();
    await stoa.startAgain();
    for (const page of [ann, bob]) {
      await page.getByRole("status").filter({ hasText: /^Connected$/ }).waitFor();
      await page.locator("#people .person").nth(1).waitFor();
    }
    await say(ann, "still in the library");
    await line(bob, "still in the library");
    await leaveAll(ann, bob);
  });

  it("fits a phone", async () => {
    const phone = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true };
    const ann = await enter(stoa, "Ann", phone);
    const width = await ann.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 360, `${width} px wide`);
    await ann.getByRole("button", { name: "Rooms and people" }).tap();
    await room(ann, "garden").tap();
    await ann.getByRole("heading", { name: "garden" }).waitFor();
    await say(ann, "from a phone");
    await line(ann, "from a phone");
    await leaveAll(ann);
  });
});
