// A simulator that panics, and accessibility.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PHONE, ROOT, home, scene } from "./page.mjs";

const AXE = readFileSync(join(ROOT, "node_modules", "axe-core", "axe.min.js"), "utf8");

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

/** Fails on what axe rates serious or critical. */
async function assertAccessible(app, where) {
  const violations = await app.page.evaluate(async (source) => {
    // The policy of the page allows no injected script; evaluating it here is the debugger's right.
    if (!window.axe) (0, eval)(source);
    const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, help, nodes }) => ({ id, help, where: nodes.slice(0, 5).map(({ target }) => target.join(" ")) }));
  }, AXE);
  assert.deepEqual(violations, [], where);
}

for (const colorScheme of ["light", "dark"]) {
  scene(`axe finds nothing serious, ${colorScheme}`, { colorScheme, bypassCSP: true }, async (app) => {
    await app.untilNumber("throughput", "is above 0", (rps) => rps > 0);
    await app.get("pause").click();
    await assertAccessible(app, "a run, nothing selected");

    const [node] = await app.ids("node");
    await app.select(node);
    await app.get("inspector").waitFor();
    await assertAccessible(app, "a node selected");

    await app.selectLink((await app.ids("link"))[0]);
    await assertAccessible(app, "a link selected");

    await app.get("share").click();
    await app.get("share-url").waitFor();
    await assertAccessible(app, "the share dialog");
    await app.page.keyboard.press("Escape");

    for (const tab of ["Findings", "Table", "Problems", "Outline"]) {
      await app.openTab(tab);
      await assertAccessible(app, tab);
    }

    await app.empty();
    await assertAccessible(app, "an empty canvas");
    await app.select(await app.drop("app", 0.5, 0.4));
    await app.set("replicas", "-1");
    await app.until("it is marked", async () => (await app.get("field-replicas").getAttribute("aria-invalid")) === "true");
    await assertAccessible(app, "a wrong value");

    await app.page.goto(new URL("validation.html", home()).href);
    await assertAccessible(app, "the validation");
  });

  scene(`axe finds nothing serious on a phone, ${colorScheme}`, { ...PHONE, colorScheme, bypassCSP: true }, async (app) => {
    await app.untilNumber("throughput", "is above 0", (rps) => rps > 0);
    await app.get("pause").tap();
    await assertAccessible(app, "a run");
    await app.openSheet(/^Add/);
    await assertAccessible(app, "the palette");
  });
}
