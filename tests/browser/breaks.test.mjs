// Faults that are injected and ended during a run, and how the document records them.
import assert from "node:assert/strict";
import { scene } from "./page.mjs";

/** client → app → database, with a timeout on the last link so that calls over a partitioned link fail. */
async function running(app) {
  await app.empty();
  const client = await app.drop("client", 0.12, 0.4);
  const server = await app.drop("app", 0.45, 0.4);
  const database = await app.drop("database", 0.8, 0.4);
  const front = await app.connect(client, server);
  const back = await app.connect(server, database);
  await app.selectLink(back);
  await app.set("timeout_ms", 200);
  await app.get("run").click();
  await app.untilNumber("throughput", "is above 0", (rps) => rps > 0);
  await app.untilNumber("clock", "passes 2", (now_s) => now_s > 2);
  await app.untilNumber("error-rate", "is 0", (percent) => percent === 0);
  return { client, server, database, front, back };
}

/** The faults in the share link. */
const faults = async (app) => (await app.sharedDocument()).faults ?? [];

scene("a crashed node fails requests until it is restored", {}, async (app) => {
  const { database } = await running(app);

  await app.menu(`node-${database}`, /^Crash/);
  await app.untilNumber("error-rate", "rises", (percent) => percent > 50);
  await app.shot("crashed");
  await app.until("the document holds the crash", async () => (await app.faultList()).some((text) => /crash/i.test(text)));

  await app.menu(`node-${database}`, /^Restart/);
  await app.untilNumber("error-rate", "falls to 0", (percent) => percent === 0);
  await app.untilNumber("throughput", "is above 0", (rps) => rps > 0);

  const [fault, ...others] = await faults(app);
  assert.deepEqual(others, []);
  assert.equal(fault.fault, "crash");
  assert.equal(fault.target, database);
  assert.ok(fault.start_s > 2, `it began at ${fault.start_s} s`);
  assert.ok(fault.duration_s > 0, `it lasted ${fault.duration_s} s`);
});

scene("calls over a partitioned link time out until the link is restored", {}, async (app) => {
  const { back } = await running(app);

  await app.menu(`link-${back}`, /^Cut off both/);
  await app.untilNumber("error-rate", "rises", (percent) => percent > 50);
  await app.shot("partitioned");

  await app.menu(`link-${back}`, /^Restore/);
  await app.untilNumber("error-rate", "falls to 0", (percent) => percent === 0);

  const [fault, ...others] = await faults(app);
  assert.deepEqual(others, []);
  assert.equal(fault.fault, "partition");
  assert.deepEqual(fault.links, [back]);
  assert.ok(fault.start_s > 2 && fault.duration_s > 0, JSON.stringify(fault));
});

scene("a live fault happens again at the same time in the next run", {}, async (app) => {
  const { database } = await running(app);
  await app.menu(`node-${database}`, /^Crash/);
  await app.untilNumber("error-rate", "rises", (percent) => percent > 50);
  await app.get("reset").click();
  await app.untilNumber("clock", "is 0", (now_s) => now_s === 0);
  await app.get("run").click();
  await app.untilNumber("error-rate", "is 0 at first", (percent) => percent === 0);
  await app.untilNumber("error-rate", "rises again", (percent) => percent > 50);
});

scene("a fault that changes nothing where it is injected says why", {}, async (app) => {
  await app.empty();
  const client = await app.drop("client", 0.1, 0.4);
  const balancer = await app.drop("load_balancer", 0.4, 0.4);
  const server = await app.drop("app", 0.75, 0.4);
  await app.connect(client, balancer);
  await app.connect(balancer, server);
  await app.get("run").click();
  await app.untilNumber("clock", "passes 1", (now_s) => now_s > 1);
  await app.menu(`node-${balancer}`, /^Slow/);
  const reason = /changes nothing there, because it passes requests on without work of its own/;
  await app.until("the reason is said", async () => (await app.page.locator(".banner").allInnerTexts()).some((text) => reason.test(text)));
});

scene("a frozen node says so, and its menu unfreezes it", {}, async (app) => {
  const { server } = await running(app);
  const card = app.get(`node-${server}`);
  const says = async (word) => (await card.getAttribute("aria-label")).includes(`, ${word},`);
  await app.menu(`node-${server}`, /^Freeze/);
  await app.until("the card is frozen", async () => /\bfrozen\b/.test(await card.getAttribute("class")));
  assert.ok(await says("frozen"), await card.getAttribute("aria-label"));
  await app.page.locator(".held-badge", { hasText: "frozen" }).waitFor();
  await app.shot("frozen");
  await app.openMenu(`node-${server}`);
  await app.page.getByRole("menuitem", { name: "Inject a fault" }).click();
  await app.page.getByRole("menuitem", { name: "Unfreeze" }).waitFor();
  assert.equal(await app.page.getByRole("menuitem", { name: /^Freeze/ }).count(), 0);
  await app.page.getByRole("menuitem", { name: "Unfreeze" }).click();
  await app.until("the card is no longer frozen", async () => !/\bfrozen\b/.test(await card.getAttribute("class")));
  assert.ok(!(await says("frozen")));

  await app.menu(`node-${server}`, /^Slow/);
  await app.until("the card is slowed", () => says("slowed"));
  await app.shot("slowed");
  await app.menu(`node-${server}`, /^Restore the speed$/);
  await app.until("the card is no longer slowed", async () => !(await says("slowed")));
  const all = await faults(app);
  assert.deepEqual(all.map(({ fault, target }) => [fault, target]), [["pause", server], ["slow", server]]);
  assert.ok(all.every(({ duration_s }) => duration_s > 0), JSON.stringify(all));
});

scene("a single frozen replica is marked among the others", {}, async (app) => {
  await app.select("shop");
  await app.get("add-fault").selectOption("pause");
  await app.get("field-target").selectOption({ label: "Shop app, replica 2" });
  await app.untilNumber("clock", "passes 2", (now_s) => now_s > 2);
  const card = app.get("node-shop");
  await app.until("one segment is frozen", async () => (await card.locator(".segments i.frozen").count()) === 1);
  assert.match(await card.locator(".segments i").nth(1).getAttribute("title"), /^Replica, frozen/);
  assert.match(await card.getAttribute("aria-label"), /, 1 of 4 frozen,/);
  await app.shot("one replica is frozen");
});

scene("a sentence about a run that has ended goes when that changes", {}, async (app) => {
  await app.speed(/^Max/);
  await app.digest();
  await app.menu("node-orders", /^Crash$/);
  const banner = app.page.locator(".banner", { hasText: "The run has ended" });
  await banner.waitFor();
  await app.openTab("Charts");
  await app.get("playhead").press("Home");
  await banner.waitFor({ state: "detached", timeout: 3000 });
});
