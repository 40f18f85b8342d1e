// Two and three tabs with the same diagram: one writes, the others follow and only read.
import assert from "node:assert/strict";
import { scene, visit } from "./page.mjs";

const READS = /only reads/;
const reads = async (app) => (await app.get("reader").allInnerTexts()).some((text) => READS.test(text));
/** What the banners of a tab say. */
const banners = async (app) => (await app.page.locator(".banner").allInnerTexts()).join(" ");
const nodes = async (app) => (await app.ids("node")).length;

/** Waits until a tab shows so many nodes. */
const shows = (app, count) => app.until(`it shows ${count} nodes`, async () => (await nodes(app)) === count);

scene("a second tab follows and only reads, until it takes over", {}, async (app) => {
  await app.empty();
  await app.drop("client", 0.15, 0.4);
  await app.saved();

  const second = await visit({ from: app });
  await second.until("the second tab says that it only reads", () => reads(second));
  await shows(second, 1);
  await second.shot("reads-only");

  // What the first tab draws is seen in the second.
  await app.drop("app", 0.45, 0.4);
  await shows(second, 2);

  // The second refuses a change, and says why.
  await second.get("palette-queue").click();
  await second.until("the reason is said", async () => /take over to change it here/.test(await banners(second)));
  assert.equal(await nodes(second), 2);

  // It takes over: the first one reads, and nothing is lost.
  await second.page.getByRole("button", { name: "Take over here" }).click();
  await app.until("the first tab only reads", () => reads(app));
  await second.until("the second tab writes", async () => !(await reads(second)));
  await second.drop("queue", 0.75, 0.4);
  await shows(app, 3);

  // The writing tab is closed: another one writes.
  await second.saved();
  await second.page.close();
  await app.until("the first tab writes again", async () => !(await reads(app)));
  await shows(app, 3);
  await app.drop("database", 0.75, 0.75);
  await app.saved();
  await app.page.reload();
  await app.started();
  await shows(app, 4);
});

scene("a tab whose diagram is deleted elsewhere says so", {}, async (app) => {
  await app.empty();
  await app.drop("client", 0.3, 0.4);
  await app.saved();
  const second = await visit({ from: app });
  await second.until("it only reads", () => reads(second));
  // The second tab turns to another diagram, and deletes the first one's.
  await second.empty();
  await second.drop("queue", 0.3, 0.4);
  await second.saved();
  const rows = await second.myDiagrams();
  const remove = rows.locator("button[aria-label^=Delete]:enabled").first();
  await remove.click();
  await app.until("the first tab says so", async () => /deleted in another tab/.test(await banners(app)));
  await app.get("not-saved").getByRole("button", { name: "Download the diagram" }).waitFor();

  // The other tab undoes it: the first one goes on.
  await second.page.getByRole("dialog").getByRole("button", { name: "Undo" }).click();
  await app.get("not-saved").waitFor({ state: "detached" });
  await app.saved();
  await app.drop("cache", 0.6, 0.2);
  await app.saved();

  // It is deleted again: the next change stores it again.
  await remove.click();
  await app.get("not-saved").waitFor();
  await app.drop("app", 0.6, 0.6);
  await app.get("not-saved").waitFor({ state: "detached" });
  await app.saved();
  await app.page.reload();
  await app.started();
  await shows(app, 3);
  // Undoing now does not bring the older drawing back.
  await second.page.getByRole("dialog").getByRole("button", { name: "Undo" }).click();
  await second.page.keyboard.press("Escape");
  await app.page.reload();
  await app.started();
  await shows(app, 3);
});

scene("three tabs take over from each other, and nothing is lost", {}, async (app) => {
  const takeOver = async (tab) => {
    await tab.page.getByRole("button", { name: "Take over here" }).click();
    await tab.until("it writes", async () => !(await reads(tab)));
  };
  await app.empty();
  await app.drop("client", 0.15, 0.3);
  await app.saved();
  const b = await visit({ from: app });
  const c = await visit({ from: app });
  for (const tab of [b, c]) {
    await tab.until("it only reads", () => reads(tab));
    await shows(tab, 1);
  }
  // An edit a moment before another tab takes over is kept.
  await app.drop("app", 0.45, 0.3);
  await takeOver(c);
  for (const tab of [app, b]) await tab.until("it only reads", () => reads(tab));
  await shows(c, 2);
  await c.drop("queue", 0.75, 0.3);
  for (const tab of [app, b]) await shows(tab, 3);

  await takeOver(app);
  for (const tab of [b, c]) await tab.until("it only reads", () => reads(tab));
  await app.drop("database", 0.15, 0.75);
  for (const tab of [b, c]) await shows(tab, 4);

  // The tab that writes is closed during an edit: one of the others goes on with it.
  await takeOver(b);
  await b.drop("cache", 0.45, 0.75);
  await b.page.close({ runBeforeUnload: true });
  await app.until("one of the others writes", async () => !(await reads(app)) || !(await reads(c)));
  const [writer, reader] = (await reads(app)) ? [c, app] : [app, c];
  await shows(writer, 5);
  await writer.drop("app", 0.75, 0.75);
  await shows(reader, 6);
});

scene("where the browser forbids locks every tab writes", {}, async (app) => {
  await app.page.evaluate(() => {
    navigator.locks.request = () => Promise.reject(new DOMException("no locks here", "SecurityError"));
  });
  await app.empty();
  await app.drop("client", 0.2, 0.4);
  await app.drop("app", 0.6, 0.4);
  await app.saved();
  assert.ok(!(await reads(app)));
  await shows(app, 2);
});
