// Access: axe in every state of the page, the focus, what screen readers announce, and a system that is built, run and
// broken by keyboard alone.
import assert from "node:assert/strict";
import { assertAccessible } from "./axe.mjs";
import { PHONE, home, scene } from "./page.mjs";

const key = (app, name) => app.page.keyboard.press(name);

/** What has the focus: its test id, or its class, or its tag. */
const focus = (app) =>
  app.page.evaluate(() => {
    const element = document.activeElement;
    return element?.dataset?.testid ?? (element?.getAttribute("class") || element?.tagName) ?? "";
  });

const untilFocus = (app, sentence, expected) => app.until(sentence, async () => expected.test(await focus(app)));

/** The states of a wide page: what each is called, and how to get there from the one before. */
const STATES = [
  ["running", async () => {}],
  ["an example, paused", (app) => app.get("pause").click()],
  ["a node selected", (app) => app.select("shop")],
  ["all parameters and policies unfolded", async (app) => {
    await app.get("inspector").getByTestId("more").click();
    for (const policy of ["timeout", "retries"]) await app.get("inspector").getByTestId(`policy.${policy}`).click();
  }],
  ["the menu of a form", (app) => app.get("inspector-menu").click()],
  ["what can be injected", async (app) => {
    await key(app, "Escape");
    await app.get("inject").click();
  }],
  ["a link selected", (app) => app.selectLink("shop-orders")],
  ["the menu of a node", async (app) => {
    await app.get("node-redis").click({ button: "right" });
    await app.page.getByRole("menu").waitFor();
  }],
  ["a fault selected", async (app) => {
    await key(app, "Escape");
    await app.openTab("Outline");
    await app.get("outline-events").click();
    await app.get("outline-add").selectOption("crash");
    await app.get("inspector").getByTestId("field-start_s").waitFor();
  }],
  ["the outline", async (app) => {
    await app.openTab("Outline");
    await app.get("outline-nodes").click();
    await app.get("outline-shop").click();
  }],
  ["the table", (app) => app.openTab("Table")],
  ["the problems", (app) => app.openTab("Problems")],
  ["the findings", (app) => app.openTab("Findings")],
  ["the share dialog", async (app) => {
    await app.get("share").click();
    await app.get("share-url").waitFor();
  }],
  ["my diagrams", async (app) => {
    await key(app, "Escape");
    await app.get("menu").click();
    await app.get("documents").click();
    await app.page.getByRole("dialog").getByRole("heading").first().waitFor();
  }],
  ["keys and gestures", async (app) => {
    await key(app, "Escape");
    await app.get("canvas").focus();
    await key(app, "?");
    await app.page.getByRole("dialog").getByRole("heading").first().waitFor();
  }],
  ["the list of examples", async (app) => {
    await key(app, "Escape");
    await app.openExamples();
  }],
  ["an empty canvas", (app) => app.empty()],
  ["a wrong value", async (app) => {
    await app.select(await app.drop("app", 0.5, 0.4));
    await app.set("replicas", "-1");
    await app.until("it is marked", async () => (await app.get("field-replicas").getAttribute("aria-invalid")) === "true");
  }],
  ["the validation", (app) => app.page.goto(new URL("validation.html", home()).href)],
];

for (const [name, options] of [
  ["light", { colorScheme: "light" }],
  ["dark", { colorScheme: "dark" }],
  ["forced colors", { forcedColors: "active" }],
]) {
  scene(`axe finds nothing serious in any state, ${name}`, { ...options, bypassCSP: true }, async (app) => {
    await app.untilNumber("throughput", "is above 0", (rps) => rps > 0);
    for (const [state, reach] of STATES) {
      await reach(app);
      await assertAccessible(app, state);
      if (name === "forced colors") await app.shot(`forced colors ${state}`);
    }
  });
}

for (const [name, options] of [
  ["a phone", PHONE],
  ["a phone, dark", { ...PHONE, colorScheme: "dark" }],
  ["320 px", { ...PHONE, viewport: { width: 320, height: 640 } }],
]) {
  scene(`axe finds nothing serious in any sheet, ${name}`, { ...options, bypassCSP: true }, async (app) => {
    await app.untilNumber("throughput", "is above 0", (rps) => rps > 0);
    await assertAccessible(app, "running");
    await app.get("pause").tap();
    await assertAccessible(app, "the outline");
    await app.get("outline-shop").tap();
    await app.get("field-outline.replicas").waitFor();
    await assertAccessible(app, "an unfolded node");
    await app.get("charts-strip").tap();
    await assertAccessible(app, "the charts");
    await app.get("charts-strip").tap();
    await app.openSheet(/^Add a node/);
    await assertAccessible(app, "the palette");
    await app.openExamples();
    await assertAccessible(app, "the list of examples");
  });
}

scene("the first stop is a link to the canvas", {}, async (app) => {
  await key(app, "Tab");
  assert.match(await focus(app), /skip/);
  await key(app, "Enter");
  assert.equal(await focus(app), "canvas");
});

scene("the focus is never lost: after New, rename, delete, Esc and a closed dialog", {}, async (app) => {
  await app.untilNumber("clock", "passes 1", (now_s) => now_s > 1);
  await app.get("pause").click();
  await app.get("node-shop").focus();
  await key(app, "F2");
  await app.get("canvas").getByRole("textbox", { name: "Name" }).waitFor();
  await untilFocus(app, "the name is being typed", /rename/);
  await app.page.keyboard.type("Front");
  await key(app, "Enter");
  await untilFocus(app, "the node has the focus again", /^node-shop$/);

  await key(app, "Enter");
  await untilFocus(app, "Enter goes to the parameters", /^field-/);
  await key(app, "Escape");
  assert.equal(await focus(app), "node-shop", "Esc goes back to the node");
  assert.ok(await app.isSelected("node-shop"), "which stays selected");

  await key(app, "c");
  await app.page.getByRole("dialog").waitFor();
  await key(app, "Escape");
  await untilFocus(app, "the dialog gives the focus back", /^(node-shop|canvas)$/);

  await app.get("node-redis").focus();
  await key(app, "Delete");
  await app.until("the node is gone", async () => !(await app.ids("node")).includes("redis"));
  await untilFocus(app, "the canvas has the focus", /^(canvas|node-)/);

  await app.get("menu").focus();
  await key(app, "Enter");
  await app.get("new").focus();
  await key(app, "Enter");
  await app.until("the canvas is empty", async () => (await app.ids("node")).length === 0);
  await untilFocus(app, "New ends on the canvas", /^canvas$/);
});

scene("a node that gets the focus by keyboard is moved into view", {}, async (app) => {
  await app.untilNumber("clock", "passes 1", (now_s) => now_s > 1);
  const canvas = await app.get("canvas").boundingBox();
  const inside = async () => {
    const box = await app.get("node-shoppers").boundingBox();
    return box && box.x >= canvas.x - 1 && box.x + box.width <= canvas.x + canvas.width + 1;
  };
  await app.page.mouse.move(canvas.x + 300, canvas.y + 120);
  await app.page.mouse.down({ button: "middle" });
  await app.page.mouse.move(canvas.x - 500, canvas.y + 120, { steps: 4 });
  await app.page.mouse.up({ button: "middle" });
  await app.until("the node is out of sight", async () => !(await inside()));
  await app.get("canvas").focus();
  for (let stops = 0; (await focus(app)) !== "node-shoppers"; stops += 1) {
    assert.ok(stops < 40, `after ${stops} stops the focus is on ${await focus(app)}`);
    await key(app, "Tab");
  }
  await app.until("it is in sight", inside);
});

/** Everything that is announced from now on. */
async function listen(app) {
  await app.page.evaluate(() => {
    window.heard = [];
    const region = document.querySelector('.off-screen[role="status"]');
    new MutationObserver(() => window.heard.push([region.textContent, performance.now()]))
      .observe(region, { characterData: true, childList: true, subtree: true });
  });
  return () => app.page.evaluate(() => window.heard);
}

scene("screen readers announce everything, and no more often than every two seconds", {}, async (app) => {
  await app.get("pause").click();
  const heard = await listen(app);
  for (let times = 0; times < 3; times += 1) {
    await app.get("node-shop").focus();
    await key(app, "Control+d");
    await key(app, "Control+z");
  }
  const said = async () => (await heard()).map(([text]) => text).join(" ");
  await app.until("three times", async () => /Undone, [23] times/.test(await said()) || ((await said()).match(/Undone/g) ?? []).length >= 3);
  await app.get("run").click();
  await app.until("how the run does", async () => /\d+ s: [\d.\u202f]+ requests\/s, p99 [\d.]+ m?s, (no errors|[\d.<]+ % errors)/.test(await said()));
  const times = (await heard()).map(([, at]) => at);
  const gaps = times.slice(1).map((at, index) => at - times[index]).filter((gap) => gap > 20);
  assert.ok(gaps.every((gap) => gap > 1800), `gaps of ${gaps.map(Math.round)} ms`);
});

scene("the keyboard alone builds, connects, sets, runs and breaks a three-tier system", {}, async (app) => {
  const { page } = app;
  // A new diagram, from the skip link on.
  await key(app, "Tab");
  await key(app, "Enter");
  await app.get("menu").focus();
  await key(app, "Enter");
  await app.get("new").waitFor();
  await key(app, "Tab");
  await untilFocus(app, "the first entry of the menu", /^new$/);
  await key(app, "Enter");
  await untilFocus(app, "the canvas", /^canvas$/);

  const place = (words) =>
    app.adding("node", async () => {
      await key(app, "/");
      await page.keyboard.type(words);
      await key(app, "Enter");
    });
  const client = await place("client");
  const server = await place("app");
  const database = await place("database");

  const connect = async (from, to, name) => {
    const there = () => page.evaluate(([from, to]) =>
      [...document.querySelectorAll("[data-link]")].some((link) => new RegExp(`from ${from} to ${to}`, "i").test(link.getAttribute("aria-label"))), [from, to]);
    if (await there()) return;
    await app.get(`node-${name}`).focus();
    await key(app, "c");
    const choice = page.getByRole("dialog").getByRole("button", { name: new RegExp(to, "i") }).first();
    await choice.waitFor();
    await choice.focus();
    await key(app, "Enter");
    await app.until(`${from} calls ${to}`, there);
  };
  await connect("Client", "App", client);
  await connect("App", "Database", server);

  await app.get(`node-${client}`).focus();
  await key(app, "Enter");
  await untilFocus(app, "the parameters", /^field-/);
  await app.get("field-arrivals.rate_rps").focus();
  await key(app, "Control+a");
  await page.keyboard.type("120");
  await key(app, "Escape");
  assert.equal(await focus(app), `node-${client}`);
  await app.get(`node-${server}`).focus();
  await key(app, "Enter");
  await app.get("field-replicas").focus();
  await key(app, "ArrowUp");
  await key(app, "Escape");

  await key(app, "Control+Enter");
  await app.untilNumber("throughput", "comes near 120", (rps) => rps > 70 && rps < 180);
  await app.get(`node-${database}`).focus();
  await key(app, " ");
  await app.until("it is selected", () => app.isSelected(`node-${database}`));
  await app.get("inject").focus();
  await key(app, "Enter");
  const crash = page.getByRole("button", { name: /^Crash/ }).or(page.getByRole("menuitem", { name: /^Crash/ })).last();
  await crash.waitFor();
  await crash.focus();
  await key(app, "Enter");
  await app.untilNumber("error-rate", "rises", (percent) => percent > 20);
  await app.shot("built by keyboard");
});
