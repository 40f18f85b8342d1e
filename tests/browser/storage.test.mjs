// A browser that does not store: it is full, it fails, or it forbids storage, as in a sandboxed frame.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { test } from "node:test";
import { serve } from "../../scripts/serve.mjs";
import { PATIENCE_MS } from "./app.mjs";
import { DIST, PHONE, WITHOUT_STORED_FILES, home, scene, visit } from "./page.mjs";

/** From now on writing fails with an error of this name, until `mend`. */
const breakWrites = (app, name) =>
  app.page.evaluate((name) => {
    window.put ??= IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = () => {
      throw new DOMException("no", name);
    };
  }, name);
const mendWrites = (app) => app.page.evaluate(() => (IDBObjectStore.prototype.put = window.put));

const alert = (app) => app.page.getByRole("alert").filter({ hasText: /could not be saved/ });

for (const [name, size, why] of [
  ["QuotaExceededError", {}, /its storage is full.*delete others under “My diagrams”/s],
  ["DataError", {}, /DataError.*try again/s],
  ["QuotaExceededError", { ...PHONE, viewport: { width: 320, height: 640 } }, /its storage is full/],
]) {
  const width = size.viewport?.width ?? "any";
  scene(`a save that fails is loud (${name}, ${width} px) until one succeeds`, size, async (app) => {
    await app.get("menu").click();
    await app.get("new").click();
    await app.until("it is empty", async () => (await app.ids("node")).length === 0);
    await breakWrites(app, name);
    const add = async (kind) => {
      if (!(await app.get(`palette-${kind}`).isVisible())) await app.openSheet(/^Add/);
      await app.get(`palette-${kind}`).click();
      await app.page.keyboard.press("Escape");
    };
    await add("queue");
    await alert(app).waitFor();
    assert.match(await alert(app).innerText(), why);
    await app.shot(`not-saved-${name}-${width}`);
    const box = await alert(app).boundingBox();
    assert.ok(box.x >= 0 && box.x + box.width <= app.page.viewportSize().width, JSON.stringify(box));

    // The drawing can be had as a file, and stays on the page.
    const download = app.page.waitForEvent("download");
    await alert(app).getByRole("button", { name: "Download the diagram" }).click();
    const saved = JSON.parse(readFileSync(await (await download).path(), "utf8"));
    assert.deepEqual(saved.nodes.map(({ kind }) => kind), ["queue"]);

    await alert(app).getByRole("button", { name: "Try again" }).click();
    await alert(app).waitFor();
    await mendWrites(app);
    await alert(app).getByRole("button", { name: "Try again" }).click();
    await alert(app).waitFor({ state: "detached" });
    await app.page.reload();
    await app.started();
    await app.until("it is stored", async () => (await app.kinds()).join() === "queue");
  });
}

scene("work that could not be stored is there after going elsewhere and after a reload", {}, async (app) => {
  await app.empty();
  await breakWrites(app, "QuotaExceededError");
  await app.drop("queue", 0.5, 0.4);
  await alert(app).waitFor();
  await app.openExample("retry-storm");
  await app.page.goBack();
  await app.until("the queue is back", async () => (await app.kinds()).join() === "queue");
  await alert(app).waitFor();
  // The reload finds the copy, and can write again.
  await app.page.reload();
  await app.started();
  await app.until("the queue is back", async () => (await app.kinds()).join() === "queue");
  await app.saved();
});

scene("where storage is forbidden the page draws and runs, and says once that nothing is stored", {}, async (app) => {
  await app.context.addInitScript(() => {
    const refuse = () => {
      throw new DOMException("no storage here", "SecurityError");
    };
    IDBFactory.prototype.open = refuse;
    for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, { get: refuse });
  });
  await app.page.reload();
  await app.started();
  const notice = app.get("not-saved");
  await notice.waitFor();
  assert.match(await notice.innerText(), /Nothing is stored here, because the browser does not allow it\..*link or download/s);
  await app.untilNumber("clock", "moves", (now_s) => now_s > 0);
  await app.shot("storage-forbidden");
  await notice.getByRole("button", { name: "Dismiss" }).click();
  await app.empty();
  await app.drop("queue", 0.5, 0.4);
  await app.until("the toolbar says so", async () => (await app.text("saved")) === "Not saved");
  assert.equal(await notice.count(), 0);
  // Back and forth, the drawing is kept as long as the page is there.
  await app.openExample("retry-storm");
  await app.page.goBack();
  await app.until("the queue is back", async () => (await app.kinds()).join() === "queue");
  assert.match(await app.shareLink(), /#v1\.d\./);
});

/** A page with Headroom in a sandboxed frame; `shared` is whether the server lets such a frame load its files. */
async function framed(shared, play) {
  const server = await serve({ folder: DIST, shared });
  const outer = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end(`<iframe sandbox="allow-scripts" width="1300" height="740" src="${server.url}"></iframe>`);
  });
  await new Promise((resolve) => outer.listen(0, "127.0.0.1", resolve));
  const host = await visit();
  try {
    await host.page.goto(`http://127.0.0.1:${outer.address().port}/`);
    await play(host, host.page.frameLocator("iframe"), server.url);
  } finally {
    await host.leave();
    await server.close();
    outer.close();
  }
}

test("in a sandboxed frame the page draws and runs, and says that nothing is stored", { timeout: 6 * PATIENCE_MS }, () =>
  framed(true, async (host, frame) => {
    await frame.getByTestId("canvas").waitFor();
    const notice = frame.getByTestId("not-saved");
    await notice.waitFor();
    assert.match(await notice.innerText(), /Nothing is stored here/);
    const clock = frame.getByTestId("clock");
    await host.until("the run goes on", async () => parseFloat(await clock.innerText()) > 0.5);
    await host.shot("sandboxed");
    await notice.getByRole("button", { name: "Dismiss" }).click();
    const before = await frame.locator("[data-kind]").count();
    await frame.getByTestId("palette-cache").click();
    await host.until("a node is drawn", async () => (await frame.locator("[data-testid=canvas] [data-kind]").count()) > 0);
    assert.ok((await frame.locator("[data-kind]").count()) > before);
    const saved = frame.getByTestId("saved");
    await host.until("the toolbar says so", async () => (await saved.innerText()).trim() === "Not saved");
  }));

test("in a sandboxed frame whose server does not let it load, it says so with its address", { timeout: 6 * PATIENCE_MS }, () =>
  framed(false, async (host, frame, url) => {
    const words = frame.locator("#not-started");
    await words.waitFor();
    assert.match(await words.innerText(), /cannot start here\..*sandboxed frame/s);
    assert.equal(await words.getByRole("link").getAttribute("href"), url);
    await host.shot("sandboxed-not-started");
  }));

test("a program that cannot be fetched is said to be missing", { timeout: 6 * PATIENCE_MS }, async () => {
  const host = await visit(WITHOUT_STORED_FILES);
  try {
    await host.page.route(/_bg\.wasm/, (route) => route.fulfill({ status: 500, body: "" }));
    await host.page.goto(home());
    const words = host.page.locator("#not-started");
    await words.waitFor();
    assert.match(await words.innerText(), /could not be loaded or started.*reload the page/s);
  } finally {
    await host.leave();
  }
});
