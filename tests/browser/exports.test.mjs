// What leaves the page as a file or a text, and comes back by dropping, pasting and opening it.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PHONE, scene } from "./page.mjs";

const FOLDER = mkdtempSync(join(tmpdir(), "headroom-exports-"));
const FLOWCHART = 'flowchart LR\n  u(["Visitors"]) --> lb{{"nginx"}}\n  lb --> shop["Shop"]\n  shop --> pg[("Postgres")]\n';

/** Exports by the dialog, and returns the path of the file that the browser saved. */
async function exported(app, testid) {
  await app.get("menu").click();
  await app.get("export").click();
  const saving = app.page.waitForEvent("download");
  await app.get(testid).click();
  const download = await saving;
  const path = join(FOLDER, download.suggestedFilename());
  await download.saveAs(path);
  await app.page.keyboard.press("Escape");
  return path;
}

/** Drops a file or a text somewhere on the page, as a person does from another window. */
async function drop(app, { path, type, text }, at = "[data-testid=inspector]") {
  const data = path ? readFileSync(path).toString("base64") : "";
  const name = path?.split("/").pop();
  await app.page.evaluate(
    ({ data, name, type, text, at }) => {
      const transfer = new DataTransfer();
      if (name) transfer.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name, { type }));
      else transfer.setData("text/plain", text);
      const target = document.querySelector(at);
      for (const kind of ["dragover", "drop"]) {
        target.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
      }
    },
    { data, name, type, text, at },
  );
}

const names = (app) => app.page.locator("[data-node]").evaluateAll((all) => all.map((card) => card.dataset.node).sort());

for (const [testid, type, ending] of [
  ["export-svg", "image/svg+xml", ".svg"],
  ["export-png", "image/png", ".png"],
]) {
  scene(`a picture (${ending}) opens again as the diagram when it is dropped`, {}, async (app) => {
    await app.until("the example is there", async () => (await names(app)).length > 3);
    const before = await names(app);
    const path = await exported(app, testid);
    assert.ok(path.endsWith(ending), path);
    assert.ok(readFileSync(path).length > 1000);
    await app.get("menu").click();
    await app.get("new").click();
    await app.until("the canvas is empty", async () => (await names(app)).length === 0);
    await drop(app, { path, type });
    await app.until("the diagram is back", async () => String(await names(app)) === String(before));
  });
}

scene("results leave as a table with a row for each bin and node", {}, async (app) => {
  await app.until("three bins", async () => (await app.number("clock")) > 3.2);
  const lines = readFileSync(await exported(app, "export-csv"), "utf8").trim().split("\r\n");
  const heading = lines[0].split(",");
  assert.deepEqual(heading.slice(0, 3), ["time_s", "node", "name"]);
  assert.ok(heading.includes("throughput_rps") && heading.includes("node.utilization"), lines[0]);
  const nodes = (await names(app)).length;
  assert.ok(lines.length > 3 * (nodes + 1), `${lines.length} lines`);
  assert.ok(lines.every((line) => line.split(",").length === heading.length), "every row is as wide as the headings");
});

scene("a Mermaid flowchart leaves as text and becomes a diagram when it is pasted", { permissions: ["clipboard-read", "clipboard-write"] }, async (app) => {
  await app.page.evaluate((text) => navigator.clipboard.writeText(text), FLOWCHART);
  await app.get("canvas").focus();
  await app.page.keyboard.press("Control+V");
  await app.until("four nodes", async () => (await names(app)).length === 4);
  const kinds = await app.page.locator("[data-node]").evaluateAll((all) => all.map((card) => card.dataset.kind).sort());
  assert.deepEqual(kinds, ["app", "client", "database", "load_balancer"]);
  const text = readFileSync(await exported(app, "export-mermaid"), "utf8");
  assert.match(text, /^flowchart LR\n/);
  assert.match(text, /u --> lb/);
  assert.match(text, /pg\[\("Postgres"\)\]:::database/);
});

scene("a share link that is pasted or dropped opens", {}, async (app) => {
  const link = await app.shareLink();
  await app.get("menu").click();
  await app.get("new").click();
  await app.until("the canvas is empty", async () => (await names(app)).length === 0);
  await drop(app, { text: link });
  await app.until("the diagram is back", async () => (await names(app)).length > 3);
});

scene("a file of others says what can be read, and nothing is lost", {}, async (app) => {
  await app.until("the example is there", async () => (await names(app)).length > 3);
  const before = await names(app);
  const path = join(FOLDER, "other.svg");
  writeFileSync(path, '<svg xmlns="http://www.w3.org/2000/svg"/>');
  await drop(app, { path, type: "image/svg+xml" }, "[data-testid=canvas]");
  await app.page.getByText("this picture holds no diagram").waitFor();
  assert.deepEqual(await names(app), before);
});

scene("the export dialog fits a phone", PHONE, async (app) => {
  await app.get("menu").click();
  await app.get("export").click();
  await app.get("export-png").waitFor();
  const wide = await app.page.evaluate(() => document.querySelector("dialog").scrollWidth > document.querySelector("dialog").clientWidth);
  assert.equal(wide, false, "nothing is wider than the dialog");
  await app.shot("export-phone");
});
