// Parameters that are changed while the run goes on: they take effect at that instant, stand on the timeline,
// and the run goes on. What cannot change says so and offers to start again.
import assert from "node:assert/strict";
import { scene } from "./page.mjs";

const seconds = async (app) => app.number("clock");
const changes = async (app) => (await app.sharedDocument()).changes ?? [];

/** Runs the example to some simulated second and pauses. */
async function runTo(app, second) {
  // The opening example runs by itself; one that was paused or reset does not.
  if (!app.hasStarted) await app.untilNumber("clock", "passes 0 s", (now) => now > 0);
  app.hasStarted = true;
  if ((await app.get("run").count()) > 0) await app.get("run").click();
  await app.untilNumber("clock", `passes ${second} s`, (now) => now > second);
  await app.get("pause").click();
  await app.get("run").waitFor();
  // The last numbers of the run may be on their way.
  await app.untilStill("clock");
}

async function type(app, field, value) {
  await app.get(field).fill(String(value));
  await app.page.keyboard.press("Enter");
  await app.page.keyboard.press("Tab");
}

scene("a parameter that is edited while it runs changes at that instant, and the run goes on", {}, async (app) => {
  await app.untilNumber("clock", "passes 3 s", (now) => now > 3);
  await app.get("node-orders").click();
  const before = await app.get("field-workers").inputValue();
  await type(app, "field-workers", 23);
  await app.get("change-0").waitFor();
  const at = await seconds(app);
  assert.ok(at > 3, `the run goes on at ${at} s`);
  assert.equal(await app.get("stale").count(), 0);
  assert.equal(await app.get("field-workers").inputValue(), "23", "the inspector shows what the run has now");
  assert.match(await app.get("change-0").innerText(), new RegExp(`Orders DB: .*${before} → 23`));
  await app.get("pause").click();
  await app.untilStill("clock");
  const [change] = await changes(app);
  assert.equal(change.set, "nodes.orders.params.workers");
  assert.equal(change.to, 23);
  assert.ok(change.at_s > 2.5 && change.at_s <= (await seconds(app)) + 0.1, `at ${change.at_s} s`);
  const shared = await app.sharedDocument();
  assert.equal(String(shared.nodes.find((node) => node.id === "orders").params?.workers ?? before), before, "at the start it is as before");
  await app.shot("live change");
});

scene("undo takes a change back, and the run is reproduced without it", {}, async (app) => {
  await runTo(app, 3);
  await app.get("node-orders").click();
  await type(app, "field-workers", 31);
  await app.get("change-0").waitFor();
  const at = await seconds(app);
  await app.get("undo").click();
  await app.until("the change is gone", async () => (await app.get("change-0").count()) === 0);
  await app.untilNumber("clock", "is where it was", (now) => Math.abs(now - at) < 0.2);
  assert.notEqual(await app.get("field-workers").inputValue(), "31");
  await app.get("redo").click();
  await app.get("change-0").waitFor();
  await app.untilNumber("clock", "is where it was", (now) => Math.abs(now - at) < 0.2);
  assert.equal(await app.get("field-workers").inputValue(), "31");
});

scene("a change is moved on the timeline by mouse and keyboard, set from the start, and deleted", {}, async (app) => {
  await runTo(app, 3);
  await app.wholeRun();
  await app.get("node-orders").click();
  await type(app, "field-workers", 31);
  const mark = app.get("change-0");
  await mark.waitFor();
  const [first] = await changes(app);
  const area = await mark.boundingBox();
  await app.drag({ x: area.x + 20, y: area.y + 10 }, { x: area.x + 220, y: area.y + 10 });
  const [moved] = await changes(app);
  assert.ok(moved.at_s > first.at_s + 10, `from ${first.at_s} to ${moved.at_s}`);
  assert.match(await app.get("inspector").innerText(), /Change during the run/);
  await mark.focus();
  await app.page.keyboard.press("Shift+ArrowRight");
  const [pushed] = await changes(app);
  assert.equal(pushed.at_s, moved.at_s + 10);
  await mark.focus();
  await app.page.keyboard.press("Enter");
  await app.get("change-from-start").click();
  await app.until("the mark is gone", async () => (await mark.count()) === 0);
  const shared = await app.sharedDocument();
  assert.equal(shared.nodes.find((node) => node.id === "orders").params.workers, 31);
  assert.equal(await app.get("stale").count(), 1, "the run began with other parameters");
  await app.get("undo").click();
  await mark.focus();
  await app.page.keyboard.press("Delete");
  assert.deepEqual(await changes(app), []);
});

scene("what cannot change in flight says so and offers to start again; nothing restarts by itself", {}, async (app) => {
  await runTo(app, 3);
  const at = await seconds(app);
  await app.get("node-orders").click();
  await type(app, "field-shards", 2);
  await app.get("stale").waitFor();
  assert.match(await app.page.locator(".banners").innerText(), /Shards cannot change during a run, because /);
  assert.equal(await seconds(app), at, "the run is where it was");
  await app.shot("cannot change in flight");
  await app.get("start-again").click();
  await app.untilNumber("clock", "is at the start", (now) => now < at);
  await app.until("nothing is said any more", async () => (await app.get("stale").count()) === 0);

  await runTo(app, 2);
  const node = await app.drop("cache", 0.5, 0.15);
  await app.get("stale").waitFor();
  const later = await seconds(app);
  await app.get("run").click();
  await app.untilNumber("clock", "goes on", (now) => now > later + 0.5);
  await app.get("pause").click();
  await app.untilStill("clock");
  await app.get("undo").click();
  await app.until("nothing is said any more", async () => (await app.get("stale").count()) === 0);
  assert.ok((await app.ids("node")).every((id) => id !== node));
});

scene("the previous run stays as a pale curve", {}, async (app) => {
  await runTo(app, 5);
  assert.equal(await app.get("previous-run").count(), 0);
  await app.get("reset").click();
  await app.untilNumber("clock", "is 0", (now) => now === 0);
  await app.get("previous-run").first().waitFor();
  await runTo(app, 3);
  assert.match(await app.text("previous-run"), /previous run\s*\d/);
  await app.shot("previous run");
});

scene("a half-typed value changes nothing until it has settled, and a wrong one never", {}, async (app) => {
  await runTo(app, 3);
  await app.get("node-orders").click();
  await app.get("field-workers").fill("-4");
  await app.page.keyboard.press("Enter");
  await app.until("the field is marked", async () => (await app.get("field-workers").getAttribute("aria-invalid")) === "true");
  assert.deepEqual(await changes(app), []);
  assert.equal(await app.get("field-workers").inputValue(), "-4", "what was typed is kept");
  await app.get("field-workers").fill("");
  await app.get("field-workers").pressSequentially("19");
  await app.page.keyboard.press("Tab");
  await app.get("change-0").waitFor();
  assert.deepEqual((await changes(app)).map((change) => change.to), [19], "one change, not one for each key");
});

scene("a value that is typed and not left while it runs survives a reload", {}, async (app) => {
  await runTo(app, 3);
  await app.get("node-orders").click();
  await app.get("field-workers").fill("27");
  await app.page.reload();
  await app.started();
  await app.get("change-0").waitFor();
  assert.deepEqual((await changes(app)).map(({ set, to }) => [set, to]), [["nodes.orders.params.workers", 27]]);
});
