// What axe finds on the page.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./page.mjs";

const AXE = readFileSync(join(ROOT, "node_modules", "axe-core", "axe.min.js"), "utf8");

/** Rules that fail whatever axe rates them. The first is off unless it is asked for. */
const ALWAYS = ["target-size", "skip-link"];

/** Fails on what axe rates serious or critical, and on the rules of `ALWAYS`. */
export async function assertAccessible(app, where) {
  const violations = await app.page.evaluate(async ({ source, always }) => {
    // The policy of the page allows no injected script; evaluating it here is the debugger's right.
    if (!window.axe) (0, eval)(source);
    const { violations } = await window.axe.run(document, {
      resultTypes: ["violations"],
      rules: Object.fromEntries(always.map((rule) => [rule, { enabled: true }])),
    });
    return violations
      .filter(({ id, impact }) => always.includes(id) || impact === "serious" || impact === "critical")
      .map(({ id, help, nodes }) => ({ id, help, where: nodes.slice(0, 5).map(({ target }) => target.join(" ")) }));
  }, { source: AXE, always: ALWAYS });
  assert.deepEqual(violations, [], where);
}
