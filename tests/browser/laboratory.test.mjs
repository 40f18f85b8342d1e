// The timeline under the canvas: faults planned by hand and at random, and seeking. Partitions, link
// policies, findings and zones.
import assert from "node:assert/strict";
import { scene, visit } from "./page.mjs";

const faults = async (app) => (await app.sharedDocument()).faults ?? [];

/** Drags something by so many pixels to the right. */
async function pull(app, locator, by, from = 0.5) {
  const area = await locator.boundingBox();
  const [x, y] = [area.x + area.width * from, area.y + area.height / 2];
  await app.page.mouse.move(x, y);
  await app.page.mouse.down();
  await app.page.mouse.move(x + by / 2, y, { steps: 4 });
  await app.page.mouse.move(x + by, y, { steps: 4 });
  await app.page.mouse.up();
}

scene("faults are planned, moved, lengthened, copied and deleted on the timeline", {}, async (app) => {
  await app.wholeRun();
  await app.get("add-fault").selectOption("crash");
  const bar = app.get("fault-0");
  await bar.waitFor();
  assert.match(await app.get("inspector").innerText(), /Orders DB/);
  const [planned] = await faults(app);
  assert.equal(planned.target, "orders");
  assert.equal(planned.duration_s, 30);

  await pull(app, bar, 200);
  const [moved] = await faults(app);
  assert.ok(moved.start_s > planned.start_s + 30, `it moved from ${planned.start_s} to ${moved.start_s}`);
  assert.equal(moved.duration_s, 30);

  await pull(app, bar.locator(".grip.end"), 100);
  const [longer] = await faults(app);
  assert.ok(longer.duration_s > 45, `it lasts ${longer.duration_s} s`);
  assert.equal(longer.start_s, moved.start_s);

  await bar.focus();
  await app.page.keyboard.press("Shift+ArrowRight");
  await app.page.keyboard.press("Control+D");
  await app.get("fault-1").waitFor();
  const [one, two] = await faults(app);
  assert.equal(one.start_s, longer.start_s + 10);
  assert.ok(two.start_s > one.start_s);
  await app.shot("time line");

  await app.get("fault-1").focus();
  await app.page.keyboard.press("Delete");
  await app.get("undo").click();
  assert.equal((await faults(app)).length, 2, "the copy is back");
});

scene("chaos plans five faults in one step that can be undone", {}, async (app) => {
  await app.get("chaos").selectOption("5");
  const all = await faults(app);
  assert.equal(all.length, 5);
  assert.deepEqual(all.map((fault) => fault.start_s), all.map((fault) => fault.start_s).sort((a, b) => a - b));
  await app.get("undo").click();
  assert.deepEqual(await faults(app), []);
});

scene("a click on the timeline seeks to that time", {}, async (app) => {
  await app.untilNumber("clock", "passes 2", (now_s) => now_s > 2);
  await app.get("pause").click();
  await app.wholeRun();
  const track = app.page.locator(".track");
  const area = await track.boundingBox();
  await app.page.mouse.click(area.x + area.width / 2, area.y + area.height - 4);
  await app.untilNumber("clock", "is in the middle", (now_s) => now_s > 148 && now_s < 152);
  await app.page.mouse.click(area.x + area.width / 10, area.y + area.height - 4);
  await app.untilNumber("clock", "is back", (now_s) => now_s > 28 && now_s < 32);
});

scene("a line drawn across links partitions them in one fault", {}, async (app) => {
  await app.get("cut-line").click();
  const canvas = await app.get("canvas").boundingBox();
  const [cache, database] = [await app.get("node-redis").boundingBox(), await app.get("node-orders").boundingBox()];
  const x = cache.x - 30;
  await app.page.mouse.move(x, Math.max(canvas.y + 10, cache.y - 20));
  await app.page.mouse.down();
  await app.page.mouse.move(x, database.y + database.height, { steps: 8 });
  await app.page.mouse.up();
  await app.until("the document holds the cut", async () => (await app.faultList()).length === 1);
  const [cut] = await faults(app);
  assert.equal(cut.fault, "partition");
  assert.deepEqual(cut.links, ["shop-orders", "shop-redis"]);
});

scene("a line drawn across links can block the responses only", {}, async (app) => {
  await app.get("canvas").focus();
  await app.page.keyboard.press("x");
  await app.get("cut-ways").selectOption({ label: "Responses only" });
  const canvas = await app.get("canvas").boundingBox();
  const [cache, database] = [await app.get("node-redis").boundingBox(), await app.get("node-orders").boundingBox()];
  await app.drag(
    { x: cache.x - 30, y: Math.max(canvas.y + 10, cache.y - 20) },
    { x: cache.x - 30, y: database.y + database.height },
  );
  await app.until("the document holds the cut", async () => (await faults(app)).length === 1);
  assert.equal((await faults(app))[0].direction, "backward");
});

scene("the inspector describes and draws the policies of a link with their numbers", {}, async (app) => {
  await app.get("link-shop-orders").focus();
  await app.page.keyboard.press("Enter");
  const policies = app.get("policies");
  assert.match(await app.get("policy.timeout").innerText(), /500 ms/, "a row says in words what is set");
  assert.match(await app.get("policy.breaker").innerText(), /off/);
  await app.unfold("timeout_ms");
  await app.until("its timeout is described", async () => /gives up after|waits without a limit/.test(await policies.innerText()));
  await app.unfold("breaker");
  assert.ok(!/failures in a row/.test(await policies.innerText()), "a policy that is off is not described");
  await app.unfold("retries.max");
  await app.get("good-defaults").click();
  await app.until("all policies are described", async () => {
    const text = await policies.innerText();
    return /Up to 3 attempts/.test(text) && /lets through 0.2 retries/.test(text) && /5 failures in a row open it/.test(text);
  });
  assert.equal(await policies.locator("svg:not(.icon):visible").count(), 3, "each has a drawing");
  await app.get("policies").scrollIntoViewIfNeeded();
  await app.shot("policies");
  await app.set("timeout_ms", "750");
  await app.until("the drawing follows the field", async () => /gives up after 750 ms/.test(await policies.innerText()));
});

scene("the inspector describes the pool and the retries of a link as they are set, and draws the pool's use", {}, async (app) => {
  const text = () => app.get("policies").innerText();
  const says = (what) => app.until(`it says ${what}`, async () => what.test(await text()));
  const limit = async (field, value) => {
    await app.unfold(field);
    await app.get(`field-${field}-none`).uncheck();
    await app.set(field, value);
  };
  await app.get("pause").click();
  await app.get("reset").click();
  await app.get("link-shop-orders").focus();
  await app.page.keyboard.press("Enter");
  for (const field of ["timeout_ms", "retries.max"]) await app.unfold(field);
  await says(/At worst the call fails after 1\.65 s/);
  await app.set("retries.retry_on", "error");
  await says(/only after: error/);
  await limit("max_in_flight", 1);
  await limit("max_in_flight_per_replica", 8);
  await says(/At most 1 call at a time, 1 of them to one replica/);
  await says(/their timeout runs meanwhile/);
  await says(/0 of 4 in use, 0 waiting/);
  await app.get("field-timeout_holds_place").check({ force: true });
  await says(/keeps its connection/);
  await app.get("run").click();
  await says(/\d of 4 in use, \d+ waiting/);
  const filled = async () => ((await app.get("pool-drawing").locator("path.solid").getAttribute("d")).match(/M/g) ?? []).length;
  await app.until("the drawing is filled as the pool is used", async () => (await filled()) > 0);
  await app.get("pool-drawing").scrollIntoViewIfNeeded();
  await app.shot("the pool in use");
  await app.get("field-timeout_ms-none").check();
  await app.until("it says nothing of a timeout", async () => !/their timeout|keeps its connection/.test(await text()));
});

scene("a fault that is added starts within the run and not in the past", {}, async (app) => {
  await app.untilNumber("clock", "passes 3", (now_s) => now_s > 3);
  await app.get("pause").click();
  await app.untilStill("clock");
  const now_s = await app.number("clock");
  await app.get("add-fault").selectOption("crash");
  await app.get("fault-0").waitFor();
  const [paused] = await faults(app);
  assert.ok(paused.start_s >= now_s && paused.start_s <= now_s + 0.6, `${paused.start_s} s, added at ${now_s} s`);
  await app.get("undo").click();

  await app.speed(/^Max/);
  await app.get("run").click();
  await app.digest();
  await app.get("add-fault").selectOption("crash");
  await app.get("fault-0").waitFor();
  const [{ start_s }] = await faults(app);
  assert.equal(start_s, 48, "a tenth of what follows the warm-up");
});

scene("a time of a fault that is no number is marked at its field, by its label", {}, async (app) => {
  await app.get("add-fault").selectOption("crash");
  const field = app.get("field-start_s");
  const inspector = app.get("inspector");
  await field.fill("soon");
  await inspector.getByText("Start is a number of seconds.").waitFor();
  assert.equal(await app.page.locator(".banner").count(), 0);
  await field.fill("12");
  await inspector.getByText("Start is a number of seconds.").waitFor({ state: "detached" });
  await field.press("Tab");
  assert.equal((await faults(app))[0].start_s, 12);
});

/** What the legend of a chart says of one of its curves. */
const legend = async (app, chart, curve) => {
  const text = await app.get(chart).locator(".legend span", { hasText: curve }).locator("b").innerText();
  return Number(text.replace(/[^\d.]/g, "") || "0");
};

scene("a partitioned link shows that it is partitioned and why calls fail, and recovers when it is restored", {}, async (app) => {
  await app.openTab("Failures");
  await app.untilNumber("clock", "passes 2", (now_s) => now_s > 2);
  assert.equal(await legend(app, "chart-failures", "timed out"), 0);
  await app.menu("link-shop-orders", /^Cut off both/);
  const signs = app.get("signs-shop-orders");
  await app.until("the link says that it is partitioned", async () => (await signs.innerText()).includes("partitioned"));
  await app.until("and how many calls time out", async () => /\d\s.*timed out/s.test(await signs.innerText()));
  await app.until("failures rise", async () => (await legend(app, "chart-failures", "timed out")) > 10);
  await app.shot("signs of a partition");
  await app.menu("link-shop-orders", /^Restore/);
  await app.speed(/^10×/);
  await app.until("failures end", async () => (await legend(app, "chart-failures", "timed out")) === 0, 60_000);
  await app.until("and so do the signs", async () => (await signs.count()) === 0, 60_000);
});

scene("faults injected during a run are replayed from the share link with the same digest", {}, async (app) => {
  await app.untilNumber("clock", "passes 2", (now_s) => now_s > 2);
  await app.menu("node-orders", /^Crash/);
  await app.untilNumber("error-rate", "rises", (percent) => percent > 5);
  await app.menu("node-orders", /^Restart/);
  await app.menu("node-shoppers", /traffic/i);
  await app.until("all of it is on record", async () => (await faults(app)).length === 2);
  await app.speed(/^Max/);
  const mine = await app.digest();
  const other = await visit({ url: await app.shareLink() });
  try {
    await other.speed(/^Max/);
    await other.get("run").click();
    assert.equal(await other.digest(), mine);
    other.assertQuiet();
  } finally {
    await other.leave();
  }
});

scene("a number in a finding opens the charts at its time", {}, async (app) => {
  await app.openExample("timeout-cascade");
  await app.speed(/^Max/);
  await app.digest();
  const findings = app.page.locator(".findings");
  const figure = (words, text) =>
    findings.locator(".finding").filter({ hasText: words }).getByRole("button", { name: text }).first();
  await figure("Shop ran out of workers", /%|workers|s$/).waitFor();
  assert.match(await findings.innerText(), /Bank took 20 times as long.*Shop ran out of workers/s);
  // A node has charts of its own: they show the marked instant (a fifth of the workers is busy before).
  await figure("Shop ran out of workers", / s$/).click();
  await app.get("chart-waiting").waitFor();
  assert.equal(await app.get("node-shop").getAttribute("aria-current"), "true");
  await app.until("the shop is filling up by then", async () => (await legend(app, "chart-utilisation", "busy")) > 50);
  await app.shot("a finding on a node's charts");
  await app.openTab("Findings");
  await figure(/oodput/, / s$/).click();
  await app.get("chart-load").waitFor();
  await app.until("goodput is falling by then", async () => (await legend(app, "chart-load", "goodput")) < 150);
  await app.shot("a finding on the charts");
});

scene("a zone around nodes is created, crashed, restored and cut off", {}, async (app) => {
  await app.untilNumber("clock", "passes 2", (now_s) => now_s > 2);
  await app.select("orders");
  await app.page.keyboard.press("z");
  const zone = app.get("zone-zone");
  await zone.waitFor();
  assert.match(await zone.innerText(), /Zone A/);
  const inspector = app.get("inspector");
  await inspector.getByLabel("Redis", { exact: true }).check();
  await app.untilNumber("clock", "runs on", (now_s) => now_s > 1);
  await app.get("break").click();
  await app.until("the zone is crashed", async () => /crashed/.test(await zone.innerText()));
  await app.untilNumber("error-rate", "rises", (percent) => percent > 5);
  await app.shot("a zone is down");
  await app.get("break").click();
  await app.until("the zone is up", async () => !/crashed/.test(await zone.innerText()));
  await app.get("cut-off").click();
  await app.until("the zone is partitioned", async () => /partitioned/.test(await zone.innerText()));
  await app.until("its links are partitioned", async () => /partitioned/.test(await app.get("signs-shop-orders").innerText()));
  await app.until("both are on record", async () => (await faults(app)).length === 2);
  const [crash, cut] = await faults(app);
  assert.equal(crash.target, "zone");
  assert.deepEqual(cut.between[0], ["zone"]);
  assert.deepEqual((await app.sharedDocument()).zones[0].nodes.toSorted(), ["orders", "redis"]);
  await inspector.getByRole("button", { name: "Remove the zone" }).click();
  assert.deepEqual(await faults(app), [], "faults forget it");
});

scene("each replica shows the letter of its zone, and every zone can be selected", {}, async (app) => {
  await app.openExample("zone-loss");
  const letters = async () => (await app.get("node-web").locator(".segments i").allInnerTexts()).map((it) => it.trim()[0]);
  await app.until("each replica shows its zone", async () => (await letters()).join("") === "ABC");
  for (const id of ["a", "b", "c"]) {
    await app.get(`zone-${id}`).click();
    assert.match(await app.get("inspector").getByLabel("Name").inputValue(), new RegExp(id, "i"));
  }
  await app.shot("zones of replicas");
});
