// What the page weighs, held against its budget: node scripts/size.mjs FOLDER. The Wasm files are
// weighed as they lie there, the first load as a Chromium with an empty cache fetches it.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { launch } from "./chromium.mjs";
import { serve } from "./serve.mjs";

const KB = 1000;
const folder = process.argv[2] ?? "dist";
const gzipped = (name) => gzipSync(readFileSync(join(folder, name)), { level: 9 }).length;
const wasm = readdirSync(folder).filter((name) => name.endsWith(".wasm"));
const [worker, teller, main] = [/^worker_/, /^teller_/, /^app-/].map((name) => wasm.filter((file) => name.test(file)));
if (wasm.length !== 3 || ![worker, teller, main].every((files) => files.length === 1)) {
  console.error(`headroom: ${folder}/ should hold the .wasm files of app, worker and teller; it holds: ${wasm.join(", ")}`);
  process.exit(1);
}

const sent = await firstLoad();
const rows = [
  ["main Wasm, gzipped", gzipped(main[0]), 450 * KB],
  ["worker Wasm, gzipped", gzipped(worker[0]), 150 * KB],
  ["teller Wasm, gzipped", gzipped(teller[0]), 100 * KB],
  ["first load, gzipped", sent.reduce((sum, each) => sum + each.bytes, 0), 700 * KB],
];
let over = false;
const row = (label, value, limit, unit) => {
  over ||= value > limit;
  console.log(`${label.padEnd(22)} ${value.toFixed(unit ? 1 : 0).padStart(7)} of ${limit} ${unit}${value > limit ? "  OVER" : ""}`);
};
for (const [label, bytes, limit] of rows) row(label, bytes / KB, limit / KB, "kB");
row("first load, requests", sent.length, 12, "");
if (over) {
  for (const { path, status, bytes } of sent) console.log(`  ${status} ${path} ${(bytes / KB).toFixed(1)} kB`);
  console.error("headroom: the page is over its budget.");
  process.exitCode = 1;
}

async function firstLoad() {
  const server = await serve({ folder });
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.goto(server.url, { waitUntil: "networkidle" });
    // The worker is part of the first load: it has answered when numbers are there.
    await page.waitForFunction(() => /\d/.test(document.querySelector("[data-testid=throughput]")?.textContent ?? ""));
    return server.sent;
  } finally {
    await browser.close();
    await server.close();
  }
}
