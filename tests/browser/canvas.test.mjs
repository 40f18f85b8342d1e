// Drawing as people do: placing beside what is selected, links from edges and to nothing, menus, commands, finding,
// arranging, the camera. By mouse, by keyboard and by finger.
import assert from "node:assert/strict";
import { PHONE, scene } from "./page.mjs";

/** A client, a balancer, an app and a database, by the search alone: nothing but the keyboard. */
async function chain(app) {
  await app.empty();
  for (const [word, kind] of [["cli", "client"], ["nginx", "load_balancer"], ["app", "app"], ["postgres", "database"]]) {
    const id = await app.adding("node", async () => {
      await app.page.keyboard.press("/");
      await app.page.keyboard.type(word);
      await app.page.keyboard.press("Enter");
    });
    assert.equal(await app.get(`node-${id}`).getAttribute("data-kind"), kind);
  }
}

const menuitem = (app, name) => app.page.getByRole("menuitem", { name });
const box = async (app, id) => app.get(`node-${id}`).boundingBox();

/** Whether any two cards lie over each other. */
async function overlapping(app) {
  const boxes = [];
  for (const id of await app.ids("node")) boxes.push({ id, ...(await box(app, id)) });
  return boxes.flatMap((a, at) =>
    boxes.slice(0, at).filter((b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height)
      .map((b) => `${a.id} over ${b.id}`),
  );
}

scene("the search places one node after the other with its link, and undo takes both", {}, async (app) => {
  await chain(app);
  const links = async () => (await app.ids("link")).sort();
  assert.deepEqual(await links(), ["app-database", "client-load_balancer", "load_balancer-app"]);
  const boxes = await Promise.all(["client", "load_balancer", "app", "database"].map((id) => box(app, id)));
  for (const [left, right] of boxes.slice(1).map((each, at) => [boxes[at], each])) {
    assert.ok(Math.abs(left.y - right.y) < 2 && right.x > left.x + left.width, "aligned, to the right");
  }
  assert.deepEqual(await overlapping(app), []);
  await app.shot("placed-by-search");
  await app.get("canvas").focus();
  await app.page.keyboard.press("Control+z");
  await app.until("the last one is gone with its link", async () => (await links()).length === 2 && (await app.ids("node")).length === 3);
});

scene("a node type under the pointer shows where it would go and with which link", {}, async (app) => {
  await chain(app);
  await app.select("app");
  await app.get("palette-cache").hover();
  const placement = app.page.locator(".placement");
  await placement.waitFor();
  assert.match(await placement.innerText(), /Cache[\s\S]*from App[\s\S]*Click places it/);
  const where = await placement.boundingBox();
  await app.shot("placement");
  const id = await app.adding("node", () => app.get("palette-cache").click());
  assert.ok((await app.ids("link")).includes(`app-${id}`));
  const placed = await box(app, id);
  const database = await box(app, "database");
  assert.ok(Math.abs(placed.x - database.x) < 3, "in line with the database");
  assert.ok(where.width > 50);
  assert.deepEqual(await overlapping(app), []);
});

scene("a link that is dropped on nothing asks for a node type; Escape drops both", {}, async (app) => {
  await chain(app);
  const from = await box(app, "app");
  const edge = { x: from.x + from.width / 2, y: from.y + from.height - 2 };
  const to = { x: from.x + from.width / 2 + 40, y: from.y + from.height + 90 };
  await app.drag(edge, to);
  await menuitem(app, /^Cache/).waitFor();
  assert.equal(await app.page.locator(".link-preview").count(), 1, "the line stays");
  assert.equal(await menuitem(app, /^Client/).count(), 0, "an app calls no client");
  await app.shot("a link to nothing");
  await app.page.keyboard.press("Escape");
  await app.until("both are gone", async () => (await app.page.locator(".link-preview").count()) === 0);
  assert.equal((await app.ids("node")).length, 4);
  await app.drag(edge, to);
  const id = await app.adding("node", () => menuitem(app, /^Queue/).click());
  assert.ok((await app.ids("link")).includes(`app-${id}`));
  await app.get("undo").click();
  await app.until("one step", async () => (await app.ids("node")).length === 4 && (await app.ids("link")).length === 3);
});

scene("a node that is dropped on a link is put into it, a new one and one that is there", {}, async (app) => {
  await chain(app);
  const onto = async (id) => {
    const [x, y] = await app.onLine(id);
    return { x, y };
  };
  const id = await app.adding("node", async () =>
    app.drag(await app.middle(app.get("palette-rate_limiter")), await onto("load_balancer-app")),
  );
  await app.until("it is in the link", async () => (await app.linkName("load_balancer-app")).includes("Rate limiter"));
  assert.ok((await app.ids("link")).includes(`${id}-app`));
  assert.deepEqual(await overlapping(app), []);
  await app.shot("put into a link");
  const undone = async () => (await app.ids("node")).length === 4 && (await app.ids("link")).length === 3;
  await app.get("undo").click();
  await app.until("one step", undone);
});

scene("menus stand beside the card, close on any click elsewhere and on Escape, and give the focus back", {}, async (app) => {
  await app.untilNumber("clock", "passes 1", (now_s) => now_s > 1);
  await app.get("pause").click();
  const menu = app.page.getByRole("menu").first();
  const closed = () => menu.waitFor({ state: "detached" });
  for (const node of ["shoppers", "orders", "redis"]) {
    await app.openMenu(`node-${node}`);
    const [card, area] = [await box(app, node), await menu.boundingBox()];
    const covers = area.x < card.x + card.width && card.x < area.x + area.width && area.y < card.y + card.height && card.y < area.y + area.height;
    assert.ok(!covers, `the menu covers ${node}`);
    const entries = await app.page.getByRole("menuitem").allInnerTexts();
    assert.ok(entries.findIndex((text) => /Rename/.test(text)) < entries.findIndex((text) => /Inject a fault/.test(text)));
    await app.page.keyboard.press("Escape");
    await closed();
    await app.until("the card has the focus", () => app.get(`node-${node}`).evaluate((card) => card === document.activeElement));
  }
  for (const where of ["inspector", "clock"]) {
    await app.openMenu("node-shop");
    await app.get(where).click({ position: { x: 3, y: 3 } });
    await closed();
  }
  // From a field too.
  await app.openMenu("node-shop");
  await app.page.getByRole("textbox", { name: "Title" }).first().focus();
  await app.page.keyboard.press("Escape");
  await closed();
});

scene("the keyboard opens the menu of faults, chooses how long, and injects", {}, async (app) => {
  await app.untilNumber("clock", "passes 1", (now_s) => now_s > 1);
  await app.get("node-shop").focus();
  await app.page.keyboard.press("Shift+F10");
  await menuitem(app, /^Connect/).waitFor();
  for (let step = 0; step < 9 && !(await menuitem(app, "Inject a fault").evaluate((it) => it === document.activeElement)); step += 1) {
    await app.page.keyboard.press("ArrowDown");
  }
  await app.page.keyboard.press("ArrowRight");
  await menuitem(app, /^Crash a replica 1 of 4$/).waitFor();
  await app.until("the first fault has the focus", () =>
    menuitem(app, /^Crash a replica/).evaluate((it) => it === document.activeElement),
  );
  await app.page.keyboard.press("ArrowLeft");
  await app.until("back", () => menuitem(app, "Inject a fault").evaluate((it) => it === document.activeElement));
  await app.page.keyboard.press("Escape");
  await app.page.keyboard.press("f");
  await app.page.getByRole("menuitemradio", { name: "10 s" }).click();
  await app.shot("menu-of-faults");
  await menuitem(app, /^Crash all/).click();
  await app.until("it is down", async () => /down/.test(await app.get("node-shop").getAttribute("aria-label")));
  const [fault] = (await app.sharedDocument()).faults;
  assert.deepEqual([fault.fault, fault.target, fault.duration_s], ["crash", "shop", 10]);
});

scene("Ctrl+K finds commands, node types, nodes and examples; Ctrl+F finds nodes and goes there", {}, async (app) => {
  await app.untilNumber("clock", "passes 1", (now_s) => now_s > 1);
  await app.get("canvas").focus();
  const field = app.get("commands");
  const type = async (words) => {
    await app.page.keyboard.press("Control+k");
    await field.waitFor();
    await app.until("the field has the focus", () => field.evaluate((it) => it === document.activeElement));
    await app.page.keyboard.type(words);
  };
  await type("zoom in");
  await app.shot("commands");
  const zoom = async () => (await app.page.locator(".hud .zoom").innerText()).trim();
  const before = await zoom();
  await app.page.keyboard.press("Enter");
  await app.until("it has zoomed", async () => (await zoom()) !== before);
  await type("redis");
  const id = await app.page.getByRole("option").allInnerTexts();
  assert.ok(id.some((text) => /^Redis/.test(text)) && id.some((text) => /^Add: Cache/.test(text)), id.join(" | "));
  await app.page.keyboard.press("Escape");
  await field.waitFor({ state: "detached" });
  await app.get("canvas").focus();
  await app.page.keyboard.press("Control+f");
  await field.waitFor();
  await app.until("the field has the focus", () => field.evaluate((it) => it === document.activeElement));
  await app.page.keyboard.type("orders db");
  await app.page.keyboard.press("Enter");
  await app.until("it is selected", () => app.isSelected("node-orders"));
});

scene("copies lie apart, and Alt with a drag makes one", {}, async (app) => {
  await chain(app);
  await app.select("database");
  for (let time = 0; time < 3; time += 1) await app.adding("node", () => app.page.keyboard.press("Control+d"));
  assert.deepEqual(await overlapping(app), []);
  await app.page.keyboard.press("Shift+1");
  await app.select("client");
  const count = (await app.ids("node")).length;
  const from = await box(app, "client");
  const start = { x: from.x + from.width / 2, y: from.y + from.height / 2 };
  await app.page.keyboard.down("Alt");
  await app.drag(start, { x: start.x, y: start.y - 90 });
  await app.page.keyboard.up("Alt");
  await app.until("there is one more", async () => (await app.ids("node")).length === count + 1);
  assert.ok(Math.abs((await box(app, "client")).y - from.y) < 1, "the original stays");
  await app.get("undo").click();
  await app.until("one step", async () => (await app.ids("node")).length === count);
});

scene("a drag over the canvas selects, nodes are aligned, and Arrange puts all in order", {}, async (app) => {
  await chain(app);
  await app.move("app", 0, 70);
  await app.move("load_balancer", 20, -40);
  const canvas = await app.get("canvas").boundingBox();
  await app.drag({ x: canvas.x + 6, y: canvas.y + 6 }, { x: canvas.x + canvas.width - 6, y: canvas.y + canvas.height - 80 });
  await app.until("all are selected", async () => (await app.isSelected("node-app")) && (await app.isSelected("node-client")));
  await app.openMenu("node-app");
  await menuitem(app, "Align").click();
  await menuitem(app, "Align top").click();
  const tops = async () => Promise.all(["client", "load_balancer", "app", "database"].map(async (id) => Math.round((await box(app, id)).y)));
  await app.until("they are level", async () => new Set(await tops()).size === 1);
  await app.move("app", -90, 120);
  await app.page.keyboard.press("Escape");
  await app.get("arrange").click();
  await app.until("they are level again", async () => new Set(await tops()).size === 1);
  assert.deepEqual(await overlapping(app), []);
  await app.shot("arranged");
});

scene("Space pans whatever is under the pointer, the wheel zooms, and a lost diagram is found again", {}, async (app) => {
  await chain(app);
  await app.select("client");
  const before = await box(app, "app");
  const middle = { x: before.x + before.width / 2, y: before.y + before.height / 2 };
  await app.page.keyboard.down("Space");
  await app.drag(middle, { x: middle.x + 30, y: middle.y + 40 });
  await app.page.keyboard.up("Space");
  const [after, client] = [await box(app, "app"), await box(app, "client")];
  assert.ok(Math.abs(after.x - before.x - 30) < 3, "the canvas moved");
  assert.ok(after.x - client.x > 0 && (await app.isSelected("node-client")));
  await app.page.mouse.move(middle.x, middle.y);
  await app.page.mouse.wheel(0, -120);
  await app.until("it is closer", async () => (await box(app, "app")).width > after.width * 1.05);
  const canvas = await app.get("canvas").boundingBox();
  await app.page.keyboard.down("Space");
  for (let time = 0; time < 4; time += 1) {
    const y = canvas.y + canvas.height * 0.55;
    await app.drag({ x: canvas.x + 30, y }, { x: canvas.x + canvas.width - 30, y });
  }
  await app.page.keyboard.up("Space");
  await app.get("back-to-content").click();
  await app.until("the diagram is in view", async () => {
    const card = await box(app, "app");
    return card.x > canvas.x && card.x + card.width < canvas.x + canvas.width;
  });
});

scene("after a resize of the window every node is in view", {}, async (app) => {
  await app.untilNumber("clock", "passes 1", (now_s) => now_s > 1);
  for (const [width, height] of [[900, 600], [1366, 768], [1024, 640]]) {
    await app.page.setViewportSize({ width, height });
    await app.until(`all are in view at ${width} × ${height}`, async () => {
      const canvas = await app.get("canvas").boundingBox();
      for (const id of await app.ids("node")) {
        const card = await box(app, id);
        if (card.x < canvas.x || card.y < canvas.y || card.x + card.width > canvas.x + canvas.width || card.y + card.height > canvas.y + canvas.height) return false;
      }
      return true;
    });
  }
});

scene("one step is a second of simulated time", {}, async (app) => {
  await app.untilNumber("clock", "passes 1", (now_s) => now_s > 1);
  await app.get("pause").click();
  await app.untilStill("clock");
  const now_s = await app.number("clock");
  await app.get("canvas").focus();
  await app.page.keyboard.press(".");
  await app.untilNumber("clock", "is a second later", (after_s) => Math.abs(after_s - now_s - 1) < 0.11);
  await app.get("run").waitFor();
});

scene("texts on cards are at least 11 pixels high on screen at every zoom", {}, async (app) => {
  await app.untilNumber("clock", "passes 1", (now_s) => now_s > 1);
  await app.get("pause").click();
  for (let step = 0; step < 7; step += 1) {
    const small = await app.page.locator(".node :is(b, small, span), .below *, .link-tag").evaluateAll((all) =>
      all.filter((it) => it.getClientRects().length > 0 && [...it.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim()))
        .map((it) => {
          const zoom = Number(getComputedStyle(it.closest(".canvas")).getPropertyValue("--zoom"));
          return [it.textContent, Number.parseFloat(getComputedStyle(it).fontSize) * zoom];
        })
        .filter(([, size]) => size < 10.9));
    assert.deepEqual(small, []);
    if (step % 3 === 0) await app.shot(`cards at zoom step ${step}`);
    await app.page.getByRole("button", { name: "Zoom out" }).click();
  }
});

scene("a long press opens the menu on a phone, all of it can be reached, and lifting the finger presses nothing", PHONE, async (app) => {
  await app.untilNumber("clock", "moves", (now_s) => now_s > 0);
  await app.get("pause").tap();
  const card = await box(app, "orders");
  const at = { x: card.x + card.width / 2, y: card.y + card.height / 2 };
  const touch = await app.context.newCDPSession(app.page);
  await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [at] });
  await menuitem(app, /^Rename/).waitFor();
  const before = await app.ids("node");
  await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await app.untilStill("clock", 12);
  await menuitem(app, /^Rename/).waitFor();
  assert.deepEqual(await app.ids("node"), before);
  const menu = await app.page.getByRole("menu").first().boundingBox();
  assert.ok(menu.x >= 0 && menu.x + menu.width <= 390 && menu.y >= 0 && menu.y + menu.height <= 844, JSON.stringify(menu));
  for (const entry of await app.page.getByRole("menuitem").all()) {
    assert.ok((await entry.boundingBox()).height >= 44, await entry.innerText());
  }
  await app.shot("long-press menu");
  await menuitem(app, "Inject a fault").tap();
  const faults = app.page.getByRole("menu").last();
  await menuitem(app, /^Slow down/).waitFor();
  const area = await faults.boundingBox();
  assert.ok(area.x >= 0 && area.x + area.width <= 390 && area.y + area.height <= 844, JSON.stringify(area));
  await app.shot("menu of faults on a phone");
  await menuitem(app, /^Slow down/).tap();
  await app.until("it is slowed", async () => /slowed/.test(await app.get("node-orders").getAttribute("aria-label")));
});

scene("a node type is dragged from the palette by finger", PHONE, async (app) => {
  await app.empty();
  await app.openSheet(/^Add/);
  const from = await app.middle(app.get("palette-app"));
  const canvas = await app.get("canvas").boundingBox();
  const to = { x: canvas.x + canvas.width / 2, y: canvas.y + 120 };
  const touch = await app.context.newCDPSession(app.page);
  await app.adding("node", async () => {
    await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [from] });
    for (const share of [0.1, 0.4, 0.7, 1]) {
      const point = { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
      await touch.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: [point] });
    }
    await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  });
});

scene("with reduced motion the links show numbers in place of dots", { reducedMotion: "reduce" }, async (app) => {
  await app.untilNumber("throughput", "is above 0", (rps) => rps > 0);
  const rate = app.get("rate-shoppers-balancer");
  await app.until("the link shows its rate", async () => /\d.*\/s/.test(await rate.innerText()));
  assert.equal(await app.page.locator(".sample").count(), 0);
  await app.shot("reduced-motion");
});
