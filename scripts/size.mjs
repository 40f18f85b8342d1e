// What the page weighs, compared with its budget: node scripts/size.mjs FOLDER. The Wasm files are
// measured as they lie in the folder, gzipped; the first visit as a Chromium with an empty cache
// makes it, up to the first numbers of the first example.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { launch } from "./chromium.mjs";
import { serve } from "./serve.mjs";

const KB = 1000;
// What counts for a visitor is the sum, FIRST_VISIT_MAX; these two say which half has grown.
const MAIN_MAX = 800 * KB;
const WORKER_MAX = 250 * KB;
// Fetched after the first numbers, or when something in it is wanted.
const LATER_MAX = 600 * KB;
const FIRST_VISIT_MAX = 1200 * KB;

const folder = process.argv[2] ?? "dist";
const gzipped = (name) => gzipSync(readFileSync(join(folder, name)), { level: 9 }).length;
const wasm = readdirSync(folder).filter((name) => name.endsWith(".wasm"));
const main = wasm.find((name) => name.startsWith("app-"));
const later = wasm.find((name) => name.startsWith("later-"));
const worker = wasm.find((name) => name === "worker_bg.wasm");
if (wasm.length !== 3 || !main || !later || !worker) {
  console.error(`headroom: ${folder}/ should hold the two Wasm files of the app and that of its worker; it holds: ${wasm.join(", ")}`);
  process.exit(1);
}

const { sent, began_ms, numbers_ms } = await firstVisit();
const before = sent.filter(({ at_ms }) => at_ms <= numbers_ms);
const total = (all) => all.reduce((sum, { bytes }) => sum + bytes, 0);

const budget = [
  ["main Wasm", gzipped(main), MAIN_MAX],
  ["second Wasm", gzipped(later), LATER_MAX],
  ["worker Wasm", gzipped(worker), WORKER_MAX],
  ["fetched before the first numbers", total(before), FIRST_VISIT_MAX],
];
table(
  ["gzipped", "kB", "of", ""],
  budget.map(([label, bytes, limit]) => [label, kilobytes(bytes), kilobytes(limit), bytes > limit ? "OVER" : ""]),
);
console.log();
table(
  [`fetched on a first visit (numbers after ${Math.round(numbers_ms - began_ms)} ms)`, "kB", "ms", "status", "first numbers"],
  sent.map(({ path, status, bytes, at_ms }) => [
    path,
    kilobytes(bytes),
    String(Math.round(at_ms - began_ms)),
    String(status),
    at_ms <= numbers_ms ? "before" : "after",
  ]),
);
if (budget.some(([, bytes, limit]) => bytes > limit)) {
  console.error("headroom: the page is over its budget.");
  process.exitCode = 1;
}

/** Opens the page in a new profile: what was fetched, when it began, and when the first numbers were there. */
async function firstVisit() {
  const server = await serve({ folder });
  const browser = await launch();
  try {
    const page = await browser.newPage();
    const began_ms = Date.now();
    await page.goto(server.url);
    const shown = await page.waitForFunction(() => {
      const text = document.querySelector("[data-testid=throughput]")?.textContent ?? "";
      return /\d/.test(text) && Date.now();
    });
    const numbers_ms = await shown.jsonValue();
    await page.waitForLoadState("networkidle");
    // The service worker has stored the page.
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    return { sent: server.sent, began_ms, numbers_ms };
  } finally {
    await browser.close();
    await server.close();
  }
}

function kilobytes(bytes) {
  return (bytes / KB).toFixed(1);
}

/** Prints rows under a heading; the first column to the left, numbers to the right. */
function table(heading, rows) {
  const widths = heading.map((_, column) => Math.max(...[heading, ...rows].map((row) => row[column].length)));
  for (const row of [heading, ...rows]) {
    const cells = row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])));
    console.log(cells.join("  ").trimEnd());
  }
}
