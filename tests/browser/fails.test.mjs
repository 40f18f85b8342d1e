// A simulator or a page that panics.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { scene } from "./page.mjs";

/** Makes the simulator or the page panic, by an event that only tests send. */
const breakIt = (app, what) => app.page.evaluate((what) => window.dispatchEvent(new Event(`headroom-break-${what}`)), what);

/** The document in the file that a button offers. */
async function downloaded(app, button) {
  const download = app.page.waitForEvent("download");
  await button.click();
  return JSON.parse(readFileSync(await (await download).path(), "utf8"));
}

scene("a broken simulator says so, keeps the diagram, and is restarted", { complaints: /panic|unreachable|RuntimeError/i }, async (app) => {
  await app.untilNumber("throughput", "is above 0", (rps) => rps > 0);
  const drawn = (await app.ids("node")).sort();

  await breakIt(app, "worker");
  const banner = app.page.getByRole("alert").filter({ hasText: /simulator/i });
  await banner.waitFor();
  assert.deepEqual((await app.ids("node")).sort(), drawn);
  await app.shot("broken-simulator");
  const saved = await downloaded(app, banner.getByRole("button", { name: /download/i }));
  assert.deepEqual(saved.nodes.map((node) => node.id).sort(), drawn);

  await banner.getByRole("button", { name: /restart/i }).click();
  await banner.waitFor({ state: "detached" });
  await app.get("run").click();
  await app.untilNumber("clock", "moves", (now_s) => now_s > 0);
  await app.untilNumber("throughput", "is above 0", (rps) => rps > 0);
});

scene("a broken page says so, offers the diagram as a file, and reloads", { complaints: /panic|unreachable|RuntimeError/i }, async (app) => {
  await app.empty();
  const node = await app.drop("cache", 0.5, 0.5);
  await app.saved();
  await breakIt(app, "page");
  const dialog = app.page.getByRole("alertdialog");
  await dialog.waitFor();
  const saved = await downloaded(app, dialog.getByRole("button", { name: /download/i }));
  assert.deepEqual(saved.nodes.map(({ id }) => id), [node]);
  await dialog.getByRole("button", { name: /reload/i }).click();
  await app.until("the diagram is back", async () => (await app.kinds()).join() === "cache");
});
