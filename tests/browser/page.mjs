// The page as a person meets it: a server, a Chromium, and hands. A test says what is done and
// what is then seen; how long that takes is never said, only how long it may take at most.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch } from "../../scripts/chromium.mjs";
import { serve } from "../../scripts/serve.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const SHOTS = join(HERE, "screenshots");
export const ROOT = join(HERE, "..", "..");
/** The longest that anything may take on a busy machine with two cores. */
export const PATIENCE_MS = 30_000;

export const DESKTOP = { viewport: { width: 1366, height: 768 } };
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

let server;
let browser;

before(async () => {
  mkdirSync(SHOTS, { recursive: true });
  // A sub-path is the harder case, so everything is tried there; opens.test.mjs tries the top too.
  server = await serve({ folder: join(ROOT, "dist"), prefix: "/some/where/" });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.close();
});

/** Where the page is. */
export const home = () => server.url;

/**
 * A test with a page of its own in a browser profile of its own. Whatever the browser complains
 * about fails it, unless `complaints` (a RegExp) expects it.
 */
export function scene(name, options, play) {
  test(name, { timeout: 6 * PATIENCE_MS }, async () => {
    const { complaints, ...rest } = options;
    const app = await visit(rest);
    try {
      await play(app);
      app.assertQuiet(complaints);
    } catch (error) {
      await app.shot(`failed-${name.replace(/\W+/g, "-").slice(0, 60)}`).catch(() => {});
      const said = app.said.length > 0 ? `\nThe browser said:\n${app.said.join("\n")}` : "";
      error.message += said;
      throw error;
    } finally {
      await app.leave();
    }
  });
}

/** A page in a new browser profile; `from` lends the profile of another page instead. */
export async function visit({ url = home(), from, ...options } = {}) {
  const context = from?.context ?? (await browser.newContext({ ...DESKTOP, ...options }));
  const page = await context.newPage();
  const app = new App(context, page, from !== undefined);
  await page.goto(url);
  await app.started();
  return app;
}

export class App {
  constructor(context, page, guest) {
    Object.assign(this, { context, page, guest, said: [] });
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.said.push(`${message.type()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => this.said.push(`uncaught: ${error.message}`));
    page.on("requestfailed", (request) => this.said.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
  }

  /** Waits until the program has taken the place of the static shell. */
  async started() {
    await this.get("canvas").waitFor();
  }

  async leave() {
    await (this.guest ? this.page.close() : this.context.close());
  }

  assertQuiet(expected = /^\b$/) {
    assert.deepEqual(this.said.filter((line) => !expected.test(line)), [], "the browser complains");
  }

  get(id) {
    return this.page.getByTestId(id);
  }

  shot(name) {
    return this.page.screenshot({ path: join(SHOTS, `${name}.png`) });
  }

  async text(id) {
    return (await this.get(id).first().textContent()).trim();
  }

  /** The number in a handle's text; NaN where there is none. */
  async number(id) {
    return numberIn(await this.text(id));
  }

  /** Polls until `look` yields something true, and returns it; the sentence is for when it never does. */
  async until(sentence, look, patience_ms = PATIENCE_MS) {
    const end = Date.now() + patience_ms;
    for (;;) {
      const seen = await look();
      if (seen) return seen;
      if (Date.now() > end) assert.fail(`never happened: ${sentence}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Waits until a handle's number satisfies `holds`. */
  untilNumber(id, sentence, holds, patience_ms) {
    let last;
    return this.until(`${id} ${sentence}`, async () => holds((last = await this.number(id))), patience_ms).catch((error) => {
      error.message += ` (last seen: ${last})`;
      throw error;
    });
  }

  /** The ids of what is drawn, nodes or links, in no order. */
  async ids(what) {
    const all = await this.page.locator(`[data-testid="canvas"] [data-testid^="${what}-"]`).all();
    const ids = await Promise.all(all.map((each) => each.getAttribute("data-testid")));
    return ids.map((id) => id.slice(what.length + 1));
  }

  /** Does something that adds one node or link, and returns its id. */
  async adding(what, act) {
    const old = new Set(await this.ids(what));
    await act();
    return this.until(`one more ${what}`, async () => (await this.ids(what)).find((id) => !old.has(id)));
  }

  /** Drags a kind from the palette to a place on the canvas (0 to 1 across and down); returns its id. */
  async drop(kind, across, down) {
    const canvas = await this.get("canvas").boundingBox();
    const to = { x: canvas.x + canvas.width * across, y: canvas.y + canvas.height * down };
    const id = await this.adding("node", async () => this.drag(await this.middle(this.get(`palette-${kind}`)), to));
    assert.equal(await this.get(`node-${id}`).getAttribute("data-kind"), kind);
    return id;
  }

  /** Drags from one node's outgoing port to another's incoming one; returns the link's id. */
  connect(from, to) {
    return this.adding("link", async () => {
      await this.get(`node-${from}`).hover();
      const start = await this.middle(this.get(`port-out-${from}`));
      await this.drag(start, await this.middle(this.get(`port-in-${to}`)));
    });
  }

  async middle(locator) {
    await locator.scrollIntoViewIfNeeded();
    const box = await locator.boundingBox();
    assert.ok(box, `${locator} is not on the page`);
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  }

  async drag(from, to) {
    await this.page.mouse.move(from.x, from.y);
    await this.page.mouse.down();
    await this.page.mouse.move(from.x + 6, from.y + 6);
    await this.page.mouse.move(to.x, to.y, { steps: 12 });
    await this.page.mouse.up();
  }

  /** Clicks a node, so that the inspector shows it. */
  async select(id) {
    await this.get(`node-${id}`).click();
  }

  /** Types a parameter and leaves the field. */
  async set(field, value) {
    const input = this.get(`field-${field}`);
    await input.fill(String(value));
    await input.press("Tab");
  }

  async choose(field, label) {
    await this.get(`field-${field}`).selectOption({ label });
  }
}

/** The first number in a text such as `1 234 /s`, `<0.1 %` or `4.2 ms`; NaN where there is none. */
export function numberIn(text) {
  const found = text.replace(/(?<=\d)[\u202f\u00a0,](?=\d{3})/g, "").match(/[−-]?\d+(\.\d+)?/);
  return found ? Number(found[0].replace("−", "-")) : NaN;
}
