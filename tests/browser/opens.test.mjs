// The first visit opens a running example: on a desktop and a phone, in light and dark, at any path.
import assert from "node:assert/strict";
import { test } from "node:test";
import { serve } from "../../scripts/serve.mjs";
import { DESKTOP, DIST, PHONE, scene, visit } from "./page.mjs";

/** Examples that must be there, and what each must draw. */
const EXAMPLES = {
  "three-tier-shop": ["client", "load_balancer", "app", "cache", "database"],
  "jobs-behind-a-queue": ["client", "app", "queue"],
  "read-heavy-with-a-cache": ["client", "app", "cache", "database"],
  "rate-limited-api": ["client", "rate_limiter", "app"],
};

/** Waits until the run moves, and says how far it had come. */
async function runs(app) {
  await app.untilNumber("throughput", "is above 0", (rps) => rps > 0);
  const then = await app.number("clock");
  return app.untilNumber("clock", `passes ${then}`, (now_s) => now_s > then);
}

for (const colorScheme of ["light", "dark"]) {
  scene(`opens on a running example, ${colorScheme}`, { colorScheme }, async (app) => {
    await runs(app);
    for (const id of ["p50", "p99"]) await app.untilNumber(id, "is above 0", (ms) => ms > 0);
    await app.untilNumber("error-rate", "is a percentage", (percent) => percent >= 0 && percent <= 100);
    // Something has been drawn in both charts, and the time axis has some length.
    for (const id of ["chart-latency", "chart-throughput"]) await app.get(id).locator("canvas").first().waitFor();
    await app.untilNumber("clock", "reaches 15", (now_s) => now_s >= 15);
    const background = await app.page.evaluate(() => {
      const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g).map(Number);
      return (red + green + blue) / 3;
    });
    assert.ok(colorScheme === "light" ? background > 200 : background < 80, `${colorScheme}: background ${background}`);
    await fits(app);
    await app.shot(`opens-${colorScheme}`);
  });

  scene(`opens on a phone, ${colorScheme}`, { ...PHONE, colorScheme }, async (app) => {
    await runs(app);
    await app.untilNumber("clock", "reaches 8", (now_s) => now_s >= 8);
    await fits(app);
    await app.shot(`opens-phone-${colorScheme}`);
  });
}

/** Fails when the page is wider than the window. */
async function fits(app) {
  const { inner, scroll } = await app.page.evaluate(() => ({
    inner: document.documentElement.clientWidth,
    scroll: document.documentElement.scrollWidth,
  }));
  assert.ok(scroll <= inner, `the page is ${scroll} px wide in a window of ${inner}`);
}

test("works at the top of a server as well", { timeout: 120_000 }, async () => {
  const top = await serve({ folder: DIST });
  const app = await visit({ ...DESKTOP, url: top.url });
  try {
    await runs(app);
    app.assertQuiet();
    assert.deepEqual(top.sent.filter(({ status }) => status !== 200 && status !== 304), []);
  } finally {
    await app.leave();
    await top.close();
  }
});

scene("nothing is fetched from another origin", {}, async (app) => {
  const strangers = [];
  app.page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith("http") && url.origin !== new URL(app.page.url()).origin) strangers.push(url.href);
  });
  await app.page.reload();
  await app.started();
  await runs(app);
  assert.deepEqual(strangers, []);
});

scene("the first four examples open, run, and say what to watch", {}, async (app) => {
  for (const [id, kinds] of Object.entries(EXAMPLES)) {
    await app.openExample(id);
    await app.until(`${id} draws ${kinds}`, async () => {
      const drawn = await app.kinds();
      return kinds.every((kind) => drawn.includes(kind));
    });
    await runs(app);
    // One sentence, on the button that opens it and beside the run.
    const watch = await app.get(`open-example-${id}`).locator("small").textContent();
    assert.match(watch, /^[A-Z].{30,}[.?]$/);
    await app.page.getByText(watch).last().waitFor();
    await app.untilNumber("clock", "reaches 4", (now_s) => now_s >= 4);
    await app.shot(`example-${id}`);
  }
});

scene("the menu leads to the validation, and its designs open", {}, async (app) => {
  await app.get("menu").click();
  await app.get("validation").click();
  await app.page.getByRole("heading", { level: 1, name: "Validation" }).waitFor();
  const table = app.page.getByRole("table").first();
  assert.ok((await table.getByRole("row").count()) > 5, "the first family has several numbers");
  assert.equal(await app.page.locator("tr.off").count(), 0, "everything agrees with theory");
  await fits(app);
  await app.shot("validation");
  await table.getByRole("link").first().click();
  await app.started();
  assert.deepEqual((await app.ids("node")).sort(), ["app", "users"]);
});
