// The timeline by finger: faults, changes, the axis and the frame of the overview are dragged, and what a finger takes
// hold of is as large as a finger.
import assert from "node:assert/strict";
import { PHONE, scene } from "./page.mjs";

/** A tablet on its side: the wide page, by finger. */
const TABLET = { viewport: { width: 1180, height: 820 }, hasTouch: true, isMobile: true };

const near = (one, other, most) => Math.abs(one - other) <= most;
const numbers = (text) => text.match(/[\d.]+/g).map(Number);

/** How far each thing on the page is scrolled. */
const scrolled = (app) =>
  app.page.evaluate(() =>
    [document.scrollingElement, ...document.querySelectorAll(".results-body, .tab-panel, .stage, .lanes")].map((it) => it?.scrollTop ?? 0));

/** Puts a finger down, moves it, and lifts it. One that moves to a side scrolls nothing. */
async function swipe(app, from, right, down = 0) {
  const still = await scrolled(app);
  const touch = await app.context.newCDPSession(app.page);
  const send = (type, touchPoints) => touch.send("Input.dispatchTouchEvent", { type, touchPoints });
  await send("touchStart", [from]);
  for (let step = 1; step <= 10; step += 1) {
    await send("touchMove", [{ x: from.x + (right * step) / 10, y: from.y + (down * step) / 10 }]);
  }
  await send("touchEnd", []);
  await touch.detach();
  if (down === 0) assert.deepEqual(await scrolled(app), still, "nothing is scrolled away");
}

/** The middle of what is on the page. */
async function middle(app, locator) {
  await locator.scrollIntoViewIfNeeded();
  const box = await locator.boundingBox();
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Fails unless a finger takes hold of an element 22 px above, below, left and right of a point. */
async function assertLarge(app, locator, { x, y }, sides = ["left", "right", "above", "below"]) {
  const missed = await locator.evaluate((element, [x, y, sides]) => {
    const points = { left: [x - 21, y], right: [x + 21, y], above: [x, y - 21], below: [x, y + 21] };
    return sides.filter((side) => {
      const hit = document.elementFromPoint(...points[side]);
      return !(hit && (element === hit || element.contains(hit)));
    });
  }, [x, y, sides]);
  assert.deepEqual(missed, [], `${await locator.getAttribute("aria-label")} is too small`);
}

/** Pauses a run, changes a parameter in flight, and shows the charts of the whole run. */
async function prepare(app, isPhone) {
  await app.untilNumber("clock", "passes 3 s", (now) => now > 3);
  await app.get("pause").tap();
  await app.untilStill("clock");
  await app.get(isPhone ? "outline-orders" : "node-orders").tap();
  const field = app.get(isPhone ? "field-outline.workers" : "field-workers");
  await field.fill("23");
  await field.press("Enter");
  await field.press("Tab");
  if (isPhone) await app.get("charts-strip").tap();
  await app.get("change-0").waitFor();
  await app.wholeRun();
}

for (const [name, options] of [["a phone", PHONE], ["a tablet", TABLET]]) {
  const isPhone = options === PHONE;

  scene(`faults and changes are dragged by finger on ${name}`, options, async (app) => {
    await prepare(app, isPhone);
    await app.get("add-fault").selectOption("crash");
    const bar = app.get("fault-0");
    await bar.waitFor();
    if (isPhone && !(await bar.isVisible())) await app.get("charts-strip").tap();
    const times = async () => numbers((await bar.getAttribute("aria-label")).match(/[\d.]+ s to [\d.]+ s/)[0]);
    const at = await middle(app, bar);
    const before = await times();
    await assertLarge(app, bar, at, ["above", "below"]);
    await swipe(app, at, 60);
    await app.until("the fault is later", async () => (await times())[0] > before[0] + 5);
    const moved = await times();
    assert.ok(near(moved[1] - moved[0], before[1] - before[0], 1.01), "it is as long as before");

    const box = await bar.boundingBox();
    const end = { x: box.x + box.width - 2, y: box.y + box.height / 2 };
    await assertLarge(app, bar, { x: end.x, y: end.y }, ["right", "above", "below"]);
    await swipe(app, end, 40);
    await app.until("it is longer", async () => (await times())[1] > moved[1] + 5);
    assert.equal((await times())[0], moved[0], "it begins when it did");

    const mark = app.get("change-0");
    const second = async () => numbers((await mark.getAttribute("aria-label")).match(/at [\d.]+ s/)[0])[0];
    const first = await second();
    const on = await middle(app, mark);
    await assertLarge(app, mark, on);
    await swipe(app, on, 80);
    await app.until("the change is later", async () => (await second()) > first + 5);
    await app.shot(`timeline by finger, ${name}`);
  });

  scene(`the axis and the playhead are dragged by finger on ${name}`, options, async (app) => {
    await prepare(app, isPhone);
    const axis = app.page.locator(".axis");
    await axis.scrollIntoViewIfNeeded();
    const box = await axis.boundingBox();
    const at = { x: box.x + box.width * 0.7, y: box.y + box.height / 2 };
    await assertLarge(app, axis, { x: at.x, y: box.y + box.height - 22 });
    await swipe(app, at, -box.width * 0.4);
    const end_s = numbers(await app.get("playhead").getAttribute("aria-valuemax"))[0];
    const goal_s = end_s * 0.3;
    await app.untilNumber("clock", "is where the finger was lifted", (now) => near(now, goal_s, end_s * 0.03));

    const head = app.get("playhead");
    const on = await middle(app, head);
    await assertLarge(app, head, { x: on.x, y: box.y + box.height - 22 });
    await swipe(app, on, -box.width * 0.2);
    await app.untilNumber("clock", "is earlier", (now) => near(now, end_s * 0.1, end_s * 0.03));
  });

  scene(`the part of the run that is shown is dragged by finger on ${name}`, options, async (app) => {
    await prepare(app, isPhone);
    const frame = app.get("window");
    const shown = async () => numbers(await frame.getAttribute("aria-valuetext"));
    const [, end_s] = await shown();
    const overview = app.get("overview");
    await overview.scrollIntoViewIfNeeded();
    const { width } = await overview.boundingBox();
    const edge = app.page.getByRole("slider", { name: "Last second that is shown" });
    const last = await middle(app, edge);
    await assertLarge(app, edge, last);
    await swipe(app, last, -width * 0.6);
    await app.until("two fifths are shown", async () => near((await shown())[1], end_s * 0.4, end_s * 0.04));
    await swipe(app, await middle(app, frame), width * 0.3);
    await app.until("it is later", async () => near((await shown())[0], end_s * 0.3, end_s * 0.04));

    // A short part is taken hold of as a long one is.
    await app.get("window-choice").selectOption("10");
    await app.until("ten seconds are shown", async () => near((await shown())[1] - (await shown())[0], 10, 0.2));
    const at = await middle(app, frame);
    await assertLarge(app, frame, at);
    for (const label of ["First second that is shown", "Last second that is shown"]) {
      const side = app.page.getByRole("slider", { name: label });
      await assertLarge(app, side, await middle(app, side));
    }
    await swipe(app, at, width * 0.4);
    await app.until("it is later", async () => (await shown())[0] > end_s * 0.3);
    const [from, to] = await shown();
    assert.ok(near(to - from, 10, 0.5), `${from} to ${to}`);
    await app.shot(`overview by finger, ${name}`);
  });
}

scene("a finger that moves up on a fault scrolls the charts, and the fault stays", PHONE, async (app) => {
  await prepare(app, true);
  const mark = app.get("change-0");
  const label = await mark.getAttribute("aria-label");
  const before = (await scrolled(app)).reduce((a, b) => a + b);
  await swipe(app, await middle(app, mark), 0, -120);
  await app.until("it is scrolled", async () => (await scrolled(app)).reduce((a, b) => a + b) > before + 40);
  assert.equal(await mark.getAttribute("aria-label"), label);
});
