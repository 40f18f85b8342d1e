// The page's worker computes the digests of `tests/golden/digests.txt`, as the native tests do: at any
// speed, with pauses, and in a hidden tab.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./app.mjs";
import { home, scene, visit } from "./page.mjs";

const GOLDEN = readFileSync(join(ROOT, "tests", "golden", "digests.txt"), "utf8")
  .trim()
  .split("\n")
  .map((line) => {
    const [digest, link, ...title] = line.split(" ");
    return { digest, link, title: title.join(" ") };
  });

// Random systems run for 8 simulated seconds, examples for minutes.
const isShort = ({ title }) => title.startsWith("random system");

/** Opens a golden link in a page of its own, runs it to its end, and compares. */
async function holds(app, { digest, link, title }, speed, meanwhile = async () => {}) {
  const other = await visit({ url: `${home()}#${link}`, from: app });
  try {
    await other.get("reset").click();
    await other.speed(speed);
    await other.get("run").click();
    await meanwhile(other);
    assert.ok((await other.digest()).includes(digest), `${title}: ${await other.text("digest")} instead of ${digest}`);
  } finally {
    await other.leave();
  }
}

/** Hides the page, as a browser does with a tab that another one covers. */
function hide(app, hidden) {
  return app.page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => (hidden ? "hidden" : "visible") });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
}

scene("every golden run has the same digest in the page", {}, async (app) => {
  for (const golden of GOLDEN) await holds(app, golden, /^Max/);
});

scene("the digest is the same at other speeds", {}, async (app) => {
  for (const golden of GOLDEN.filter(isShort).slice(0, 3)) await holds(app, golden, /^10×$/);
  for (const golden of GOLDEN.filter(isShort).slice(3, 5)) await holds(app, golden, /^4×$/);
});

scene("the digest is the same after a pause and in a hidden tab", {}, async (app) => {
  for (const golden of GOLDEN.filter(isShort).slice(5, 8)) {
    await holds(app, golden, /^4×$/, async (other) => {
      await other.get("pause").click();
      await other.get("run").click();
      const then = await other.number("clock");
      await hide(other, true);
      await other.untilNumber("clock", "goes on in the hidden tab", (now_s) => now_s > Math.min(then + 1, 7));
      await hide(other, false);
    });
  }
});
