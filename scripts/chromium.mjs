// Finds a Chromium and says how to start it: $CHROME, then what is on PATH, then Playwright's own.
// Run by itself it prints the path, or a sentence and exit code 1.
import { accessSync, constants, existsSync, readFileSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const NAMES = ["chromium", "google-chrome", "google-chrome-stable", "chromium-browser"];

/** Flags that keep a headless Chromium quiet, off the network, and able to start as root. */
export const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The path of a Chromium, or an error whose message is a sentence. */
export function chromiumPath() {
  const chosen = process.env.CHROME;
  if (chosen) {
    if (!runs(chosen)) throw new Error(`CHROME is ${chosen}, which is not a program that can be run.`);
    return chosen;
  }
  for (const name of NAMES) {
    for (const folder of (process.env.PATH ?? "").split(delimiter)) {
      const path = join(folder, name);
      if (runs(path) && !isSnap(path)) return path;
    }
  }
  const own = chromium.executablePath();
  if (own && existsSync(own)) return own;
  throw new Error("No Chromium found: install Chromium or Chrome, or say where it is with CHROME=/path/to/it.");
}

/** A started headless Chromium. */
export function launch() {
  return chromium.launch({ executablePath: chromiumPath(), args: FLAGS });
}

function runs(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

// A snap cannot read the temporary profile that Playwright gives it. Ubuntu's chromium-browser is
// a shell script that starts the snap.
function isSnap(path) {
  const real = realpathSync(path);
  if (real.includes("/snap")) return true;
  const start = readFileSync(real).subarray(0, 4096).toString("latin1");
  return start.startsWith("#!") && start.includes("/snap/bin/");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(chromiumPath());
  } catch (error) {
    console.error(`headroom: ${error.message}`);
    process.exitCode = 1;
  }
}
