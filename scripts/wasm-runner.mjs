// What cargo runs a Wasm test binary with: wasm-bindgen-test-runner makes a page of it, and the
// Chromium that also drives the browser tests opens that page. (The runner could drive a browser
// by itself, through a ChromeDriver of exactly the browser's version: one more thing to install.)
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { launch } from "./chromium.mjs";

const VERSION = "0.2.130";
const TIMEOUT_MS = 300_000;

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "headroom");
const cached = join(cache, `wasm-bindgen-cli-${VERSION}`, "bin", "wasm-bindgen-test-runner");

const server = spawn(existsSync(cached) ? cached : "wasm-bindgen-test-runner", process.argv.slice(2), {
  env: { ...process.env, NO_HEADLESS: "1", WASM_BINDGEN_TEST_ONLY_WEB: "1", WASM_BINDGEN_TEST_ADDRESS: "127.0.0.1:0" },
  stdio: ["ignore", "pipe", "inherit"],
});

try {
  const address = await addressOf(server);
  // Without an address it had nothing to serve (no tests, or only a list of them) and said so.
  process.exitCode = address === null ? server.exitCode ?? 1 : await passes(address) ? 0 : 1;
} catch (error) {
  console.error(`headroom: ${error.message}`);
  process.exitCode = 1;
} finally {
  server.kill();
}

// The address that the runner prints, or null when it ended without one.
function addressOf(server) {
  return new Promise((resolve, reject) => {
    let text = "";
    server.on("error", () => reject(new Error("wasm-bindgen-test-runner is missing: run scripts/setup tools.")));
    server.on("close", () => {
      if (!/available at/.test(text)) process.stdout.write(text);
      resolve(null);
    });
    server.stdout.on("data", (chunk) => {
      text += chunk;
      const found = text.match(/available at (http:\S+)/);
      if (found) resolve(found[1]);
    });
  });
}

// Opens the page, prints what it prints, and says whether every test passed.
async function passes(address) {
  const browser = await launch();
  try {
    const page = await browser.newPage();
    const said = [];
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => said.push(String(error)));
    await page.goto(address);
    const result = await page
      .waitForFunction(() => document.getElementById("output")?.textContent.match(/test result: (\w+)/)?.[1], null, {
        timeout: TIMEOUT_MS,
      })
      .then((handle) => handle.jsonValue(), () => "none");
    console.log(await page.locator("#output").textContent());
    if (result !== "ok" && said.length > 0) console.log(`console:\n${said.join("\n")}`);
    if (result === "none") console.error(`headroom: the Wasm tests reached no result in ${TIMEOUT_MS / 1000} s.`);
    return result === "ok";
  } finally {
    await browser.close();
  }
}
