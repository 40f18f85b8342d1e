// From an empty canvas to a running system, by mouse, by keyboard and by finger.
import assert from "node:assert/strict";
import { PHONE, home, numberIn, scene } from "./page.mjs";

/** client → load balancer → app → cache and database; returns the ids by kind. */
async function threeTiers(app) {
  await app.empty();
  const id = {};
  for (const [kind, across, down] of [
    ["client", 0.1, 0.4],
    ["load_balancer", 0.32, 0.4],
    ["app", 0.55, 0.4],
    ["cache", 0.82, 0.2],
    ["database", 0.82, 0.65],
  ]) {
    id[kind] = await app.drop(kind, across, down);
  }
  await app.connect(id.client, id.load_balancer);
  await app.connect(id.load_balancer, id.app);
  await app.connect(id.app, id.cache);
  await app.connect(id.app, id.database);
  return id;
}

scene("every kind can be dragged from the palette", {}, async (app) => {
  await app.empty();
  const kinds = ["client", "load_balancer", "app", "cache", "queue", "database", "rate_limiter"];
  for (const [index, kind] of kinds.entries()) {
    await app.drop(kind, 0.15 + 0.25 * (index % 4), index < 4 ? 0.2 : 0.6);
  }
  assert.deepEqual((await app.kinds()).sort(), [...kinds].sort());
  await app.shot("every-kind");
});

scene("draws a three-tier system and runs it", {}, async (app) => {
  const id = await threeTiers(app);

  await app.select(id.client);
  await app.set("arrivals.rate_rps", 200);
  await app.select(id.app);
  await app.set("replicas", 3);
  assert.equal(await app.get("field-replicas").inputValue(), "3");

  await app.get("run").click();
  await app.untilNumber("throughput", "comes near 200", (rps) => rps > 120 && rps < 300);
  await app.untilNumber("p50", "is above 0", (ms) => ms > 0);
  await app.untilNumber("p99", "is above 0", (ms) => ms > 0);
  await app.untilNumber("error-rate", "is a percentage", (percent) => percent >= 0 && percent <= 100);
  await app.untilNumber("clock", "reaches 3", (now_s) => now_s >= 3);
  await app.shot("drawn-and-running");

  // The rate on the page follows the rate in the inspector.
  await app.select(id.client);
  await app.set("arrivals.rate_rps", 20);
  await app.untilNumber("throughput", "comes down to 20", (rps) => rps > 5 && rps < 45);
});

scene("a wrong value is marked in its field until it is corrected", {}, async (app) => {
  await app.empty();
  const node = await app.drop("app", 0.5, 0.4);
  await app.select(node);
  const field = app.get("field-replicas");
  assert.notEqual(await field.getAttribute("aria-invalid"), "true");

  await app.set("replicas", "-3");
  await app.until("the field is marked", async () => (await field.getAttribute("aria-invalid")) === "true");
  // In words too, as the description that a screen reader reads with the field.
  const why = await app.page.evaluate(
    (id) => (document.querySelector(`[data-testid="${id}"]`).getAttribute("aria-describedby") ?? "")
      .split(" ").map((each) => document.getElementById(each)?.textContent ?? "").join(" "),
    "field-replicas",
  );
  assert.match(why, /whole number|from 1/);
  await app.shot("wrong-value");

  await app.set("replicas", "3");
  await app.until("the mark is gone", async () => (await field.getAttribute("aria-invalid")) !== "true");
});

scene("pausing stops the clock, resetting sets it to 0, and the run keeps to the chosen speed", {}, async (app) => {
  await app.untilNumber("clock", "passes 1", (now_s) => now_s > 1);
  await app.get("pause").click();
  await app.get("run").waitFor();
  await app.untilStill("clock");

  await app.get("reset").click();
  await app.untilNumber("clock", "is 0", (now_s) => now_s === 0);

  // As fast as it goes, two minutes take seconds; the example is at least that long.
  await app.speed(/^Max/);
  await app.get("run").click();
  await app.digest();
  const end_s = await app.number("clock");
  assert.ok(end_s >= 60, `the run ended at ${end_s} s`);

  // At a tenth, simulated time goes slower than the wall's.
  await app.speed(/^0\.1/);
  await app.get("reset").click();
  await app.untilNumber("clock", "is 0", (now_s) => now_s === 0);
  const began = Date.now();
  await app.get("run").click();
  const now_s = await app.untilNumber("clock", "moves", (now_s) => now_s > 0).then(() => app.number("clock"));
  const took_s = (Date.now() - began) / 1000;
  assert.ok(now_s <= 0.2 * took_s + 0.2, `${now_s} s were simulated in ${took_s} s`);
});

scene("every edit is undone and redone", {}, async (app) => {
  const id = await threeTiers(app);
  const link = (await app.ids("link"))[0];

  /** Does an edit, undoes it, redoes it, and undoes it; `look` returns what it changes. */
  async function bothWays(what, look, act) {
    const before = await look();
    await act();
    const after = await app.until(`${what} changes something`, async () => {
      const now = await look();
      return JSON.stringify(now) !== JSON.stringify(before) && { now };
    });
    const is = (want) => async () => JSON.stringify(await look()) === JSON.stringify(want);
    await app.get("undo").click();
    await app.until(`${what} is undone`, is(before));
    await app.get("redo").click();
    await app.until(`${what} is redone`, is(after.now));
    await app.page.keyboard.press("Control+z");
    await app.until(`${what} is undone by key`, is(before));
  }

  const nodes = async () => (await app.ids("node")).sort();
  const links = async () => (await app.ids("link")).sort();
  const place = async () => {
    const box = await app.get(`node-${id.app}`).boundingBox();
    return [Math.round(box.x), Math.round(box.y)];
  };

  await bothWays("placing", nodes, () => app.drop("queue", 0.3, 0.8));
  await bothWays("moving", place, () => app.move(id.app, 60, 90));
  await bothWays("nudging", place, async () => {
    await app.select(id.app);
    await app.get(`node-${id.app}`).press("ArrowDown");
  });
  await bothWays("renaming", () => app.text(`node-${id.app}`).then((text) => text.includes("Checkout")), () =>
    app.rename(id.app, "Checkout"),
  );
  await bothWays("setting a parameter", () => app.get("field-replicas").inputValue(), async () => {
    await app.set("replicas", 7);
    await app.get("canvas").focus();
  });
  await bothWays("deleting a node", async () => [await nodes(), await links()], async () => {
    await app.select(id.app);
    await app.page.keyboard.press("Delete");
  });
  await bothWays("deleting a link", links, async () => {
    await app.selectLink(link);
    await app.page.keyboard.press("Delete");
  });
});

scene("a link is moved to another node", {}, async (app) => {
  await app.empty();
  const client = await app.drop("client", 0.12, 0.45);
  const first = await app.drop("app", 0.6, 0.2);
  const second = await app.drop("app", 0.6, 0.7);
  const link = await app.connect(client, first);
  const before = await app.linkName(link);

  await app.reconnect(link, second);
  await app.until("the link's name changes", async () => (await app.linkName(link)) !== before);
  assert.deepEqual(await app.ids("link"), [link]);
  // And it works: what runs over it arrives at the second app.
  await app.get("run").click();
  await app.untilNumber("throughput", "is above 0", (rps) => rps > 0);
});

scene("a link into a client is refused with a sentence, and a database has no port for calls", {}, async (app) => {
  await app.empty();
  const server = await app.drop("app", 0.3, 0.4);
  const client = await app.drop("client", 0.7, 0.4);
  const database = await app.drop("database", 0.5, 0.75);
  await app.get(`node-${server}`).hover();
  await app.drag(await app.middle(app.get(`port-out-${server}`)), await app.middle(app.get(`node-${client}`)));
  assert.match(await app.notice(), /^An app cannot call a client.*\.$/);
  assert.deepEqual(await app.ids("link"), []);
  assert.equal(await app.get(`port-out-${database}`).count(), 0);
  // The other way round is a link.
  await app.connect(client, server);
});

scene("draws and runs by keyboard alone", {}, async (app) => {
  await app.empty();
  const key = (name) => app.page.keyboard.press(name);
  const place = (kind) =>
    app.adding("node", async () => {
      await app.get(`palette-${kind}`).focus();
      await key("Enter");
    });
  const client = await place("client");
  const server = await place("app");
  assert.equal((await app.ids("link")).length, 1, "the second comes with its link");
  await app.get("canvas").focus();
  await key("Escape");
  await place("database");
  assert.equal((await app.ids("link")).length, 1, "with nothing selected there is no likely link");

  await app.adding("link", async () => {
    await app.get(`node-${server}`).focus();
    await key("c");
    const target = app.page.getByRole("dialog").getByRole("button", { name: /database/i }).first();
    await target.waitFor();
    await target.focus();
    await key("Enter");
  });
  await app.get(`node-${server}`).focus();
  await key("Enter");
  await app.get("field-replicas").focus();
  await key("Control+a");
  await app.page.keyboard.type("2");
  await key("Tab");
  await app.get(`node-${client}`).focus();
  await key("Control+Enter");
  await app.untilNumber("throughput", "is above 0", (rps) => rps > 0);
  await key("Control+Enter");
  await app.get("run").waitFor();
  await app.untilStill("clock");
});

scene("draws and runs by touch", PHONE, async (app) => {
  await app.empty();
  const place = (kind) =>
    app.adding("node", async () => {
      await app.openSheet(/^Add/);
      await app.get(`palette-${kind}`).tap();
    });
  const client = await place("client");
  const server = await place("app");
  assert.equal((await app.ids("link")).length, 1, "the second comes with its link");
  const database = await place("database");
  const last = (await app.ids("link")).find((id) => id.includes(database));
  await app.page.touchscreen.tap(...(await app.onLine(last)));
  await app.page.getByRole("button", { name: "Delete this link" }).tap();
  await app.until("the link is gone", async () => (await app.ids("link")).length === 1);
  await app.adding("link", async () => {
    await app.get(`port-out-${server}`).tap();
    await app.get(`port-in-${database}`).tap();
  });
  await app.get("run").tap();
  await app.untilNumber("throughput", "is above 0", (rps) => rps > 0);
  await app.shot("drawn-by-finger");
});

for (const [example, links] of [
  ["three-tier-shop", ["shop-orders", "shop-redis", "balancer-shop"]],
  ["timeout-cascade", ["shoppers-balancer", "balancer-shop"]],
]) {
  scene(`a tap on a link selects it and does nothing else, ${example}`, PHONE, async (app) => {
    await app.page.goto(`${home()}?example=${example}`);
    await app.untilNumber("clock", "moves", (now_s) => now_s > 0);
    await app.get("pause").tap();
    const all = (await app.ids("link")).sort();
    for (const link of links) {
      // Of a short link the middle alone: its ends are ports.
      for (const share of example === "timeout-cascade" ? [0.5] : [0.4, 0.5, 0.6]) {
        await app.page.touchscreen.tap(...(await app.onLine(link, share)));
        await app.until(`${link} is selected at ${share}`, () => app.isSelected(`link-${link}`));
        await app.untilStill("clock", 12);
        assert.deepEqual((await app.ids("link")).sort(), all, `a tap on ${link} at ${share}`);
        // Again on the same place: still no button under the finger.
        await app.page.touchscreen.tap(...(await app.onLine(link, share)));
        await app.untilStill("clock", 12);
        assert.deepEqual((await app.ids("link")).sort(), all, `a second tap on ${link} at ${share}`);
      }
    }
    await app.shot(`a link is selected by a tap, ${example}`);
    await app.page.getByRole("button", { name: "Delete this link" }).tap();
    await app.until("the link is gone", async () => (await app.ids("link")).length === all.length - 1);
  });
}

scene("a press that shows a button does not press it", PHONE, async (app) => {
  await app.get("pause").tap();
  // A button that is shown by the press itself, under the finger.
  await app.page.evaluate(() => {
    const button = document.createElement("button");
    button.textContent = "Shown by a press";
    Object.assign(button.style, { position: "fixed", left: "0", top: "60px", width: "390px", height: "300px", zIndex: "99" });
    button.addEventListener("click", () => (button.dataset.clicks = Number(button.dataset.clicks ?? 0) + 1));
    document.querySelector(".canvas").addEventListener("pointerdown", () => document.body.append(button), { once: true });
  });
  await app.page.touchscreen.tap(195, 120);
  const button = app.page.getByRole("button", { name: "Shown by a press" });
  await button.waitFor();
  await app.untilStill("clock", 12);
  assert.equal(await button.getAttribute("data-clicks"), null);
  await button.tap();
  await app.until("its own press counts", async () => (await button.getAttribute("data-clicks")) === "1");
  await button.focus();
  await app.page.keyboard.press("Enter");
  await app.until("a key counts", async () => (await button.getAttribute("data-clicks")) === "2");
});

scene("a menu that is higher than the canvas stays inside the window", {}, async (app) => {
  await app.untilNumber("clock", "passes 1", (now_s) => now_s > 1);
  await app.menu("node-shop", /^Crash all/);
  await app.until("it is down", async () => /down/.test(await app.get("node-shop").getAttribute("aria-label")));
  await app.menu("node-shop", /^Slow/);
  await app.get("node-shop").click({ button: "right" });
  const menu = app.page.getByRole("menu");
  await menu.waitFor();
  await app.until("it is inside", async () => {
    const box = await menu.boundingBox();
    return box && box.y >= 0 && box.x >= 0 && box.y + box.height <= 768 && box.x + box.width <= 1366;
  });
  await app.shot("a long menu");
  await app.page.getByRole("menuitem", { name: /^Delete/ }).click();
  await app.until("the node is gone", async () => !(await app.ids("node")).includes("shop"));
});

scene("a card shows how its node is doing", {}, async (app) => {
  await app.untilNumber("throughput", "is above 0", (rps) => rps > 0);
  const busy = app.page.locator('[data-kind="app"]').first();
  await app.until("the app's card shows a rate", async () => numberIn((await busy.textContent()).match(/[\d\u202f.]+\s*\/s/)?.[0] ?? "") > 0);
});
