// "My diagrams" and the versions of a diagram: what is deleted or changed can be had back.
import assert from "node:assert/strict";
import { PHONE, scene } from "./page.mjs";

const MINUTE_MS = 60_000;

/** Draws a diagram of its own with this title and these kinds, and waits until it is stored. */
async function draw(app, title, ...kinds) {
  await app.empty();
  for (const [index, kind] of kinds.entries()) await app.drop(kind, 0.2 + 0.3 * index, 0.4);
  if (title) {
    await app.get("title").fill(title);
    await app.get("title").press("Enter");
  }
  await app.saved();
}

/** The title, age and size that a row shows. */
const row = async (locator) => (await locator.locator("b, small").allInnerTexts()).map((text) => text.trim());

scene("diagrams without a title can be distinguished, the one edited last first", {}, async (app) => {
  await draw(app, "", "client");
  await draw(app, "", "app", "database");
  await draw(app, "Shop", "client", "cache");
  const rows = await app.myDiagrams();
  const shown = await Promise.all((await rows.all()).map(row));
  assert.deepEqual(shown.map(([title, , size]) => [title, size]), [
    ["Shop", "2 nodes, 0 links"],
    ["Untitled", "2 nodes, 0 links"],
    ["Untitled", "1 node, 0 links"],
  ]);
  for (const [, age] of shown) assert.match(age, /^edited just now|^edited 1 minute ago/);
  // The picture has a shape for each kind of node.
  const shapes = (nth) => rows.nth(nth).locator("svg.picture path:not(.picture-links)").count();
  assert.deepEqual([await shapes(1), await shapes(2)], [2, 1]);
  await app.shot("my-diagrams");
});

scene("a deleted diagram comes back with its name, age and versions", {}, async (app) => {
  await draw(app, "Shop", "client", "app");
  await draw(app, "Other", "queue");
  const rows = await app.myDiagrams();
  const before = await row(rows.nth(1));
  await rows.nth(1).getByRole("button", { name: "Delete Shop" }).click();
  await app.until("it says so in its place", async () => /“Shop” was deleted/.test(await rows.nth(1).innerText()));
  await app.shot("deleted");

  // In the list, by keyboard: the button that undoes has the focus.
  await app.until("Undo has the focus", () => rows.nth(1).getByRole("button", { name: "Undo" }).evaluate((it) => it === document.activeElement));
  await app.page.keyboard.press("Enter");
  await app.until("the row is back", async () => (await row(rows.nth(1)))[0] === "Shop");

  // After the list was closed, from the notice.
  await rows.nth(1).getByRole("button", { name: "Delete Shop" }).click();
  await rows.nth(1).getByRole("button", { name: "Undo" }).waitFor();
  await app.page.keyboard.press("Escape");
  await app.get("removed").getByRole("button", { name: "Undo" }).click();
  await app.get("removed").waitFor({ state: "detached" });
  const again = await app.myDiagrams();
  assert.deepEqual((await row(again.nth(1))).toSpliced(1, 1), before.toSpliced(1, 1));
  await again.nth(1).getByRole("button").first().click();
  await app.untilTitle("Shop");
  assert.deepEqual((await app.kinds()).sort(), ["app", "client"]);
});

scene("what is not undone stays deleted", {}, async (app) => {
  await draw(app, "Shop", "client");
  await draw(app, "Other", "queue");
  const rows = await app.myDiagrams();
  await rows.nth(1).getByRole("button", { name: "Delete Shop" }).click();
  await rows.nth(1).getByRole("button", { name: "Undo" }).waitFor();
  await app.page.reload();
  await app.started();
  assert.equal(await (await app.myDiagrams()).count(), 1);
});

scene("my diagrams fit on a narrow screen", { ...PHONE, viewport: { width: 320, height: 640 } }, async (app) => {
  for (const _ of [1, 2]) {
    await app.get("menu").tap();
    await app.get("new").tap();
    await app.openSheet(/^Add/);
    await app.get("palette-client").tap();
    await app.until("a node is there", async () => (await app.ids("node")).length === 1);
    await app.page.keyboard.press("Escape");
    await app.until("it is stored", async () => (await app.get("saved").textContent()).trim() === "Saved in this browser");
  }
  const rows = await app.myDiagrams();
  await rows.last().getByRole("button", { name: /^Delete/ }).tap();
  const undo = rows.last().getByRole("button", { name: "Undo" });
  await undo.waitFor();
  await app.shot("my-diagrams-narrow");
  const [box, width] = [await undo.boundingBox(), await app.page.evaluate(() => document.documentElement.scrollWidth)];
  assert.ok(box.height >= 44 && box.x >= 0 && box.x + box.width <= 320, JSON.stringify(box));
  assert.ok(width <= 320, `the page is ${width} wide`);
  await undo.tap();
  await rows.last().getByRole("button", { name: /^Delete/ }).waitFor();
});

scene("earlier versions say what changed and are restored in one step", {}, async (app) => {
  // The clock is the test's: versions are minutes apart.
  await app.page.clock.install();
  await app.page.reload();
  await app.started();
  const client = await (async () => {
    await app.empty();
    return app.drop("client", 0.2, 0.4);
  })();
  await app.page.clock.runFor(1000);
  await app.saved();
  await app.page.clock.runFor(6 * MINUTE_MS);
  await app.drop("database", 0.5, 0.4);
  await app.page.clock.runFor(1000);
  await app.saved();
  await app.page.clock.runFor(6 * MINUTE_MS);
  await app.rename(client, "Shoppers");
  await app.page.clock.runFor(1000);
  await app.saved();

  const open = async () => {
    await app.get("menu").click();
    await app.get("versions").click();
    return app.page.getByRole("dialog").getByRole("listitem");
  };
  let rows = await open();
  await app.until("the versions are listed", async () => (await rows.count()) === 3);
  assert.deepEqual(await Promise.all((await rows.all()).map(async (each) => (await row(each)).at(-1))), [
    "Client renamed Shoppers",
    "Database added",
    "The oldest version",
  ]);
  assert.match((await row(rows.nth(1)))[1], /6 minutes ago/);
  await app.shot("versions");

  await rows.last().getByRole("button", { name: /^Restore/ }).click();
  await app.until("the first version is there", async () => (await app.kinds()).join() === "client");
  await app.page.keyboard.press("Control+z");
  await app.until("it is taken back", async () => (await app.kinds()).sort().join() === "client,database");
  await app.page.keyboard.press("Control+y");
  await app.page.clock.runFor(1000);
  await app.saved();

  // What was there before is a version too, and all of them survive deletion and its undo.
  rows = await open();
  await app.until("one version more", async () => (await rows.count()) === 4);
  await app.page.keyboard.press("Escape");
  await app.empty();
  await app.drop("queue", 0.5, 0.5);
  await app.page.clock.runFor(1000);
  await app.saved();
  const diagrams = await app.myDiagrams();
  await diagrams.last().getByRole("button", { name: /^Delete/ }).click();
  await diagrams.last().getByRole("button", { name: "Undo" }).click();
  await diagrams.last().getByRole("button", { name: /^Delete/ }).waitFor();
  await diagrams.last().getByRole("button").first().click();
  await app.until("it is open", async () => (await app.kinds()).join() === "client");
  rows = await open();
  await app.until("its versions are back", async () => (await rows.count()) === 4);
});

scene("a preview has no versions, and the list says so", {}, async (app) => {
  await app.get("canvas").focus();
  await app.page.keyboard.press("h");
  const dialog = app.page.getByRole("dialog");
  await app.until("it says so", async () => /no earlier version/.test(await dialog.innerText()));
});
