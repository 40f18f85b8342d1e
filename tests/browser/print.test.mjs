// The page on paper: a browser draws the sheet at once when it has said that it prints.
import assert from "node:assert/strict";
import { scene } from "./page.mjs";

scene("a sheet has the title, the diagram, the charts and the findings, dark on light", { colorScheme: "dark" }, async (app) => {
  await app.openExample("retry-storm");
  await app.speed(/^Max/);
  await app.digest();
  // A view that the user chose: one that shows everything would follow the size of the canvas.
  await app.page.getByRole("button", { name: "Zoom in" }).click();
  const camera = () => app.page.locator(".world").first().getAttribute("style");
  const before = await camera();
  const sheet = await app.page.evaluate(async () => {
    window.dispatchEvent(new Event("beforeprint"));
    // What the event leads to by itself, without a frame.
    for (let turn = 0; turn < 200; turn += 1) await null;
    const shown = (selector) => [...document.querySelectorAll(selector)].filter((it) => it.checkVisibility());
    const paper = document.querySelector(".paper").getBoundingClientRect();
    const main = document.querySelector("main").getBoundingClientRect();
    const within = (box, area) => box.left >= area.left - 1 && box.right <= area.right + 1;
    return {
      title: shown("h1").map((it) => it.textContent).join(),
      ground: getComputedStyle(document.body).backgroundColor,
      text: getComputedStyle(document.body).color,
      curves: shown(".paper .chart canvas").length,
      findings: shown(".paper .finding").length,
      controls: shown("button:not(.as-link), select, input").filter((it) => !it.closest(".canvas")).length,
      cards: shown(".node").filter((it) => within(it.getBoundingClientRect(), main)).length,
      wide: shown(".paper *").filter((it) => !within(it.getBoundingClientRect(), paper)).map((it) => it.className),
    };
  });
  assert.equal(sheet.title, "Retry storm");
  assert.equal(sheet.ground, "rgb(255, 255, 255)");
  assert.ok(sheet.text.match(/\d+/g).slice(0, 3).every((part) => part < 60), sheet.text);
  assert.equal(sheet.curves, 2);
  assert.ok(sheet.findings > 3);
  assert.equal(sheet.controls, 0);
  assert.equal(sheet.cards, (await app.ids("node")).length);
  assert.deepEqual(sheet.wide, []);
  await app.page.evaluate(() => window.dispatchEvent(new Event("afterprint")));
  await app.until("the page is as before", async () => (await app.page.locator(".paper").count()) === 0);
  await app.until("and so is the view", async () => (await camera()) === before);
});
