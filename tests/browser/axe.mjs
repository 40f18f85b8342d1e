// What axe finds on the page.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./page.mjs";

const AXE = readFileSync(join(ROOT, "node_modules", "axe-core", "axe.min.js"), "utf8");

/** Fails on what axe rates serious or critical. */
export async function assertAccessible(app, where) {
  const violations = await app.page.evaluate(async (source) => {
    // The policy of the page allows no injected script; evaluating it here is the debugger's right.
    if (!window.axe) (0, eval)(source);
    const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, help, nodes }) => ({ id, help, where: nodes.slice(0, 5).map(({ target }) => target.join(" ")) }));
  }, AXE);
  assert.deepEqual(violations, [], where);
}
