// The first minute: an empty canvas invites, hints are dismissed once, the cure of an example is behind one word.
import assert from "node:assert/strict";
import { PHONE, scene } from "./page.mjs";

scene("the opening example asks a question, and its cure is behind one word", {}, async (app) => {
  const question = app.get("question");
  await question.waitFor();
  assert.match(await question.innerText(), /^Question/);
  assert.equal(await app.get("cure").count(), 0);
  await app.get("show-cure").click();
  assert.match(await app.text("cure"), /Orders DB/);
  await app.openExample("retry-storm");
  assert.equal(await app.get("cure").count(), 0, "that of another example is folded again");
  await question.getByRole("button", { name: "Dismiss the question" }).click();
  assert.equal(await question.count(), 0);
  await app.openExample("hot-key");
  await question.waitFor();
});

scene("the opening example is calm: nothing fails, and the database is near its limit", {}, async (app) => {
  await app.speed(/^10×/);
  await app.untilNumber("clock", "passes 40 s", (now) => now > 40);
  assert.equal(await app.number("error-rate"), 0);
  const name = await app.get("node-orders").getAttribute("aria-label");
  const busy = Number(name.match(/utili[sz]ation (\d+)/)?.[1] ?? "0");
  assert.ok(busy > 60, name);
  await app.shot("the opening example");
});

scene("hints are dismissed once for all", {}, async (app) => {
  await app.get("hint-select").getByRole("button").click();
  assert.equal(await app.get("hint-select").count(), 0);
  await app.page.reload();
  await app.started();
  await app.get("hint-break").waitFor();
  assert.equal(await app.get("hint-select").count(), 0);
  await app.get("hint-break").getByRole("button").click();
  await app.get("hint-change").getByRole("button").click();
  assert.equal(await app.page.locator(".hints").count(), 0);
});

scene("an empty canvas invites and scolds nobody", {}, async (app) => {
  await app.empty();
  await app.get("start").waitFor();
  await app.page.locator(".example-card").nth(2).waitFor();
  await app.until("each example has its picture", async () => (await app.page.locator(".example-card .picture path").count()) >= 9);
  assert.equal(await app.page.locator(".problem-badge").count(), 0);
  assert.equal(await app.page.locator(".tabs .count").count(), 0);
  assert.equal(await app.page.locator(".chart").count(), 0);
  assert.match(await app.page.locator(".results").innerText(), /Charts open with the first run/);
  await app.shot("an empty canvas");
  await app.openTab("Outline");
  await app.page.locator(".tab-panel").waitFor();
});

scene("three nodes that call each other are one click and one step of undo", {}, async (app) => {
  await app.empty();
  await app.get("start-three").click();
  await app.until("they are drawn", async () => (await app.ids("link")).length === 2);
  assert.deepEqual((await app.kinds()).sort(), ["app", "client", "database"]);
  assert.equal(await app.get("start").count(), 0);
  await app.get("run").click();
  await app.untilNumber("throughput", "is above 0", (rate) => rate > 0);
  await app.get("undo").click();
  await app.until("nothing is left", async () => (await app.ids("node")).length === 0);
});

scene("an example is opened from the empty canvas", {}, async (app) => {
  await app.empty();
  await app.get("start-retry-storm").click();
  await app.untilTitle("Retry storm");
  await app.get("all-examples").waitFor({ state: "detached" });
});

scene("a phone begins without hints over its diagram", PHONE, async (app) => {
  await app.untilNumber("clock", "passes 1 s", (now) => now > 1);
  assert.equal(await app.page.locator(".hint:visible").count(), 0);
  await app.empty();
  await app.get("start-client").click();
  await app.until("there is a client", async () => (await app.kinds()).join() === "client");
});
