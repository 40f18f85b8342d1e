// What a person does with the page and reads on it: by test ids, and by roles and names where there is
// no test id.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
export const ROOT = join(HERE, "..", "..");
/** The built page; DIST tries another build. */
export const DIST = process.env.DIST ?? join(ROOT, "dist");
export const SHOTS = join(HERE, "screenshots");
/** The longest that anything may take on a busy machine with two cores. */
export const PATIENCE_MS = 30_000;
/** The command line, which `make test` builds before these tests. */
export const HEADROOM = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "release", "headroom");

/** The resilience policies that parameters of a link belong to, where the names differ. */
const POLICIES = {
  timeout_ms: "timeout",
  cancel_on_timeout: "timeout",
  max_in_flight: "pool",
  max_in_flight_per_replica: "pool",
  queue_limit: "pool",
  timeout_holds_place: "pool",
};

export class App {
  constructor(context, page, guest) {
    Object.assign(this, { context, page, guest, said: [] });
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("console", (message) => {
      // Of WITHOUT_STORED_FILES in page.mjs.
      if (message.text() === "Service Worker registration blocked by Playwright") return;
      if (["error", "warning"].includes(message.type())) this.said.push(`${message.type()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => this.said.push(`uncaught: ${error.message}`));
    page.on("requestfailed", (request) => {
      const why = request.failure()?.errorText;
      // A reload aborts what was under way; that is no complaint.
      if (why !== "net::ERR_ABORTED") this.said.push(`failed: ${request.url()} ${why}`);
    });
  }

  /** Waits until the program has taken the place of the static shell. */
  async started() {
    await this.get("canvas").waitFor();
  }

  async leave() {
    await (this.guest ? this.page.close() : this.context.close());
  }

  /** Fails when the browser logged an error or a warning that `expected` does not match. */
  assertQuiet(expected = /^\b$/) {
    assert.deepEqual(this.said.filter((line) => !expected.test(line)), [], "the browser complains");
  }

  get(id) {
    return this.page.getByTestId(id);
  }

  shot(name) {
    return this.page.screenshot({ path: join(SHOTS, `${name}.png`) });
  }

  /** Adds to the error of the test `name` what the browser said, and takes a screenshot. */
  async failed(name, error) {
    await this.shot(`failed-${name.replace(/\W+/g, "-").slice(0, 60)}`).catch(
      (why) => (error.message += `\nThere is no screenshot: ${why.message}`),
    );
    if (this.said.length > 0) error.message += `\nThe browser said:\n${this.said.join("\n")}`;
    return error;
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

  /** Waits until a handle's text has been the same for `frames` animation frames. */
  untilStill(id, frames = 24) {
    return this.page.evaluate(
      ([id, frames, patience_ms]) =>
        new Promise((resolve, reject) => {
          const text = () => document.querySelector(`[data-testid="${id}"]`).textContent;
          const end = performance.now() + patience_ms;
          let [last, count] = [text(), 0];
          requestAnimationFrame(function look(now) {
            const seen = text();
            [last, count] = [seen, seen === last ? count + 1 : 0];
            if (count >= frames) resolve(seen);
            else if (now > end) reject(new Error(`${id} never stands still; last seen: ${seen}`));
            else requestAnimationFrame(look);
          });
        }),
      [id, frames, PATIENCE_MS],
    );
  }

  /** The ids of what is drawn, nodes or links, in no order. */
  async ids(what) {
    // All at once: what is drawn may change meanwhile.
    const found = this.page.locator(`[data-testid="canvas"] [data-testid^="${what}-"]`);
    const ids = await found.evaluateAll((all) => all.map(({ dataset }) => dataset.testid));
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

  /** Unfolds what hides a parameter in the inspector: a resilience policy, or the parameters that come last. */
  async unfold(field) {
    if ((await this.get(`field-${field}`).count()) > 0) return;
    const key = field.split(".")[0];
    const row = this.get(`policy.${POLICIES[key] ?? key}`);
    const more = this.get("inspector").getByTestId("more");
    await row.or(more).first().waitFor();
    await ((await row.count()) > 0 ? row : more).click();
    await this.get(`field-${field}`).waitFor();
  }

  /** Types a parameter and leaves the field. */
  async set(field, value) {
    await this.unfold(field);
    const input = this.get(`field-${field}`);
    await input.fill(String(value));
    await input.press("Tab");
  }

  async choose(field, label) {
    await this.get(`field-${field}`).selectOption({ label });
  }

  // -- documents --

  /** A blank canvas. */
  async empty() {
    await this.get("menu").click();
    await this.get("new").click();
    await this.until("the canvas is empty", async () => (await this.ids("node")).length === 0);
  }

  /** Opens an example from the palette, and waits until it is on the page. */
  async openExample(id) {
    const button = this.get(`open-example-${id}`);
    await button.waitFor({ state: "attached" });
    await this.openExamples();
    await button.click();
    await this.untilTitle((await button.locator("b").textContent()).trim());
  }

  /** Opens the list of examples in the palette. */
  async openExamples() {
    const head = this.get("open-example");
    if (!(await head.isVisible())) await this.openSheet(/^Add/);
    if ((await head.getAttribute("aria-expanded")) === "false") await head.click();
  }

  /** Waits until the document of this title is on the page. */
  untilTitle(title) {
    return this.until(`${title} is open`, async () => (await this.page.title()) === `${title} · Headroom`);
  }

  /** Opens a sheet of a narrow page. */
  async openSheet(name) {
    await this.page.getByRole("button", { name }).first().click();
  }

  /** The stored documents, as their list shows them; the dialog stays open. */
  async myDiagrams() {
    await this.get("menu").click();
    await this.get("documents").click();
    const rows = this.page.getByRole("dialog").getByRole("listitem");
    await rows.first().waitFor();
    return rows;
  }

  /** The kinds of what is drawn. */
  async kinds() {
    // All at once: what is drawn may change meanwhile.
    return this.page.locator('[data-testid="canvas"] [data-kind]').evaluateAll((all) => all.map(({ dataset }) => dataset.kind));
  }

  /** Waits until the page says that the work is stored. */
  async saved() {
    await this.until("the work is saved", async () => (await this.text("saved")) === "Saved in this browser");
  }

  async shareLink() {
    await this.get("share").click();
    const field = this.get("share-url");
    const link = await this.until("the link is there", async () => {
      const value = await field.inputValue();
      return value.includes("#") && value;
    });
    await this.page.keyboard.press("Escape");
    await field.waitFor({ state: "hidden" });
    return link;
  }

  /** The document in the share link, as the command line reads it. */
  async sharedDocument() {
    return JSON.parse(execFileSync(HEADROOM, ["open", await this.shareLink()], { encoding: "utf8" }));
  }

  // -- the drawing --

  async selectNothing() {
    await this.page.keyboard.press("Escape");
    await this.get("canvas").click({ position: { x: 8, y: 8 } });
  }

  /** Clicks a link on its line. */
  async selectLink(id) {
    await this.page.mouse.click(...(await this.onLine(id)));
  }

  /** A point on a link's line, where a person would aim; `share` is how far along. */
  async onLine(id, share = 0.5) {
    return this.get(`link-${id}`).evaluate((path, share) => {
      const point = path.getPointAtLength(path.getTotalLength() * share).matrixTransform(path.getScreenCTM());
      return [point.x, point.y];
    }, share);
  }

  /** Whether a node or a link is marked as selected. */
  async isSelected(testid) {
    return (await this.get(testid).getAttribute("aria-current")) === "true";
  }

  /** Opens the context menu of a node or a link, `node-…` or `link-…`. */
  async openMenu(target) {
    if (target.startsWith("link-")) {
      await this.page.mouse.click(...(await this.onLine(target.slice(5))), { button: "right" });
    } else {
      await this.get(target).click({ button: "right" });
    }
    await this.page.getByRole("menu").first().waitFor();
  }

  /** Picks an entry of the context menu of a node or a link, or of its menu of faults. */
  async menu(target, name) {
    await this.openMenu(target);
    const entry = this.page.getByRole("menuitem", { name });
    if ((await entry.count()) === 0) await this.page.getByRole("menuitem", { name: "Inject a fault" }).click();
    await entry.click();
  }

  /** Drags a node by so many pixels. */
  async move(id, right, down) {
    const box = await this.get(`node-${id}`).boundingBox();
    // By its head: ports and other controls have their own idea of a drag.
    const from = { x: box.x + box.width / 2, y: box.y + 12 };
    await this.drag(from, { x: from.x + right, y: from.y + down });
  }

  async rename(id, name) {
    await this.menu(`node-${id}`, /rename/i);
    const field = this.get("canvas").getByRole("textbox", { name: "Name" });
    await field.fill(name);
    await field.press("Enter");
  }

  /** A link's accessible name, which names its ends. */
  linkName(id) {
    return this.get(`link-${id}`).getAttribute("aria-label");
  }

  /** Drags the end of a link at the called node to another node. */
  async reconnect(id, node) {
    await this.selectLink(id);
    const end = this.page.locator(`.link-end[data-end="to"][data-of="${id}"]`);
    await this.drag(await this.middle(end), await this.middle(this.get(`node-${node}`)));
  }

  // -- the run --

  /** Chooses the speed whose name matches. */
  async speed(name) {
    const labels = await this.get("speed").locator("option").allTextContents();
    const label = labels.find((each) => name.test(each.trim()));
    assert.ok(label, `no speed ${name} among ${labels.join(", ")}`);
    await this.get("speed").selectOption({ label });
  }

  /** Shows all of the run on the timeline and the charts. */
  async wholeRun() {
    await this.get("window-choice").selectOption("whole");
    await this.until("the whole run is shown", async () => (await this.text("window-choice")).startsWith("whole run"));
  }

  // -- what the page says --

  /** Visible texts that are smaller on screen than `least` CSS pixels, with their sizes. */
  smallTexts(least) {
    return this.page.evaluate((least) => {
      const found = [];
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const text = walker.currentNode.textContent.trim();
        const element = walker.currentNode.parentElement;
        if (!text || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
        if (element.closest(".off-screen, .skip, option, select, svg, noscript, script")) continue;
        const area = element.getBoundingClientRect();
        if (area.width < 2 || area.height < 2) continue;
        // What the camera enlarges or reduces.
        const scale = element.closest(".world") && element.offsetWidth ? area.width / element.offsetWidth : 1;
        const size = parseFloat(getComputedStyle(element).fontSize) * scale;
        if (size < least - 0.3) found.push(`${size.toFixed(1)} ${element.className || element.tagName}: ${text.slice(0, 30)}`);
      }
      return found;
    }, least);
  }

  /** The faults that the inspector lists, in its words. */
  async faultList() {
    await this.selectNothing();
    return this.get("inspector").getByRole("listitem").allTextContents();
  }

  /** The sentence that the page shows as an alert. */
  async notice() {
    const notice = this.page.getByRole("alert").first();
    await notice.waitFor();
    return (await notice.textContent()).trim();
  }

  /** The digest of a run that has ended. */
  async digest() {
    await this.openTab("Findings");
    await this.get("digest").waitFor();
    return this.text("digest");
  }

  async openTab(name) {
    await this.page.getByRole("tab", { name }).click();
  }
}

/** The first number in a text such as `1 234 /s`, `<0.1 %` or `4.2 ms`; NaN where there is none. */
export function numberIn(text) {
  const found = text.replace(/(?<=\d)[\u202f\u00a0,](?=\d{3})/g, "").match(/[−-]?\d+(\.\d+)?/);
  return found ? Number(found[0].replace("−", "-")) : NaN;
}
