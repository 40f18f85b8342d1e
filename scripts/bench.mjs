// Runs the benchmark scenarios in the built page and compares them with what criterion measured:
// node scripts/bench.mjs FOLDER TARGET. Writes docs/benchmarks.md and the table in README.md.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { launch } from "./chromium.mjs";
import { serve } from "./serve.mjs";

const [folder = "dist", target = "target"] = process.argv.slice(2);
const SCENARIOS = "benches/scenarios";
const ROUNDS = 12;

const names = readdirSync(SCENARIOS).map((file) => file.replace(/\.json$/, ""));
const server = await serve({ folder });
const browser = await launch();
const rows = [];
try {
  for (const name of names) {
    const page = await browser.newPage();
    const link = execFileSync(join(target, "release/headroom"), ["link", join(SCENARIOS, `${name}.json`)], { encoding: "utf8" });
    await page.goto(server.url + link.slice(link.indexOf("#")).trim());
    // The fastest speed is the last one.
    await page.getByTestId("speed").selectOption({ label: await page.getByTestId("speed").locator("option").last().innerText() });
    await page.getByRole("tab", { name: "Findings" }).click();
    const rounds = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await page.getByTestId("reset").click();
      await page.getByTestId("run").click();
      rounds.push(await pace(page));
      process.stdout.write(`${name} in Chromium: ${(rounds.at(-1).events / rounds.at(-1).ms / 1000).toFixed(2)} M events/s\n`);
    }
    rows.push({ name, wasm: Math.min(...rounds.map(({ events, ms }) => (ms * 1e6) / events)) });
    await page.close();
  }
} finally {
  await browser.close();
  await server.close();
}

/** Events and milliseconds of the run that has just come to its end. */
async function pace(page) {
  const it = page.getByTestId("pace");
  await it.waitFor({ timeout: 120_000 });
  return { events: Number(await it.getAttribute("data-events")), ms: Number(await it.getAttribute("data-ms")) };
}

/** Nanoseconds an event as criterion measured them, or null where there is no such benchmark. */
function native(group, name) {
  const at = join(target, "criterion", group, name, "new");
  if (!existsSync(join(at, "sample.json"))) return null;
  const { iters, times } = JSON.parse(readFileSync(join(at, "sample.json"), "utf8"));
  const { throughput } = JSON.parse(readFileSync(join(at, "benchmark.json"), "utf8"));
  return Math.min(...times.map((time, index) => time / iters[index])) / throughput.Elements;
}

/** What `make bench-ui` wrote about the page, which stays. */
function pageSection() {
  const before = readFileSync("docs/benchmarks.md", "utf8");
  return before.slice(before.indexOf("## The page"));
}

const title = (name) => JSON.parse(readFileSync(join(SCENARIOS, `${name}.json`), "utf8")).title;
const ns = (value) => (value === null ? "–" : value.toFixed(0));
const ratio = (a, b) => (a === null || b === null ? "–" : (a / b).toFixed(2));
const table = [
  "| scenario | by hand, ns/event | native, ns/event | native M events/s | native / by hand | Wasm, ns/event | Wasm M events/s | Wasm / native |",
  "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
  ...rows.map(({ name, wasm }) => {
    const [hand, engine] = [native("loop", name), native("engine", name)];
    const cells = [title(name), ns(hand), ns(engine), (1000 / engine).toFixed(1), ratio(engine, hand), ns(wasm), (1000 / wasm).toFixed(1), ratio(wasm, engine)];
    return `| ${cells.join(" | ")} |`;
  }),
].join("\n");
const memory = readFileSync(join(target, "bench.txt"), "utf8").split("\n").filter((line) => line.startsWith("memory: "));

const words = `# How fast it is

Written by \`make bench\` on ${cpus().length} × ${cpus()[0].model.trim()}, ${new Date().toISOString().slice(0, 10)}.

"By hand" is a loop written for that one system (\`benches/lean/\`), with the same random numbers and
without anything that makes a simulator of it. Native is the best of criterion's samples; Wasm is the best of
${ROUNDS} runs of the same document in the page's own worker in headless Chromium, snapshots included. The best,
because other work on the machine can only slow a run down.

${table}

${memory.map((line) => `- ${line.slice("memory: ".length)}`).join("\n")}

${pageSection()}`;
writeFileSync("docs/benchmarks.md", words);
const [before, rest] = readFileSync("README.md", "utf8").split("<!-- bench: written by make bench -->\n");
const after = rest.slice(rest.indexOf("<!-- end of bench -->"));
writeFileSync("README.md", `${before}<!-- bench: written by make bench -->\n${table}\n${after}`);
console.log(`\n${words}`);
