// The page without its server: in the first session, at later visits, and when the server has a new build.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { serve } from "../../scripts/serve.mjs";
import { writeServiceWorker } from "../../scripts/service_worker.mjs";
import { DIST, PATIENCE_MS } from "./app.mjs";
import { PHONE, WITHOUT_STORED_FILES, scene, visit } from "./page.mjs";

const BUILD = readFileSync(join(DIST, "build.txt"), "utf8").trim();
/** As long as the other: the names stand in the Wasm files. */
const NEXT = "0123456789abcdef".slice(0, BUILD.length);
const EXAMPLE = "retry-storm";
const SECOND_FILE = /\/later-[^/]*\.wasm/;
/** What the browser logs of a request that fails. */
const FAILED = /Failed to load resource|Failed to fetch|^failed: /;

const runs = (app) => app.untilNumber("throughput", "is above 0", (rps) => rps > 0);
const isStored = (app) => app.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
const isControlled = (app) =>
  app.until("the page is controlled", () => app.page.evaluate(() => Boolean(navigator.serviceWorker.controller)));
const caches = (app) => app.page.evaluate(async () => (await window.caches.keys()).map((name) => name.split(" ").at(-1)));
const banner = (app) => app.get("update");
/** Has the page ask for a new build, as it does when it is shown again. */
const look = (app) => app.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
/** Shows the page again until it offers a new build: an update that is under way may have begun before the release. */
const isOffered = (app) =>
  app.until("a new build is offered", async () => {
    await look(app);
    return banner(app).isVisible();
  });

/** Whether the Wasm file that is fetched after the first numbers is here. */
const hasSecondFile = (app) =>
  app.page.evaluate((of) => performance.getEntriesByType("resource").some(({ name }) => RegExp(of).test(name)), SECOND_FILE.source);

/** The builds that a page named in its requests since it was loaded. */
const builds = (app) =>
  app.page.evaluate(() => {
    const all = performance.getEntriesByType("resource").map(({ name }) => new URL(name).searchParams.get("build"));
    return [...new Set(all.filter(Boolean))];
  });

/** Opens an example and waits until it runs; returns its title. */
async function openAndRun(app, id = EXAMPLE) {
  await app.openExamples();
  await app.get(`open-example-${id}`).click();
  await app.until(`${id} is open`, () => app.page.url().includes(`example=${id}`));
  await app.until("it runs", async () => (await app.number("clock")) > 0);
  await runs(app);
  return app.page.title();
}

/** Turns a folder with a build into the next one: another name everywhere, and another title of the example. */
function release(folder) {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const path of names.map((entry) => join(entry.parentPath, entry.name))) {
    const old = readFileSync(path, "latin1");
    const changed = path.endsWith(`${EXAMPLE}.json`) ? old.replace('"title":"', '"title":"Next ') : old.replaceAll(BUILD, NEXT);
    if (changed !== old) writeFileSync(path, changed, "latin1");
  }
  writeServiceWorker(folder, NEXT);
}

/** A test with a server and a copy of the build of its own; `play` gets a first page, the server and the folder. */
function deployment(name, { prefix = "/some/where/", spoil = () => {}, complaints, ...options }, play) {
  test(name, { timeout: 6 * PATIENCE_MS }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "headroom-"));
    cpSync(DIST, folder, { recursive: true });
    spoil(folder);
    const server = await serve({ folder, prefix });
    const app = await visit({ url: server.url, ...options });
    try {
      await runs(app);
      await play(app, server, folder);
      app.assertQuiet(complaints);
    } catch (error) {
      throw await app.failed(name, error);
    } finally {
      await app.leave();
      await server.close();
      rmSync(folder, { recursive: true });
    }
  });
}

scene("offline in the first session, examples open and a run goes to its end", {}, async (app) => {
  await runs(app);
  await isControlled(app);
  await app.context.setOffline(true);
  await openAndRun(app);
  await app.speed(/^Max/);
  await app.digest();
});

scene("offline before anything is stored, examples say so and findings stay", { complaints: FAILED, ...WITHOUT_STORED_FILES }, async (app) => {
  await runs(app);
  await app.get(`open-example-${EXAMPLE}`).waitFor({ state: "attached" });
  await app.until("the second file is here", () => hasSecondFile(app));
  const title = await app.page.title();
  await app.context.setOffline(true);
  await app.openExamples();
  await app.get(`open-example-${EXAMPLE}`).click();
  assert.match(await app.notice(), /^The example “.*” could not be fetched .*\.$/);
  assert.equal(await app.page.title(), title);
  await app.speed(/^Max/);
  await app.digest();
});

scene("offline before the second file is fetched, the page says so and goes on once the network is back", { complaints: FAILED, ...WITHOUT_STORED_FILES }, async (app) => {
  await app.context.route(SECOND_FILE, (route) => route.abort());
  await app.page.reload();
  await app.started();
  await runs(app);
  await app.openTab("Findings");
  const alert = app.page.locator(".results").getByRole("alert").filter({ hasText: "could not be fetched" });
  await alert.waitFor();
  await alert.getByRole("button", { name: "Try again" }).click();
  await alert.waitFor();
  await app.context.setOffline(true);
  await app.context.unroute(SECOND_FILE);
  await app.context.setOffline(false);
  await alert.waitFor({ state: "detached" });
  await app.speed(/^Max/);
  await app.digest();
});

for (const prefix of ["/", "/some/where/"]) {
  deployment(`a second visit needs no server, at ${prefix}`, { prefix }, async (app, server) => {
    await isStored(app);
    await server.close();
    await app.page.reload();
    await app.started();
    await runs(app);
    await openAndRun(app);

    for (const address of [`?example=${EXAMPLE}`, `index.html?example=${EXAMPLE}`]) {
      const other = await visit({ from: app, url: new URL(address, server.url).href });
      await other.untilTitle((await app.page.title()).replace(" · Headroom", ""));
      await runs(other);
      other.assertQuiet();
      await other.leave();
    }
  });
}

deployment("nothing of the service worker is fetched before the first numbers", {}, async (app, server) => {
  await isStored(app);
  const paths = server.sent.map(({ path }) => path);
  const at = paths.findIndex((path) => path.endsWith("/service_worker.js"));
  assert.ok(paths.findIndex((path) => path.includes("/worker_bg.wasm")) < at, paths.join("\n"));
  const bytes = server.sent.slice(at + 1).filter(({ path }) => /_bg\.wasm/.test(path)).map((sent) => sent.bytes);
  assert.deepEqual(bytes, [0, 0], "the Wasm files are taken from the browser's own cache");
  // The page fetches its second file at the same time.
  const second = server.sent.filter(({ path, bytes }) => /later-.*\.wasm/.test(path) && bytes > 0);
  assert.equal(second.length, 1, "the second Wasm file is sent once");
});

deployment("a new build waits until the user takes it, in each tab", {}, async (app, server, folder) => {
  await isControlled(app);
  const other = await visit({ from: app, url: server.url });
  await runs(other);
  // Chromium looks for updates when it has nothing else to do: not while two pages draw a run on two slow cores.
  for (const page of [app, other]) await page.speed(/^Max/);
  for (const page of [app, other]) await page.digest();
  release(folder);
  await isOffered(app);
  await banner(other).waitFor();
  assert.match(await banner(app).innerText(), /^A new version of Headroom is ready\./);
  assert.equal(await banner(app).getAttribute("role"), "status");
  await app.shot("a new build");

  // Nothing has changed but for the banner: both tabs, and a reload, are of the old build.
  assert.doesNotMatch(await openAndRun(app), /Next/);
  await app.page.reload();
  await app.started();
  await banner(app).waitFor();
  assert.doesNotMatch(await openAndRun(app), /Next/);
  assert.deepEqual(await builds(app), [BUILD]);

  // An edit, and a title that is being typed: both are there afterwards.
  await app.empty();
  await app.drop("cache", 0.5, 0.5);
  await app.page.getByRole("textbox", { name: /title/i }).first().fill("Typed");
  const reloaded = app.page.waitForEvent("load");
  await banner(app).getByRole("button", { name: "Reload with it" }).click();
  await reloaded;
  await app.started();
  await app.untilTitle("Typed");
  await app.until("the drawing is back", async () => (await app.kinds()).join() === "cache");
  assert.match(await openAndRun(app), /Next/);
  assert.deepEqual(await builds(app), [NEXT]);
  assert.equal(await banner(app).count(), 0);

  // The other tab was not reloaded, and has its own files still.
  assert.doesNotMatch(await openAndRun(other), /Next/);
  assert.deepEqual(await builds(other), [BUILD]);
  assert.deepEqual((await caches(other)).sort(), [BUILD, NEXT].sort());
  const otherReloaded = other.page.waitForEvent("load");
  await banner(other).getByRole("button", { name: "Reload with it" }).click();
  await otherReloaded;
  await other.until("it is of the new build", async () => (await builds(other)).join() === NEXT);
  await runs(other);
  await other.until("the old files are deleted", async () => (await caches(other)).join() === NEXT);
  other.assertQuiet();
  await other.leave();
});

deployment("a new build is used once no tab is open, and a banner that is dismissed goes", {}, async (app, server, folder) => {
  await isControlled(app);
  await app.speed(/^Max/);
  await app.digest();
  release(folder);
  await isOffered(app);
  await banner(app).getByRole("button", { name: "Dismiss" }).click();
  await banner(app).waitFor({ state: "detached" });
  await app.page.goto("about:blank");
  const next = await app.until("the new build opens", async () => {
    const page = await visit({ from: app, url: server.url });
    if ((await builds(page)).join() === NEXT) return page;
    await page.leave();
  });
  await runs(next);
  await next.until("the old files are deleted", async () => (await caches(next)).join() === NEXT);
  next.assertQuiet();
  await next.leave();
});

scene("a build whose program does not start gives way to the next one", { complaints: /./ }, async (app) => {
  const folder = mkdtempSync(join(tmpdir(), "headroom-"));
  cpSync(DIST, folder, { recursive: true });
  const name = readdirSync(folder).find((name) => /^app-.*\.wasm$/.test(name));
  writeFileSync(join(folder, name), "");
  writeServiceWorker(folder, BUILD);
  const server = await serve({ folder });
  try {
    await app.page.goto(server.url);
    await app.page.locator("#not-started").waitFor();
    await isStored(app);
    cpSync(DIST, folder, { recursive: true });
    release(folder);
    await app.page.reload();
    await app.page.locator("#not-started").waitFor();
    await app.until("the next build has taken over", async () => {
      const isNewer = () => navigator.serviceWorker.getRegistration().then(({ installing, waiting }) => !!(installing ?? waiting));
      return (await caches(app)).includes(NEXT) && !(await app.page.evaluate(isNewer));
    });
    await app.page.reload();
    await app.started();
    await runs(app);
    assert.deepEqual(await builds(app), [NEXT]);
  } finally {
    await server.close();
    rmSync(folder, { recursive: true });
  }
});

/** Files of two builds on a server: one was not replaced. */
const mix = (folder) => writeFileSync(join(folder, "examples", `${EXAMPLE}.json`), "{}");

deployment("a build of which a file is missing or another is not installed", { spoil: mix }, async (app, server) => {
  await app.until("the installation has failed", async () => {
    const isFetched = server.sent.some(({ path }) => path.includes(`${EXAMPLE}.json`));
    return isFetched && (await app.page.evaluate(async () => (await navigator.serviceWorker.getRegistration()) === undefined));
  });
  assert.deepEqual(await caches(app), []);
  await runs(app);
});

const withoutValidation = (folder) => ["html", "css"].forEach((type) => rmSync(join(folder, `validation.${type}`), { force: true }));

deployment("a build without the validation is installed", { spoil: withoutValidation }, (app) => isStored(app));

deployment("the page can be installed as an app", {}, async (app) => {
  await isStored(app);
  const protocol = await app.context.newCDPSession(app.page);
  const { errors, manifest } = await protocol.send("Page.getAppManifest");
  assert.deepEqual(errors, []);
  assert.equal(manifest.scope, app.page.url().replace(/[?#].*/, ""));
  const { installabilityErrors } = await protocol.send("Page.getInstallabilityErrors");
  // A profile of a test is one that keeps nothing.
  assert.deepEqual(installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito"), []);
});

for (const colorScheme of ["light", "dark"]) {
  deployment(`the banner of a new build fits a phone, ${colorScheme}`, { ...PHONE, colorScheme }, async (app, _, folder) => {
    await isControlled(app);
    release(folder);
    await isOffered(app);
    for (const button of await banner(app).getByRole("button").all()) {
      const { height } = await button.boundingBox();
      assert.ok(height >= 44, `${await button.innerText()}: ${height} px`);
    }
    await app.shot(`a new build on a phone, ${colorScheme}`);
  });
}
