// What lies over the canvas keeps clear of the diagram and of each other; the camera that a user has set stays; zones
// have a menu.
import assert from "node:assert/strict";
import { diagram } from "../../scripts/bench-ui-diagrams.mjs";
import { PHONE, scene } from "./page.mjs";

const overlap = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** Where the visible elements of a selector are. */
const boxes = (app, selector) =>
  app.page.locator(`${selector}:visible`).evaluateAll((all) =>
    all.map((it) => {
      const { x, y, width, height } = it.getBoundingClientRect();
      return { x, y, width, height };
    }),
  );

/** Opens a document as a file. */
async function open(app, content) {
  const buffer = Buffer.from(JSON.stringify(content));
  await app.get("open-file").setInputFiles({ name: "diagram.json", mimeType: "application/json", buffer });
  await app.untilTitle(content.title);
  await app.until("every node is drawn", async () => (await app.page.locator("[data-node]").count()) === content.nodes.length);
}

const camera = (app) => app.page.locator(".world").first().evaluate((world) => world.style.transform);

scene("hints cover no node, of a diagram at the least zoom neither, and fold where there is no room for them", {}, async (app) => {
  const isClear = async () => {
    const [hints, cards] = [await boxes(app, ":is(.hint, .hints-button)"), await boxes(app, ".node-place")];
    return hints.length > 0 && cards.every((card) => !hints.some((hint) => overlap(hint, card)));
  };
  await app.until("the hints of the opening example cover nothing", isClear);
  await open(app, diagram(200));
  await app.until("the hints cover nothing of 200 nodes", isClear);
  await app.shot("hints-200-nodes");
  // The strip folds when the user brings nodes under it.
  await app.openExample("three-tier-shop");
  await app.until("the hints cover nothing", isClear);
  await app.get("canvas").focus();
  for (let step = 0; step < 2; step += 1) await app.page.keyboard.press("ArrowDown");
  await app.get("show-hints").waitFor();
  await app.get("show-hints").click();
  await app.get("hint-select").waitFor();
  await app.page.keyboard.press("Enter");
  await app.until("the first is dismissed by the focus that it got", async () => (await app.get("hint-select").count()) === 0);
});

scene("a refusal and a notice stand apart from the question, the zoom and the nodes, and say a sentence once", {}, async (app) => {
  await app.untilNumber("clock", "passes 1", (now_s) => now_s > 1);
  const check = async () => {
    await app.page.locator(".banners > *").first().waitFor();
    await app.until("nothing is covered", async () => {
      const said = await boxes(app, ".banners > *");
      const others = [...(await boxes(app, ".guide > *")), ...(await boxes(app, ".hud")), ...(await boxes(app, ".node-place"))];
      return said.length > 0 && said.every((one, at) => ![...others, ...said.slice(0, at)].some((other) => overlap(one, other)));
    });
    const sentences = await app.page.locator(".banners > *").allInnerTexts();
    assert.equal(new Set(sentences).size, sentences.length, sentences.join(" | "));
  };
  await app.get("node-shop").hover();
  const from = await app.middle(app.get("port-out-shop"));
  const to = await app.middle(app.get("node-shoppers"));
  for (let time = 0; time < 2; time += 1) {
    await app.page.mouse.move(from.x, from.y);
    await app.page.mouse.down();
    await app.page.mouse.move(to.x, to.y, { steps: 6 });
    await app.page.locator(".refusal").waitFor();
    await check();
    await app.shot(`refusal-${time}`);
    await app.page.mouse.up();
  }
  await app.get("canvas").focus();
  await app.page.keyboard.press("Escape");
});

scene("a camera that the user has set stays when panels change, and a fitted one follows", {}, async (app) => {
  await app.untilNumber("clock", "passes 1", (now_s) => now_s > 1);
  await app.get("pause").click();
  await app.page.getByRole("button", { name: "Zoom in" }).click();
  await app.page.getByRole("button", { name: "Zoom out" }).click();
  await app.get("canvas").focus();
  await app.page.keyboard.press("ArrowRight");
  const set = await camera(app);
  const settled = () => app.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 100)))));
  const changes = [
    () => app.get("maximize").click(),
    () => app.get("maximize").click(),
    () => app.get("fold-results").click(),
    () => app.get("fold-results").click(),
    () => app.get("fold-palette").click(),
    () => app.get("fold-inspector").click(),
    () => app.get("fold-inspector").click(),
    () => app.get("fold-palette").click(),
    () => app.get("resize-results").press("ArrowUp"),
    () => app.get("resize-inspector").press("End"),
    () => app.page.setViewportSize({ width: 1180, height: 700 }),
  ];
  for (const [at, change] of changes.entries()) {
    await change();
    await settled();
    assert.equal(await camera(app), set, `change ${at}`);
  }
  // Present shows everything, and leaves the camera as it was.
  await app.get("canvas").focus();
  await app.page.keyboard.press("P");
  await app.until("all is shown", async () => (await camera(app)) !== set);
  await app.page.keyboard.press("Escape");
  await app.until("the camera is as it was", async () => (await camera(app)) === set);
  await app.get("canvas").focus();
  await app.page.keyboard.press("Shift+1");
  await app.until("it is fitted", async () => (await camera(app)) !== set);
  const fitted = await camera(app);
  await app.get("fold-results").click();
  await app.until("it follows", async () => (await camera(app)) !== fitted);
});

scene("what a separator says is true after every change, and Home and End move it", {}, async (app) => {
  const check = async (name, side) => {
    const separator = app.get(`resize-${name}`);
    await app.until(`the separator of the ${name} says its length`, async () => {
      const box = await app.page.locator(`.${name}`).first().boundingBox();
      const [least, now, most] = await separator.evaluate((it) =>
        ["min", "now", "max"].map((which) => Number(it.getAttribute(`aria-value${which}`))),
      );
      return Math.abs(now - box[side]) <= 1 && least <= now && now <= most;
    });
  };
  const both = async () => {
    await check("results", "height");
    await check("inspector", "width");
  };
  await both();
  for (const key of ["ArrowUp", "End", "Home", "ArrowUp"]) {
    await app.get("resize-results").press(key);
    await both();
  }
  for (const key of ["ArrowLeft", "End", "Home"]) {
    await app.get("resize-inspector").press(key);
    await both();
  }
  await app.get("resize-results").press("End");
  for (const [width, height] of [[1024, 600], [1366, 768]]) {
    await app.page.setViewportSize({ width, height });
    await both();
  }
  for (const toggle of ["maximize", "fold-results"]) {
    await app.get(toggle).click();
    await app.get(toggle).click();
    await both();
  }
  const line = await app.get("resize-results").evaluate((it) => getComputedStyle(it, "::before").height);
  assert.equal(line, "2px", "a fine line");
});

scene("a zone has a menu: by mouse, by keyboard, with faults in the words of the timeline", {}, async (app) => {
  await app.untilNumber("clock", "passes 1", (now_s) => now_s > 1);
  await app.select("orders");
  await app.page.keyboard.press("Z");
  const head = app.get("zone-zone");
  await head.waitFor();
  const item = (name) => app.page.getByRole("menuitem", { name });
  await head.click({ button: "right" });
  for (const name of [/^Rename/, /^Delete/, /^Parameters/, "Select the zone's nodes", "Inject a fault"]) await item(name).waitFor();
  await app.shot("zone-menu");
  await item("Select the zone's nodes").click();
  await app.until("its node is selected", () => app.isSelected("node-orders"));
  await head.focus();
  await app.page.keyboard.press("Shift+F10");
  await item("Inject a fault").click();
  await item(/^Crash/).waitFor();
  await item(/^Cut off/).waitFor();
  await item(/^Crash/).click();
  await app.until("it is crashed", async () => /crashed/.test(await head.innerText()));
  await head.focus();
  await app.page.keyboard.press("F2");
  await app.until("its name is typed", () => app.page.evaluate(() => document.activeElement.matches(".inspector .name")));
  await app.page.keyboard.press("Control+a");
  await app.page.keyboard.type("East");
  await app.page.keyboard.press("Tab");
  await app.until("it has the name", async () => /East/.test(await head.innerText()));
  await head.focus();
  await app.page.keyboard.press("Delete");
  await head.waitFor({ state: "detached" });
  await app.get("node-orders").waitFor();
});

scene("a long press on a zone opens its menu, and lifting the finger presses nothing", PHONE, async (app) => {
  await app.openExample("zone-loss");
  await app.get("pause").tap();
  const head = app.page.locator(".zone-head").first();
  const at = await app.middle(head);
  const touch = await app.context.newCDPSession(app.page);
  await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [at] });
  const entry = app.page.getByRole("menuitem", { name: "Select the zone's nodes" });
  await entry.waitFor();
  await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await app.untilStill("clock", 12);
  await entry.waitFor();
  assert.equal(await app.page.locator(".inspector.open").count(), 0);
});

for (const [width, height] of [[390, 844], [320, 640], [768, 1024]]) {
  const page = width < 700 ? { ...PHONE, viewport: { width, height } } : { viewport: { width, height }, hasTouch: true };
  scene(`Present has its parts one below the other, in legible type, at ${width}×${height}`, page, async (app) => {
    await app.page.goto(`${app.page.url().split("?")[0]}?example=retry-storm&present=1`);
    await app.get("present-sentence").waitFor();
    await app.get("present-steps").waitFor();
    const parts = [".top", ".middle", ".results", ".present-steps"];
    await app.until("no part covers another, and all are on the page", async () => {
      const all = (await Promise.all(parts.map((part) => boxes(app, part)))).flat();
      const fits = all.every((it) => it.x >= 0 && it.x + it.width <= width + 0.5 && it.y >= 0 && it.y + it.height <= height + 0.5);
      return all.length === 4 && fits && all.every((one, at) => all.slice(0, at).every((other) => !overlap(one, other)));
    });
    const inside = await boxes(app, ".top :is(button, select, .present-title b, .clock)");
    for (const [at, one] of inside.entries()) {
      assert.ok(one.x >= 0 && one.x + one.width <= width, JSON.stringify(one));
      assert.ok(inside.slice(0, at).every((other) => !overlap(one, other)), `${JSON.stringify(inside)}`);
    }
    await app.until("the sentence covers no node", async () => {
      const [[sentence], cards] = [await boxes(app, ".present-sentence"), await boxes(app, ".node-place")];
      return sentence && cards.every((card) => !overlap(sentence, card));
    });
    await app.shot(`present-${width}`);
    assert.deepEqual(await app.smallTexts(14), []);
    await app.get("leave-present").click();
    await app.get("present-steps").waitFor({ state: "detached" });
  });
}
