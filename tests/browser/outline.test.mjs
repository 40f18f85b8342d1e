// The outline: nodes, links and events as lists, by keyboard, by mouse and by finger; the sheets of a phone.
import assert from "node:assert/strict";
import { PHONE, scene } from "./page.mjs";

const key = (app, name) => app.page.keyboard.press(name);
/** The test id of what has the focus. */
const focusedId = (app) => app.page.evaluate(() => document.activeElement?.dataset?.testid ?? "");

scene("the outline edits the diagram by keyboard alone", {}, async (app) => {
  await app.untilNumber("clock", "passes 1", (now_s) => now_s > 1);
  await app.get("pause").click();
  await app.page.getByRole("tab", { name: "Charts" }).focus();
  await key(app, "End");
  const first = app.get("outline-shoppers");
  await first.waitFor();
  // The tools of the panel, the lists, the search, the button that adds, then the first row.
  for (let stops = 0; (await focusedId(app)) !== "outline-shoppers"; stops += 1) {
    assert.ok(stops < 24, `after ${stops} stops the focus is on ${await focusedId(app)}`);
    await key(app, "Tab");
  }
  await key(app, "ArrowDown");
  await key(app, "ArrowDown");
  assert.equal(await focusedId(app), "outline-shop");
  const spoken = (await app.get("outline-shop").innerText()).replace(/\s+/g, " ");
  assert.match(spoken, /^Shop app ?, app, 1 incoming, ?\d+ % busy/);
  await key(app, "Enter");
  await app.until("it is selected", () => app.isSelected("node-shop"));
  const field = app.get("field-outline.replicas");
  await field.focus();
  await key(app, "ArrowUp");
  await app.until("one replica more", async () => (await field.inputValue()) === "5");
  assert.equal(await app.get("field-replicas").inputValue(), "5", "the inspector shows the same");
  await key(app, "Escape");
  assert.equal(await focusedId(app), "outline-shop", "Esc goes back to the row");
  assert.equal(await app.get("outline-shop").getAttribute("aria-expanded"), "false");
  assert.ok(await app.isSelected("node-shop"), "and keeps the selection");

  await key(app, "End");
  assert.equal(await focusedId(app), "outline-orders");
  await key(app, "Delete");
  await app.until("the node is gone", async () => !(await app.ids("node")).includes("orders"));
  assert.match(await focusedId(app), /^outline-/, "the focus is not lost");
  await key(app, "Control+z");
  await app.until("it is back", async () => (await app.ids("node")).includes("orders"));
});

scene("the outline finds by name and kind, renames, connects, and edits links and events", {}, async (app) => {
  await app.openTab("Outline");
  const rows = app.get("outline").locator(".outline-head b");
  await app.get("outline-find").fill("database");
  await app.until("the database alone is left", async () => (await rows.allInnerTexts()).join() === "Orders DB");
  await app.get("outline-orders").click();
  const name = app.get("outline").getByTestId("field-outline.name");
  await name.fill("Stock");
  await name.press("Tab");
  await app.get("outline-find").fill("");
  assert.deepEqual(await rows.allInnerTexts(), ["Shoppers", "Balancer", "Shop app", "Redis", "Stock"]);

  await app.get("outline-links").click();
  assert.deepEqual((await rows.allInnerTexts()).at(-1), "Shop app → Stock");
  await app.get("outline-shop-orders").click();
  await app.get("outline").getByTestId("policy.timeout").click();
  const timeout = app.get("field-outline.timeout_ms");
  await timeout.fill("750");
  await timeout.press("Tab");
  await app.until("the row says so", async () => /750 ms/.test(await app.get("outline").getByTestId("policy.timeout").innerText()));

  await app.get("outline-events").click();
  await app.get("outline-add").selectOption("crash");
  const fault = app.get("outline-fault-0");
  await fault.waitFor();
  assert.match(await fault.innerText(), /crash/);
  const start = app.get("field-outline.start_s");
  await start.fill("42");
  await start.press("Tab");
  await app.until("the row says the time", async () => /42 s to/.test(await fault.innerText()));
  await app.get("outline-delete").click();
  await app.until("the fault is gone", async () => (await fault.count()) === 0);
  await app.get("outline-run").click();
  const duration = app.get("field-outline.duration_s");
  await duration.fill("60");
  await duration.press("Tab");
  await app.until("the run is shorter", async () => /60 s/.test(await app.get("outline-run").innerText()));
});

scene("on a phone the outline is a sheet that edits by finger, and the charts are another", PHONE, async (app) => {
  await app.untilNumber("clock", "passes 1", (now_s) => now_s > 1);
  await app.get("pause").tap();
  await app.get("outline-shop").tap();
  await app.get("outline").getByRole("button", { name: "Replicas: more" }).tap();
  await app.until("one replica more", async () => (await app.get("field-outline.replicas").inputValue()) === "5");
  await app.get("outline").getByText("parallel").tap();
  await app.until("it calls in parallel", () => app.get("field-outline.calls").getByLabel("parallel").isChecked());
  for (const control of ["Replicas: more", "Replicas: less"]) {
    const box = await app.get("outline").getByRole("button", { name: control }).boundingBox();
    assert.ok(box.width >= 44 && box.height >= 44, `${control} is ${box.width} × ${box.height}`);
  }
  await app.shot("phone outline");
  const sheet = app.page.locator(".outline-sheet");
  const height = async () => (await sheet.boundingBox()).height;
  const grip = app.get("outline-grip");
  await grip.tap();
  await app.until("the sheet is its head alone", async () => (await height()) < 72);
  const at = await app.middle(grip);
  await app.drag(at, { x: at.x, y: at.y - 260 });
  await app.until("it is dragged up", async () => (await height()) > 250 && (await height()) < 400);
  await grip.focus();
  await key(app, "ArrowUp");
  await app.until("the keyboard makes it high", async () => (await height()) > 500);

  assert.equal(await app.get("chart-latency").isVisible(), false);
  assert.match(await app.get("charts-strip").innerText(), /p99\s+[\d.]+\s*m?s\s+errors\s+[\d.]+ %/);
  await app.get("charts-strip").tap();
  await app.get("chart-latency").waitFor();
  await app.shot("phone charts");
  await app.get("charts-strip").tap();
  await app.until("the charts are folded", async () => !(await app.get("chart-latency").isVisible()));
});

for (const viewport of [{ width: 320, height: 640 }, { width: 683, height: 384 }]) {
  const name = `${viewport.width} × ${viewport.height}`;
  scene(`nothing overlaps at ${name}`, { viewport }, async (app) => {
    await app.untilNumber("clock", "passes 1", (now_s) => now_s > 1);
    const overlaps = await app.page.evaluate(() => {
      const shown = (element) => element.checkVisibility() && element.getBoundingClientRect().width > 0;
      const bars = [...document.querySelectorAll(".top .button, .top .title, .clock, .charts-strip, .outline-bar > *")];
      const all = bars.filter(shown).map((element) => [element, element.getBoundingClientRect()]);
      const wide = document.documentElement.scrollWidth > innerWidth ? ["the page is wider than the window"] : [];
      const out = all.filter(([, box]) => box.left < -1 || box.right > innerWidth + 1).map(([it]) => `${it.className} is cut`);
      const both = all.flatMap(([one, a], index) =>
        all.slice(index + 1).filter(([two, b]) => !one.contains(two) && !two.contains(one)
          && Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1)
          .map(([two]) => `${one.className || one.tagName} and ${two.className || two.tagName}`));
      return [...wide, ...out, ...both];
    });
    assert.deepEqual(overlaps, []);
    await app.shot(`narrow ${name}`);
    // There is room for a form and for a chart.
    const rows = async (selector) => {
      const [all, area, strip] = await app.page.evaluate((selector) => {
        const box = (it) => (({ top, bottom }) => [top, bottom])(it.getBoundingClientRect());
        return [[...document.querySelectorAll(selector)].map(box), box(document.querySelector(".outline-sheet > .outline")), box(document.querySelector(".charts-strip"))];
      }, selector);
      return all.filter(([top, bottom]) => top >= area[0] && bottom <= strip[0]).length;
    };
    await app.get("outline-shop").click();
    await app.until("two parameters are in sight", async () => (await rows(".outline-form .field")) >= 2);
    await app.get("charts-strip").click();
    await app.get("chart-latency").scrollIntoViewIfNeeded();
    await app.until("a chart is in sight", async () => {
      const box = await app.get("chart-latency").boundingBox();
      const strip = await app.get("charts-strip").boundingBox();
      return box.y + 60 < viewport.height && box.y + box.height > strip.y + strip.height;
    });
    await app.shot(`narrow ${name}, charts`);
  });
}
