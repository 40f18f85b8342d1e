// The results below the canvas: one time axis for the timeline and all charts, the part of the run that is shown, the
// figures and their seconds, and charts of any number.
import assert from "node:assert/strict";
import { PHONE, scene } from "./page.mjs";

const near = (one, other, most = 1.5) => Math.abs(one - other) <= most;
const seconds = async (app) => (await app.get("window").getAttribute("aria-valuetext")).match(/[\d.]+/g).map(Number);

/** Waits until the part of the run that is shown satisfies `holds`. */
const untilShown = (app, sentence, holds) => app.until(sentence, async () => holds(...(await seconds(app))));

scene("timeline, charts and playhead have one time axis", {}, async (app) => {
  await app.untilNumber("clock", "passes 3 s", (now) => now > 3);
  await app.get("pause").click();
  await app.untilStill("clock");
  const track = await app.page.locator(".track").boundingBox();
  const plots = app.page.locator(".chart .u-over");
  assert.ok((await plots.count()) >= 2);
  for (const plot of await plots.all()) {
    const area = await plot.boundingBox();
    assert.ok(near(area.x, track.x) && near(area.width, track.width), `${area.x}+${area.width} beside ${track.x}+${track.width}`);
  }
  const [from, to] = await seconds(app);
  const now = await app.number("clock");
  const head = await app.page.locator("i.playhead").boundingBox();
  const expected = track.x + ((now - from) / (to - from)) * track.width;
  assert.ok(near(head.x + head.width / 2, expected, 2.5), `${head.x} for ${expected}`);
  assert.equal(await app.text("playhead"), `${now.toFixed(1)} s`);
  const ticks = await app.page.locator(".axis .tick").all();
  assert.ok(ticks.length >= 3);
  const label = await app.get("playhead").boundingBox();
  for (const tick of ticks) {
    const area = await tick.boundingBox();
    assert.ok(area.x + area.width <= label.x || area.x >= label.x + label.width, "the playhead's time lies on no tick");
  }
  await app.shot("one time axis");
});

scene("the part of the run that is shown is zoomed, dragged, moved by key and named", {}, async (app) => {
  await app.untilNumber("clock", "passes 1 s", (now) => now > 1);
  await app.get("pause").click();
  await app.wholeRun();
  const end = (await seconds(app))[1];
  await app.page.getByRole("button", { name: "Show less of the run" }).click();
  await untilShown(app, "half of it is shown", (from, to) => near(to - from, end / 2));

  const overview = await app.get("overview").boundingBox();
  const edge = app.page.getByRole("slider", { name: "Last second that is shown" });
  const at = await edge.boundingBox();
  await app.drag({ x: at.x + at.width / 2, y: at.y + at.height / 2 }, { x: overview.x + overview.width * 0.25, y: at.y + 8 });
  await untilShown(app, "a quarter is shown", (from, to) => from < 2 && near(to, end / 4, end / 40));

  const frame = await app.get("window").boundingBox();
  await app.drag(
    { x: frame.x + frame.width / 2, y: frame.y + frame.height / 2 },
    { x: frame.x + frame.width / 2 + overview.width / 2, y: frame.y + frame.height / 2 },
  );
  await untilShown(app, "the third quarter is shown", (from, to) => near(from, end / 2, end / 40) && near(to - from, end / 4, end / 40));
  assert.match(await app.text("window-choice"), /^\d[\d.]*–\d[\d.]* s/);

  await app.get("window").focus();
  const [before] = await seconds(app);
  await app.page.keyboard.press("ArrowLeft");
  await untilShown(app, "it is earlier", (from) => from < before);
  await app.page.keyboard.press("+");
  await untilShown(app, "it is shorter", (from, to) => near(to - from, end / 8, end / 40));

  const track = await app.page.locator(".track").boundingBox();
  await app.page.mouse.move(track.x + track.width / 2, track.y + 8);
  await app.page.keyboard.down("Control");
  await app.page.mouse.wheel(0, 300);
  await app.page.keyboard.up("Control");
  await untilShown(app, "the wheel shows more", (from, to) => to - from > end / 7);

  await app.get("window-choice").selectOption("10");
  assert.match(await app.text("window-choice"), /^last 10 s/);
  await untilShown(app, "ten seconds are shown", (from, to) => near(to - from, 10, 0.2));
});

scene("fault and change labels are never cut to a letter, and stand on the track", {}, async (app) => {
  await app.untilNumber("clock", "passes 3 s", (now) => now > 3);
  await app.get("pause").click();
  await app.get("chaos").selectOption("20");
  await app.get("node-orders").click();
  await app.get("field-workers").fill("7");
  await app.page.keyboard.press("Tab");
  await app.get("change-0").waitFor();
  const look = () =>
    app.page.locator(".fault-bar .words, .change-mark span").evaluateAll((all) =>
      all
        .filter((each) => !each.closest(".outside"))
        .map((each) => {
          const box = each.getBoundingClientRect();
          const track = each.closest(".track").getBoundingClientRect();
          const share = Math.min(1, each.clientWidth / each.scrollWidth);
          return {
            text: each.textContent,
            letters: Math.round(each.textContent.length * share),
            isCut: share < 1,
            inside: box.left >= track.left - 2 && box.right <= track.right + 10,
            title: each.parentElement.title,
          };
        }),
    );
  for (const zoom of [() => {}, () => app.get("window-choice").selectOption("growing")]) {
    await zoom();
    const words = await look();
    assert.ok(words.length > 0);
    for (const { text, letters, isCut, inside, title } of words) {
      assert.ok(!isCut || letters >= 12, `“${text}” shows ${letters} letters`);
      assert.ok(inside, `“${text}” stands on the track`);
      assert.ok(title.startsWith(text), title);
    }
  }
  await app.shot("many faults");
});

scene("a fault off the part that is shown is reached by the keyboard, which brings it into view", {}, async (app) => {
  await app.get("pause").click();
  await app.wholeRun();
  await app.get("add-fault").selectOption("crash");
  const bar = app.get("fault-0");
  await bar.waitFor();
  const [start, end] = (await bar.getAttribute("aria-label")).match(/[\d.]+(?= s)/g).map(Number);
  await app.get("window").focus();
  await app.page.getByRole("slider", { name: "First second that is shown" }).focus();
  for (let step = 0; step < 12; step += 1) await app.page.keyboard.press("ArrowRight");
  await untilShown(app, "the fault is off", (from) => from > end);
  await bar.focus();
  await untilShown(app, "the fault is shown", (from, to) => from <= start && to >= start);
});

scene("the figures name their seconds, and after the run they are of all of it", {}, async (app) => {
  await app.untilNumber("clock", "passes 12 s", (now) => now > 12);
  await app.get("pause").click();
  await app.untilStill("clock");
  const now = await app.number("clock");
  const [from, to] = (await app.text("figures-of")).match(/[\d.]+/g).map(Number);
  assert.ok(near(to, now, 0.1) && to - from >= 9.9 && to - from <= 11.1, `${from} to ${to} at ${now}`);
  await app.get("figures-whole").click();
  assert.equal(await app.text("figures-of"), "after the warm-up");
  await app.speed(/^Max/);
  await app.get("run").click();
  await app.digest();
  const facts = await app.page.locator(".facts").innerText();
  const [, total] = facts.replace(/[\u202f\u00a0]/g, "").match(/requests\s+(\d+)/);
  const [, failed] = facts.replace(/[\u202f\u00a0]/g, "").match(/failed\s+(\d+)/);
  assert.equal(await app.get("figures-whole").getAttribute("aria-pressed"), "true");
  const percent = (100 * Number(failed)) / Number(total);
  assert.ok(near(await app.number("error-rate"), percent, 0.5 + percent / 10), `${await app.text("error-rate")}, ${percent}`);
  const [whole, end] = (await app.text("figures-of")).match(/[\d.]+/g).map(Number);
  assert.ok(whole > 0 && end > whole, "from the warm-up to the end");
  await app.get("figures-last").click();
  assert.match(await app.text("figures-of"), new RegExp(`${end} s$`));
});

scene("any number is put on a chart by name, remembered, and taken away", {}, async (app) => {
  await app.get("add-chart").selectOption({ label: "Orders DB: Waiting" });
  const chart = app.get("chart-orders.waiting");
  await chart.waitFor();
  assert.match(await chart.innerText(), /Orders DB: waiting/);
  await app.get("add-chart").selectOption({ label: "Whole run: Offered" });
  await app.get("chart-run.offered_rps").waitFor();
  await app.untilNumber("clock", "passes 3 s", (now) => now > 3);
  await app.until("it says a number", async () => /\d/.test(await chart.locator(".legend b").innerText()));
  const shown = () => app.page.locator("figure.chart").evaluateAll((all) => all.map(({ dataset }) => dataset.testid));
  const all = await shown();
  assert.deepEqual(all.slice(0, 2), ["chart-latency", "chart-throughput"]);
  await app.page.reload();
  await app.started();
  await app.get("chart-orders.waiting").waitFor();
  assert.deepEqual(await shown(), all, "in the same order");
  await app.get("chart-orders.waiting").scrollIntoViewIfNeeded();
  await app.shot("charts by name");

  // The table has the same for those who read rather than look.
  await app.openTab("Table");
  const table = app.get("series-table");
  const headings = () => table.locator("thead th").allInnerTexts();
  await app.until("the added chart is a column", async () => (await headings()).includes("Orders DB: Waiting"));
  const at = (await headings()).indexOf("Orders DB: Waiting");
  await app.until("its values are there", async () => /\d/.test(await table.locator("tbody tr").first().locator("th, td").nth(at).innerText()));
  await app.openTab("Charts");
  await app.get("chart-orders.waiting").getByRole("button", { name: "Take the chart away" }).click();
  await app.until("it is gone", async () => !(await shown()).includes("chart-orders.waiting"));
  await app.openTab("Table");
  await app.until("its column is gone", async () => !(await headings()).includes("Orders DB: Waiting"));
});

scene("the front charts fit the story: a backlog, replicas, the busiest shard", {}, async (app) => {
  for (const [example, chart, words] of [
    ["queue-drain", "chart-uploads.backlog", /backlog/],
    ["autoscaler-lag", "chart-web.replicas", /replicas up/],
    ["hot-key", "chart-db.busiest", /busiest/],
  ]) {
    await app.openExample(example);
    const front = app.page.locator("figure.chart").nth(2);
    await front.waitFor();
    assert.match(await front.locator("figcaption").innerText(), words);
    assert.match(await front.getAttribute("data-testid"), new RegExp(`\\.${chart.split(".")[1]}$`));
  }
});

scene("the results lie over the canvas, fold to a strip with figures, and are remembered", {}, async (app) => {
  await app.untilNumber("clock", "passes 1 s", (now) => now > 1);
  const height = async () => (await app.page.locator(".results").boundingBox()).height;
  const before = await height();
  await app.get("maximize").click();
  await app.until("they are higher", async () => (await height()) > before + 200);
  await app.shot("results over the canvas");
  await app.get("maximize").click();
  await app.until("they are as before", async () => near(await height(), before));
  await app.get("fold-results").click();
  await app.until("a strip is left", async () => (await height()) < 60);
  assert.match(await app.page.locator(".few-figures").innerText(), /served.*\d.*errors.*p99.*\d s/s);
  await app.page.reload();
  await app.started();
  await app.until("it is still folded", async () => (await height()) < 60);
  await app.get("fold-results").click();
  await app.until("they are as before", async () => near(await height(), before, 60));
});

scene("charts are there where the browser's language is no language tag", {}, async (app) => {
  // As WebKitGTK says it where the system's language is "C".
  await app.page.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, "language", { get: () => "C", configurable: true });
  });
  await app.page.reload();
  await app.started();
  await app.until("both charts are drawn", async () => (await app.page.locator(".chart canvas").count()) === 2);
  await app.untilNumber("clock", "passes 1 s", (now) => now > 1);
});

scene("on a phone the charts are below the figures and nothing is too wide", PHONE, async (app) => {
  await app.untilNumber("clock", "passes 1 s", (now) => now > 1);
  await app.get("charts-strip").click();
  await app.get("chart-latency").scrollIntoViewIfNeeded();
  assert.ok((await app.get("chart-latency").boundingBox()).height > 80);
  const overflow = await app.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${overflow} px too wide`);
  await app.shot("phone charts");
});
