// Two and three tabs with the same diagram: one writes, the others follow and only read.
import assert from "node:assert/strict";
import { scene, visit } from "./page.mjs";

const READS = /only reads/;
const reads = async (app) => (await app.get("reader").count()) > 0 && READS.test(await app.get("reader").innerText());
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
  await second.until("the reason is said", async () =>
    (await second.page.locator(".banner").allInnerTexts()).some((text) => /take over to change it here/.test(text)));
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
  await rows.locator("button[aria-label^=Delete]:enabled").first().click();
  await app.until("the first tab says so", async () =>
    (await app.page.locator(".banner").allInnerTexts()).some((text) => /Deleted in another tab/.test(text)));
  // The next change stores it again.
  await app.drop("app", 0.6, 0.4);
  await app.saved();
  await app.page.reload();
  await app.started();
  await shows(app, 2);
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
