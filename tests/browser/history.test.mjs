// Back, Forward and a reload move between diagrams; nothing that was typed or dragged is lost on the way.
import assert from "node:assert/strict";
import { scene } from "./page.mjs";

const shows = (app, ...kinds) => app.until(`it shows ${kinds}`, async () => (await app.kinds()).sort().join() === kinds.sort().join());

scene("Back and Forward move between one's own diagrams, examples and links", {}, async (app) => {
  const link = await app.shareLink();
  const example = await app.page.title();
  const linked = await app.kinds();

  await app.empty();
  await app.drop("queue", 0.5, 0.4);
  await app.saved();
  await app.empty();
  await app.drop("cache", 0.5, 0.4);
  // An edit that is not stored yet goes along.
  await app.openExample("retry-storm");
  assert.match(app.page.url(), /\?example=retry-storm$/);
  await app.page.evaluate((fragment) => (location.hash = fragment), new URL(link).hash);
  await app.untilTitle(example.replace(" · Headroom", ""));
  assert.match(app.page.url(), /#v1\.d\./);

  await app.page.goBack();
  await app.untilTitle("Retry storm");
  await app.page.goBack();
  await shows(app, "cache");
  assert.ok(!app.page.url().includes("?") && !app.page.url().includes("#"), app.page.url());
  await app.page.goBack();
  await shows(app, "queue");
  // An edit before going on is kept.
  await app.drop("client", 0.2, 0.4);
  await app.page.goForward();
  await shows(app, "cache");
  await app.page.goForward();
  await app.untilTitle("Retry storm");
  await app.page.goForward();
  await shows(app, ...linked);
  for (const _ of [1, 2, 3]) await app.page.goBack();
  await shows(app, "queue", "client");
});

scene("a reload stays where it is", {}, async (app) => {
  await app.empty();
  await app.drop("queue", 0.5, 0.4);
  await app.saved();
  await app.empty();
  await app.drop("cache", 0.5, 0.4);
  await app.saved();
  await app.page.goBack();
  await shows(app, "queue");
  // The other diagram was edited last, and still this one is shown.
  await app.page.reload();
  await app.started();
  await shows(app, "queue");
  await app.openExample("retry-storm");
  await app.page.reload();
  await app.started();
  await app.untilTitle("Retry storm");
  await app.page.goBack();
  await shows(app, "queue");
});

scene("an example that is changed leaves one's own diagrams alone, and Back leads to them", {}, async (app) => {
  await app.empty();
  await app.drop("queue", 0.5, 0.4);
  await app.saved();
  await app.openExample("retry-storm");
  const before = (await app.ids("node")).length;
  await app.page.getByTestId("palette-cache").click();
  await app.until("one more", async () => (await app.ids("node")).length === before + 1);
  await app.saved();
  assert.ok(!app.page.url().includes("?"), app.page.url());
  await app.page.goBack();
  await shows(app, "queue");
  await app.page.goForward();
  await app.until("the changed example is there", async () => (await app.ids("node")).length === before + 1);
});

scene("a file that is opened is there again after a reload, and Back leaves it", {}, async (app) => {
  const document = await app.sharedDocument();
  await app.empty();
  await app.drop("queue", 0.5, 0.4);
  await app.saved();
  const file = { name: "shop.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify({ ...document, title: "Filed" })) };
  await app.get("open-file").setInputFiles(file);
  await app.untilTitle("Filed");
  await app.page.reload();
  await app.started();
  await app.untilTitle("Filed");
  assert.match(await app.text("saved"), /^From a file/);
  await app.page.goBack();
  await shows(app, "queue");
});

scene("Back to a diagram that was deleted says so and shows what was there", {}, async (app) => {
  await app.empty();
  await app.drop("queue", 0.5, 0.4);
  await app.saved();
  await app.empty();
  await app.drop("cache", 0.5, 0.4);
  await app.saved();
  const rows = await app.myDiagrams();
  await rows.last().getByRole("button", { name: /^Delete/ }).click();
  await rows.last().getByRole("button", { name: "Undo" }).waitFor();
  await app.page.keyboard.press("Escape");
  await app.page.goBack();
  await app.until("it says so", async () =>
    (await app.page.locator(".banner").allInnerTexts()).some((text) => /no longer in this browser/.test(text)));
  await shows(app, "cache");
  await app.page.reload();
  await app.started();
  await shows(app, "cache");
});

scene("a title, a name and a parameter that are typed and not left survive a reload", {}, async (app) => {
  await app.empty();
  const node = await app.drop("app", 0.5, 0.4);
  await app.saved();
  await app.get("title").click();
  await app.page.keyboard.type("Half a title");
  await app.page.reload();
  await app.started();
  await app.untilTitle("Half a title");

  await app.select(node);
  await app.get("field-workers").fill("12");
  await app.page.reload();
  await app.started();
  await app.select(node);
  await app.until("the workers are there", async () => (await app.get("field-workers").inputValue()) === "12");

  await app.menu(`node-${node}`, /rename/i);
  const field = app.get("canvas").getByRole("textbox", { name: "Name" });
  await field.fill("Orders");
  await app.page.reload();
  await app.started();
  await app.get(`node-${node}`).getByText("Orders").first().waitFor();
});

scene("a value that is typed and wrong survives a reload as a problem", {}, async (app) => {
  await app.empty();
  const node = await app.drop("app", 0.5, 0.4);
  await app.select(node);
  await app.get("field-workers").fill("12x");
  await app.page.reload();
  await app.started();
  await app.select(node);
  await app.until("it is marked", async () => (await app.get("field-workers").getAttribute("aria-invalid")) === "true");
  await app.set("workers", 3);
  await app.until("it is mended", async () => (await app.get("field-workers").getAttribute("aria-invalid")) === "false");
});

scene("a title that was typed is one step to undo", {}, async (app) => {
  await app.empty();
  await app.drop("app", 0.5, 0.4);
  await app.get("title").click();
  await app.page.keyboard.type("Shop");
  await app.page.keyboard.press("Enter");
  await app.untilTitle("Shop");
  await app.page.keyboard.press("Control+z");
  await app.untilTitle("Untitled");
  await shows(app, "app");
});

scene("a node that is being dragged stays where it was when the page is left", {}, async (app) => {
  await app.empty();
  const node = await app.drop("app", 0.3, 0.3);
  await app.drop("queue", 0.8, 0.7);
  await app.saved();
  const at = async () => (await app.sharedDocument()).nodes.find(({ id }) => id === node).at;
  const before = await at();
  const box = await app.get(`node-${node}`).boundingBox();
  await app.page.mouse.move(box.x + box.width / 2, box.y + 12);
  await app.page.mouse.down();
  await app.page.mouse.move(box.x + box.width / 2 + 60, box.y + 60, { steps: 4 });
  await app.page.mouse.move(box.x + box.width / 2 + 120, box.y + 112, { steps: 4 });
  // The button is still held.
  await app.page.reload();
  await app.started();
  await app.page.mouse.up();
  const after = await at();
  assert.ok(after[0] > before[0] + 60 && after[1] > before[1] + 50, `${before} → ${after}`);
});

scene("an edit that IndexedDB does not take while the page closes is there again", {}, async (app) => {
  await app.empty();
  await app.drop("queue", 0.5, 0.4);
  await app.saved();
  // From now on no write is finished, as when the browser ends the page first.
  await app.page.evaluate(() => {
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (...all) {
      const request = put.apply(this, all);
      this.transaction.abort();
      return request;
    };
  });
  await app.drop("cache", 0.2, 0.4);
  await app.page.reload();
  await app.started();
  await shows(app, "queue", "cache");
  await app.page.reload();
  await app.started();
  await shows(app, "queue", "cache");
  assert.equal(await app.page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes("backup")).length), 0);
});
