// Share links, and work that is never lost.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { HEADROOM } from "./app.mjs";
import { home, scene, visit } from "./page.mjs";

/** A small system, run for a few simulated seconds; a fault too, so that it travels. */
async function small(app) {
  await app.empty();
  const client = await app.drop("client", 0.12, 0.4);
  const server = await app.drop("app", 0.45, 0.4);
  const database = await app.drop("database", 0.8, 0.4);
  await app.connect(client, server);
  await app.connect(server, database);
  // A fault that is planned before the run begins starts with the run.
  await app.menu(`node-${database}`, /^Crash/);
  await app.selectNothing();
  await app.set("duration_s", 30);
  await app.set("warmup_s", 5);
}

/** Runs to the end and returns the digest. */
async function digest(app) {
  await app.speed(/^Max/);
  await app.get("run").click();
  return app.digest();
}

const drawing = async (app) => [(await app.ids("node")).sort(), (await app.ids("link")).sort()];

scene("a share link opens elsewhere as the same design with the same digest", {}, async (app) => {
  await small(app);
  const mine = await digest(app);
  assert.match(mine, /[0-9a-f]{8,}/);
  const link = await app.shareLink();
  assert.match(link, /#v1\.d\.[\w-]+$/);

  // Another profile: nothing is shared but the link.
  const other = await visit({ url: link });
  try {
    assert.deepEqual(await drawing(other), await drawing(app));
    assert.equal(await digest(other), mine);
    await other.shot("opened-from-link");
    other.assertQuiet();
  } finally {
    await other.leave();
  }

  const report = JSON.parse(execFileSync(HEADROOM, ["run", link, "--json"], { encoding: "utf8" }));
  assert.ok(mine.includes(report.digest), `the page says ${mine}, the command line ${report.digest}`);
});

scene("work is there after a reload", {}, async (app) => {
  await small(app);
  const before = await drawing(app);
  await app.saved();
  await app.page.reload();
  await app.started();
  await app.until("the drawing is back", async () => JSON.stringify(await drawing(app)) === JSON.stringify(before));
  await app.selectNothing();
  assert.equal(await app.get("field-duration_s").inputValue(), "30");
});

scene("work is there after leaving at once", {}, async (app) => {
  await app.empty();
  await app.drop("queue", 0.5, 0.5);
  // Without waiting for anything to be saved.
  await app.page.reload();
  await app.started();
  await app.until("the queue is back", async () => (await app.kinds()).join() === "queue");
});

scene("opening a link never overwrites work", {}, async (app) => {
  // Someone else's link.
  const other = await visit();
  await small(other);
  const link = await other.shareLink();
  await other.leave();

  await app.empty();
  await app.drop("cache", 0.5, 0.5);
  await app.saved();

  const guest = await visit({ from: app, url: link });
  await guest.until("the link's design is shown", async () => (await guest.kinds()).includes("database"));
  guest.assertQuiet();
  // Even a change to it leaves the first work alone: it becomes a document of its own.
  await guest.drop("queue", 0.5, 0.8);
  await guest.saved();
  await guest.leave();

  const mine = await app.myDiagrams();
  assert.equal(await mine.count(), 2, "both documents are kept");
  // The one that was changed last comes first.
  await mine.last().getByRole("button").first().click();
  await app.until("the first work is untouched", async () => (await app.kinds()).join() === "cache");
});

for (const [what, spoil] of [
  ["damaged", (link) => link.slice(0, -6) + (link.at(-6) === "A" ? "B" : "A") + link.slice(-5)],
  ["truncated", (link) => link.slice(0, Math.floor(link.indexOf("#") + (link.length - link.indexOf("#")) / 2))],
  ["too new", (link) => link.replace("#v1.", "#v9.")],
]) {
  scene(`a ${what} link shows one sentence and leaves the work alone`, {}, async (app) => {
    await app.empty();
    const cache = await app.drop("cache", 0.5, 0.5);
    await app.connect(await app.drop("client", 0.1, 0.3), cache);
    await app.saved();
    const work = await drawing(app);
    const bad = spoil(await app.shareLink());

    // Into the address bar of the very tab, and in a new one.
    await app.page.evaluate((fragment) => (location.hash = fragment), new URL(bad).hash);
    const sentence = await app.notice();
    assert.ok(sentence.length > 20 && sentence.length < 300 && !sentence.includes("\n"), sentence);
    assert.deepEqual(await drawing(app), work);

    const tab = await visit({ from: app, url: bad });
    assert.equal(await tab.notice(), sentence);
    await tab.until("the work is shown", async () => JSON.stringify(await drawing(tab)) === JSON.stringify(work));
    await tab.shot(`link-${what.replace(" ", "-")}`);
    tab.assertQuiet();
    await tab.leave();
  });
}
