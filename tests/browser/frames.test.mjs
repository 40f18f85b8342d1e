// The run never outruns the page: the worker sends the next snapshot only after the page has drawn the last
// one, and a pause is answered at once, in a diagram of many nodes as well.
import assert from "node:assert/strict";
import { diagram } from "../../scripts/bench-ui-diagrams.mjs";
import { scene } from "./page.mjs";

/** Opens a document as a file and runs it. */
async function runs(app, content) {
  const buffer = Buffer.from(JSON.stringify(content));
  await app.get("open-file").setInputFiles({ name: "diagram.json", mimeType: "application/json", buffer });
  await app.untilTitle(content.title);
  await app.until("every node is drawn", async () => (await app.page.locator("[data-node]").count()) === content.nodes.length);
  if (await app.get("run").isVisible()) await app.get("run").click();
  await app.get("pause").waitFor();
}

/** Counts the snapshots that the page has received from its worker and not yet said to have drawn. */
async function countSnapshots(app) {
  await app.page.addInitScript(() => {
    // A message is bytes, the first of which is the place of its variant in FromWorker or ToWorker.
    const [SNAPSHOT, SNAPSHOT_DRAWN] = [1, 3];
    const first = (message) => new Uint8Array(message.buffer ?? message)[0];
    globalThis.snapshots = { received: 0, drawn: 0, most: 0 };
    globalThis.Worker = class extends Worker {
      constructor(...all) {
        super(...all);
        this.addEventListener("message", ({ data }) => {
          if (first(data) !== SNAPSHOT) return;
          snapshots.received += 1;
          snapshots.most = Math.max(snapshots.most, snapshots.received - snapshots.drawn);
        });
      }
      postMessage(message, ...rest) {
        if (first(message) === SNAPSHOT_DRAWN) snapshots.drawn += 1;
        super.postMessage(message, ...rest);
      }
    };
  });
  await app.page.reload();
  await app.started();
}

const counts = (app) => app.page.evaluate(() => ({ ...snapshots }));

scene("a run of 200 nodes has at most one snapshot that is not drawn, and pauses", {}, async (app) => {
  await countSnapshots(app);
  await runs(app, diagram(200));
  const before = await counts(app);
  await app.page.evaluate(() => (snapshots.most = 0));
  await app.until("twenty more snapshots", async () => (await counts(app)).received >= before.received + 20);
  assert.equal((await counts(app)).most, 1);

  await app.get("pause").click();
  await app.get("run").waitFor();
  await app.untilStill("clock");
  await app.until("every snapshot is drawn", async () => {
    const { received, drawn } = await counts(app);
    return received === drawn;
  });
  await app.get("run").click();
  const paused = await app.number("clock");
  await app.untilNumber("clock", "goes on", (now_s) => now_s > paused + 1);
});

scene("numbers are up to date on cards that are too small to read, once the run is paused", {}, async (app) => {
  await runs(app, diagram(200));
  await app.untilNumber("clock", "passes 2", (now_s) => now_s > 2);
  await app.get("pause").click();
  await app.get("run").waitFor();
  await app.untilStill("clock");
  const line = app.get("node-balancer0").locator(".node-line");
  const small = await line.textContent();
  await app.page.keyboard.press("Shift+1");
  for (let step = 0; step < 8; step += 1) await app.page.getByRole("button", { name: "Zoom in" }).click();
  assert.equal(await line.textContent(), small);
  assert.match(small, /\d/);
});

scene("a node is dragged while 200 nodes run, and its links follow", {}, async (app) => {
  await runs(app, diagram(200));
  const place = () => app.get("node-app0-9").evaluate((card) => card.getBoundingClientRect().x);
  const line = () => app.get("link-balancer9-app0-9").getAttribute("d");
  const [from, path] = [await place(), await line()];
  const middle = await app.middle(app.get("node-app0-9"));
  await app.drag(middle, { x: middle.x + 40, y: middle.y + 30 });
  await app.until("the node has moved", async () => (await place()) > from + 20);
  await app.until("its link has too", async () => (await line()) !== path);
});
