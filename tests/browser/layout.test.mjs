// Panels that are resized, folded and remembered; and Present, which a room can read.
import assert from "node:assert/strict";
import { home, scene } from "./page.mjs";

const box = (app, selector) => app.page.locator(selector).first().boundingBox();

scene("a panel is resized by mouse and by keyboard, and stays so after a reload", {}, async (app) => {
  const before = (await box(app, ".inspector")).width;
  const handle = await box(app, "[data-testid=resize-inspector]");
  const from = { x: handle.x + handle.width / 2, y: handle.y + 100 };
  await app.drag(from, { x: from.x - 80, y: from.y });
  await app.until("the inspector is wider", async () => Math.abs((await box(app, ".inspector")).width - before - 80) < 4);
  const height = (await box(app, ".results")).height;
  await app.get("resize-results").focus();
  await app.page.keyboard.press("ArrowUp");
  await app.page.keyboard.press("ArrowUp");
  await app.until("the results are higher", async () => Math.abs((await box(app, ".results")).height - height - 32) < 4);
  await app.page.reload();
  await app.started();
  await app.until("both are as they were left", async () => {
    const [width, high] = [(await box(app, ".inspector")).width, (await box(app, ".results")).height];
    return Math.abs(width - before - 80) < 4 && Math.abs(high - height - 32) < 4;
  });
  await app.get("resize-inspector").dblclick();
  await app.until("a double click puts it back", async () => Math.abs((await box(app, ".inspector")).width - before) < 2);
});

scene("a panel is folded to give the canvas its room, and stays so after a reload", {}, async (app) => {
  const before = (await box(app, "[data-testid=canvas]")).width;
  await app.get("fold-palette").click();
  await app.get("fold-inspector").click();
  await app.until("the canvas is wider", async () => (await box(app, "[data-testid=canvas]")).width > before + 300);
  assert.equal((await box(app, ".palette")).width, 48);
  // A node type is still added from the rail.
  await app.get("palette-cache").click();
  await app.until("a cache is there", async () => (await app.kinds()).filter((kind) => kind === "cache").length === 2);
  await app.page.reload();
  await app.started();
  await app.until("it is folded", async () => (await box(app, ".palette")).width === 48);
  await app.get("fold-inspector").click();
  await app.until("the inspector is back", async () => (await box(app, ".inspector")).width > 250);
});

for (const [width, height] of [
  [1024, 768],
  [1920, 1080],
]) {
  scene(`Present is legible from the back row at ${width}×${height}`, { viewport: { width, height } }, async (app) => {
    await app.page.goto(`${home()}?example=retry-storm`);
    await app.untilNumber("clock", "runs", (now_s) => now_s > 1);
    await app.get("canvas").focus();
    await app.page.keyboard.press("P");
    await app.get("present-steps").waitFor();
    await app.get("present-sentence").waitFor();
    await app.until("every text is at least 14 px high", async () => (await app.smallTexts(14)).length === 0, 10_000).catch(
      async (error) => {
        throw new Error(`${error.message}\n${(await app.smallTexts(14)).join("\n")}`);
      },
    );
    await app.shot(`present-${width}`);
    await app.page.keyboard.press("Escape");
    await app.get("present-steps").waitFor({ state: "detached" });
    await app.get("inspector").waitFor();
  });
}

scene("Present says in a sentence what happens, and its steps go to the events", {}, async (app) => {
  await app.page.goto(`${home()}?example=retry-storm&present=1`);
  const sentence = app.get("present-sentence");
  await app.until("calm", async () => /No request fails/.test(await sentence.innerText()));
  await app.page.getByRole("button", { name: "Next step" }).click();
  await app.untilNumber("clock", "is at the rush", (now_s) => now_s >= 60);
  await app.speed(/^4×/);
  await app.until("trouble", async () => /no headroom|% fail/.test(await sentence.innerText()));
  await app.page.getByRole("button", { name: "Step before" }).click();
  await app.untilNumber("clock", "is at an earlier step", (now_s) => now_s < 75);
  await app.get("leave-present").click();
  await app.get("present").waitFor();
});
