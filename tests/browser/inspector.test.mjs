// The inspector: essential parameters first, sliders with sensible ranges, segments, and what differs from the usual.
import assert from "node:assert/strict";
import { scene } from "./page.mjs";

scene("the inspector shows what is essential first and unfolds the rest where it is needed", {}, async (app) => {
  await app.untilNumber("clock", "passes 1", (now_s) => now_s > 1);
  await app.get("reset").click();
  await app.untilNumber("clock", "is 0", (now_s) => now_s === 0);
  await app.select("shop");
  const inspector = app.get("inspector");
  const more = inspector.getByTestId("more");
  assert.match(await more.innerText(), /More\s*5\s*discipline, error rate/);
  assert.equal(await app.get("field-error_rate").count(), 0);
  await more.click();
  await app.set("error_rate", "7");
  await app.until("it is marked", async () => (await app.get("field-error_rate").getAttribute("aria-invalid")) === "true");
  await more.click();
  assert.ok(await app.get("field-error_rate").isVisible(), "what is wrong stays in sight");
  await app.set("error_rate", "0");
  await more.click();
  // It is remembered for the kind while the page is open.
  await app.until("it is folded", async () => (await app.get("field-error_rate").count()) === 0);
  await more.click();
  await app.select("balancer");
  await app.select("shop");
  await app.get("field-error_rate").waitFor();

  // What differs from the usual has a button that restores that, and the focus stays at the parameter.
  await app.get("field-replicas").focus();
  await inspector.getByRole("button", { name: "Restore the usual value of Replicas" }).click();
  await app.until("it is the usual again", async () => (await app.get("field-replicas").inputValue()) !== "4");
  assert.equal(await app.page.evaluate(() => document.activeElement.dataset.testid), "field-replicas");
});

scene("a slider covers what people use, and the layer of a balancer is a choice", {}, async (app) => {
  await app.untilNumber("clock", "passes 1", (now_s) => now_s > 1);
  await app.get("reset").click();
  await app.untilNumber("clock", "is 0", (now_s) => now_s === 0);
  await app.select("shoppers");
  const slider = app.page.locator('.field:has([data-testid="field-arrivals.rate_rps"]) .slider');
  const box = await slider.boundingBox();
  const at = (share) => ({ x: box.x + 7 + (box.width - 14) * share, y: box.y + box.height / 2 });
  await app.drag(at(0.5), at(0.5));
  const rate = () => app.get("field-arrivals.rate_rps").inputValue().then(Number);
  await app.until("200/s is in the middle", async () => (await rate()) > 120 && (await rate()) < 320);
  await app.drag(at(0.5), { x: box.x + box.width + 200, y: at(0.5).y });
  await app.until("the end is no absurd rate", async () => (await rate()) === 20_000);

  await app.select("balancer");
  await app.get("field-layer").getByText("4", { exact: true }).click();
  await app.until("it is layer 4", () => app.get("field-layer").getByLabel("4", { exact: true }).isChecked());
  assert.equal(await app.page.locator('.field:has([data-testid="field-layer"]) .slider').count(), 0);
});
