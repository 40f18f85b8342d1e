// Measures how fast the built page draws and answers in headless Chromium: node scripts/bench-ui.mjs FOLDER
// [TEXT]. Prints a table; with TEXT it measures only the rows with TEXT in their name. `--write` writes the
// table into docs/benchmarks.md.
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { launch } from "./chromium.mjs";
import { serve } from "./serve.mjs";
import { diagram, fast, manyDots } from "./bench-ui-diagrams.mjs";

const DESKTOP = { viewport: { width: 1440, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
/** How many times slower than this machine the phone's processor is. */
const PHONE_SLOWDOWN = 4;
/** How long frames are counted, milliseconds. */
const LOOK_MS = 4000;
/** A frame that comes later than this after the one before is a slow one, milliseconds. */
const SLOW_FRAME_MS = 50;
/** What takes longer than this is given up, milliseconds. */
const PATIENCE_MS = 90_000;

const write = process.argv.includes("--write");
const [folder = "dist", only = ""] = process.argv.slice(2).filter((argument) => argument !== "--write");

const CASES = [
  { name: "5 nodes (the first example)", act: everything },
  { name: "50 nodes, 75 links", document: diagram(50), act: everything },
  { name: "100 nodes, 150 links", document: diagram(100), act: everything },
  { name: "200 nodes, 300 links", document: diagram(200), act: everything },
  { name: "4 nodes at 10 000 requests/s", document: fast(10_000), act: everything },
  { name: "1 000 dots on 30 links", document: manyDots(), act: everything },
  { name: `5 nodes on a phone, ${PHONE_SLOWDOWN} × slower`, phone: true, act: onPhone },
];

const server = await serve({ folder });
const browser = await launch();
const rows = [];
try {
  for (const one of CASES.filter(({ name }) => name.includes(only))) {
    const context = await browser.newContext(one.phone ? PHONE : DESKTOP);
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      const row = await one.act(page, one);
      rows.push({ name: one.name, ...row });
      console.error(JSON.stringify(rows.at(-1)));
    } finally {
      await context.close();
    }
  }
} finally {
  await browser.close();
  await server.close();
}

/** Opens the document as a file, or the first example where there is none, and measures all of it. */
async function everything(page, { document }) {
  await page.goto(server.url);
  await untilNumbers(page);
  if (document) await open(page, document);
  await settle(page);
  await run(page, false);
  const standing = await frames(page);
  const draggingStanding = await whileDragging(page);
  await reset(page);
  await run(page, true);
  await page.waitForFunction(() => parseFloat(document.querySelector("[data-testid=clock]").textContent) > 2);
  const running = await frames(page);
  const draggingRunning = await whileDragging(page);
  const interaction = await interactions(page);
  const pause = await pauseAnswer(page);
  return { standing, running, draggingStanding, draggingRunning, interaction, pause };
}

/** The first example on a slowed processor. */
async function onPhone(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: PHONE_SLOWDOWN });
  await page.goto(server.url, { waitUntil: "commit" });
  const firstNumbers = await untilNumbers(page);
  await settle(page);
  const running = await frames(page);
  const interaction = await interactions(page);
  const pause = await pauseAnswer(page);
  return { firstNumbers, running, interaction, pause };
}

/** Waits for the first numbers of the run; milliseconds since the navigation began. */
async function untilNumbers(page) {
  const shown = await page.waitForFunction(() => {
    const text = document.querySelector("[data-testid=throughput]")?.textContent ?? "";
    return /\d/.test(text) && performance.now();
  });
  return Math.round(await shown.jsonValue());
}

/** Opens a document as a file. */
async function open(page, content) {
  const file = { name: `${content.title}.json`, mimeType: "application/json", buffer: Buffer.from(JSON.stringify(content)) };
  await page.getByTestId("open-file").setInputFiles(file);
  await page.waitForFunction((title) => document.title.startsWith(title), content.title);
  await page.getByTestId(`node-${content.nodes[0].id}`).waitFor();
}

/** Waits until what was opened has been drawn. */
async function settle(page) {
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1000)));
}

/** Runs or pauses, if it does not already. */
async function run(page, runs) {
  const [shown, other] = runs ? ["run", "pause"] : ["pause", "run"];
  await page.waitForFunction(() => document.querySelector("[data-testid=run], [data-testid=pause]"));
  if (await page.getByTestId(shown).isVisible()) await page.getByTestId(shown).click();
  await page.getByTestId(other).waitFor();
}

async function reset(page) {
  await page.getByTestId("reset").click();
  await settle(page);
}

/** Frames a second, the median time between two of them, and the share of slow ones. */
async function frames(page, meanwhile) {
  await page.evaluate(() => {
    globalThis.frameTimes = [];
    globalThis.counting = true;
    requestAnimationFrame(function count(now) {
      frameTimes.push(now);
      if (counting) requestAnimationFrame(count);
    });
  });
  if (meanwhile) await meanwhile();
  else await page.evaluate((ms) => new Promise((resolve) => setTimeout(resolve, ms)), LOOK_MS);
  const times = await page.evaluate(() => {
    counting = false;
    return [...frameTimes, performance.now()];
  });
  const gaps = times.slice(1).map((time, index) => time - times[index]);
  gaps.sort((a, b) => a - b);
  const slow = gaps.filter((gap) => gap > SLOW_FRAME_MS).length;
  const fps = ((times.length - 2) * 1000) / (times.at(-1) - times[0]);
  return { fps, median_ms: gaps[Math.floor(gaps.length / 2)], slow: slow / gaps.length };
}

/** The middle of a node in the middle of the canvas. */
function someNode(page, rank = 0.5) {
  return page.evaluate((rank) => {
    const all = [...document.querySelectorAll("[data-node]")];
    const box = all[Math.min(all.length - 1, Math.floor(all.length * rank))].getBoundingClientRect();
    return { x: box.x + box.width / 2, y: box.y + box.height * 0.3 };
  }, rank);
}

/** Frames while one node is dragged with the mouse around where it is. */
async function whileDragging(page) {
  const { x, y } = await someNode(page);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 8, y + 8);
  const counted = await frames(page, async () => {
    const end = Date.now() + LOOK_MS;
    for (let step = 0; Date.now() < end; step += 1) {
      await page.mouse.move(x + 60 * Math.sin(step / 12), y + 40 * Math.sin(step / 7));
      await new Promise((resolve) => setTimeout(resolve, 12));
    }
  });
  await page.mouse.up();
  await settle(page);
  return counted;
}

/** The longest time from an input to the next painted frame: nodes selected, tabs opened, a key pressed. */
async function interactions(page) {
  await page.evaluate(() => {
    globalThis.durations = [];
    globalThis.observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if (/^(pointerdown|pointerup|click|keydown)$/.test(entry.name)) durations.push(entry.duration);
      }
    });
    // Shorter ones are not reported by browsers.
    observer.observe({ type: "event", durationThreshold: 16 });
  });
  const tabs = page.getByRole("tab");
  for (let step = 0; step < 4; step += 1) {
    const { x, y } = await someNode(page, 0.2 * step + 0.1);
    await page.mouse.click(x, y);
    await page.keyboard.press("Escape");
    await tabs.nth(step % (await tabs.count())).click();
    await settle(page);
  }
  await tabs.first().click();
  await settle(page);
  const all = await page.evaluate(() => {
    observer.disconnect();
    return durations;
  });
  return { longest_ms: Math.max(16, ...all) };
}

/** Milliseconds from the click on Pause until the page shows Run and simulated time stands. */
async function pauseAnswer(page) {
  const box = await page.getByTestId("pause").boundingBox();
  await page.evaluate(() => {
    globalThis.paused = { clicked: NaN, changed: NaN };
    const seen = () => document.querySelector("[data-testid=run]") + document.querySelector("[data-testid=clock]").textContent;
    let last = seen();
    addEventListener("click", (event) => (paused.clicked = event.timeStamp), { capture: true, once: true });
    new MutationObserver(() => {
      const now = seen();
      if (now !== last) paused.changed = performance.now();
      last = now;
    }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["data-testid"] });
  });
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  // Until nothing has changed for a while.
  await page.waitForFunction(() => paused.clicked && performance.now() - Math.max(paused.changed, paused.clicked) > 1500);
  return page.evaluate(() => Math.round(Math.max(0, paused.changed - paused.clicked)));
}

const rate = (counted) =>
  counted ? `${counted.fps.toFixed(0)} (${counted.median_ms.toFixed(0)} ms, ${(counted.slow * 100).toFixed(0)} %)` : "–";
const ms = (value) => (value === undefined ? "–" : value.toFixed(0));
const table = [
  "| diagram | standing | dragging, standing | running | dragging, running | input to paint, ms | Pause, ms | first numbers, ms |",
  "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
  ...rows.map((row) => {
    const counted = [row.standing, row.draggingStanding, row.running, row.draggingRunning].map(rate);
    const cells = [row.name, ...counted, ms(row.interaction.longest_ms), ms(row.pause), ms(row.firstNumbers)];
    return `| ${cells.join(" | ")} |`;
  }),
].join("\n");
console.log(table);

if (write) {
  const [begin, end] = ["<!-- bench-ui: written by make bench-ui -->\n", "<!-- end of bench-ui -->"];
  const path = "docs/benchmarks.md";
  const [before, rest] = readFileSync(path, "utf8").split(begin);
  const machine = `On ${cpus().length} × ${cpus()[0].model.trim()}, ${new Date().toISOString().slice(0, 10)}, drawn in software:`;
  writeFileSync(path, `${before}${begin}${machine}\n\n${table}\n${rest.slice(rest.indexOf(end))}`);
}
