// Debian's Chromium, driven by playwright-core, on pages that a stoa serves.
//
// STOA_CHROMIUM is the browser; STOA_DEMO the folder of the demo page, with neffos.js installed.
import { resolve } from "node:path";
import { after, before } from "node:test";
import { chromium } from "playwright-core";

export const demo = resolve(process.env.STOA_DEMO ?? "conf/demo");

const quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];

// A browser for the tests of one file. Its `open` gives a page that loads from that address.
export function browser() {
  const shared = { open: undefined };
  let running;
  before(async () => {
    const executablePath = process.env.STOA_CHROMIUM ?? "/usr/bin/chromium";
    running = await chromium.launch({ executablePath, args: quiet });
    shared.open = async (address, options) => {
      const context = await running.newContext(options);
      context.setDefaultTimeout(15_000);
      const page = await context.newPage();
      page.problems = [];
      page.on("pageerror", (error) => page.problems.push(error.message));
      await page.goto(address);
      return page;
    };
  });
  after(() => running?.close());
  return shared;
}
