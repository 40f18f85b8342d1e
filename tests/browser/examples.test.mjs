// The built-in examples: one file each, fetched when they are opened, and named in the address.
import assert from "node:assert/strict";
import { examples } from "../../scripts/examples.mjs";
import { WITHOUT_STORED_FILES, home, scene, visit } from "./page.mjs";

const ALL = examples();
/** The example that a first visit opens. */
const FIRST = ALL[0];
const EXAMPLE = ALL.find(({ id }) => id === "retry-storm");
/** What the browser logs of a request that this test makes fail. */
const FAILED = /Failed to load resource|^failed: /;

const isRunning = (app) => app.untilNumber("throughput", "is above 0", (rps) => rps > 0);
const deepLink = (id) => `${home()}?example=${id}`;

/** The ids of the nodes of an example, in order. */
const nodesOf = ({ document }) => document.nodes.map((node) => node.id).sort();

/** Waits until an example is drawn. */
async function isOpen(app, example) {
  await app.untilTitle(example.document.title);
  await app.until("its nodes are drawn", async () => (await app.ids("node")).sort().join() === nodesOf(example).join());
}

scene("the palette lists every file in examples/ by its title, in order", {}, async (app) => {
  await app.get(`open-example-${ALL.at(-1).id}`).waitFor({ state: "attached" });
  await app.openExamples();
  const buttons = app.get("examples").getByRole("button");
  assert.deepEqual(await buttons.locator("b").allTextContents(), ALL.map(({ document }) => document.title));
  assert.deepEqual(await buttons.locator("small").allTextContents(), ALL.map(({ document }) => document.watch));
});

scene("every example opens and runs", {}, async (app) => {
  for (const example of ALL) {
    await app.openExample(example.id);
    await isOpen(app, example);
    await isRunning(app);
  }
});

scene("a deep link opens its example, also after a reload, until the diagram is edited", {}, async (first) => {
  const app = await visit({ from: first, url: deepLink(EXAMPLE.id) });
  await isOpen(app, EXAMPLE);
  await isRunning(app);
  await app.page.reload();
  await isOpen(app, EXAMPLE);
  assert.equal(new URL(await app.shareLink()).search, "", "a share link names no example");

  await app.drop("queue", 0.62, 0.8);
  await app.saved();
  assert.equal(new URL(app.page.url()).search, "");
  await app.page.reload();
  await app.until("the edited diagram is back", async () => (await app.kinds()).includes("queue"));
  app.assertQuiet();
  await app.leave();
});

scene("a deep link to an unknown example says so and opens the stored diagram", {}, async (app) => {
  await app.empty();
  await app.drop("cache", 0.5, 0.5);
  await app.saved();
  const other = await visit({ from: app, url: deepLink("no-such-example") });
  assert.match(await other.notice(), /^There is no example called “no-such-example”.*\.$/);
  await other.until("the stored diagram is shown", async () => (await other.kinds()).join() === "cache");
  other.assertQuiet();
  await other.leave();
});

scene("a deep link leaves the stored diagram as it is", {}, async (app) => {
  await app.empty();
  await app.drop("cache", 0.5, 0.5);
  await app.saved();
  const other = await visit({ from: app, url: deepLink(EXAMPLE.id) });
  await isOpen(other, EXAMPLE);
  await other.page.goto(home());
  await other.until("the stored diagram is shown", async () => (await other.kinds()).join() === "cache");
  await other.leave();
});

scene("an example that cannot be fetched says so and leaves the diagram as it is", { complaints: FAILED, ...WITHOUT_STORED_FILES }, async (app) => {
  await isOpen(app, FIRST);
  const pattern = `**/examples/${EXAMPLE.id}.json*`;
  await app.page.route(pattern, (route) => route.abort());
  await app.openExamples();
  await app.get(`open-example-${EXAMPLE.id}`).click();
  assert.match(await app.notice(), new RegExp(`^The example “${EXAMPLE.document.title}” could not be fetched .*\\.$`));
  await isOpen(app, FIRST);

  await app.page.unroute(pattern);
  await app.openExample(EXAMPLE.id);
  await isOpen(app, EXAMPLE);
});

scene("without the list of examples the palette says so, and fetches it again when asked", { complaints: FAILED, ...WITHOUT_STORED_FILES }, async (app) => {
  const pattern = "**/examples/index.json*";
  await app.page.route(pattern, (route) => route.fulfill({ status: 503, body: "" }));
  await app.page.reload();
  await app.started();
  assert.match(await app.notice(), /^The list of examples could not be fetched \(the server answered 503\).*\.$/);
  assert.deepEqual(await app.ids("node"), []);
  // Drawing goes on without them.
  await app.drop("app", 0.5, 0.4);

  await app.page.unroute(pattern);
  await app.openExamples();
  await app.get("examples").getByRole("button", { name: "Try again" }).click();
  await app.openExample(EXAMPLE.id);
  await isOpen(app, EXAMPLE);
});

/** Holds back the file of an example; resolves to what lets it through. */
async function held(app, id) {
  let release;
  const released = new Promise((resolve) => (release = resolve));
  await app.page.route(`**/examples/${id}.json*`, async (route) => {
    await released;
    await route.continue();
  });
  return release;
}

scene("the example that was clicked last is opened, whichever is fetched first", WITHOUT_STORED_FILES, async (app) => {
  await isOpen(app, FIRST);
  const slow = ALL[1];
  const release = await held(app, slow.id);
  await app.openExamples();
  await app.get(`open-example-${slow.id}`).click();
  await app.openExample(EXAMPLE.id);
  const fetched = app.page.waitForResponse(`**/examples/${slow.id}.json*`);
  release();
  await (await fetched).finished();
  await isRunning(app);
  await isOpen(app, EXAMPLE);
});

scene("an example that is clicked just after an edit opens, though the edit is stored before it is fetched", WITHOUT_STORED_FILES, async (app) => {
  await isOpen(app, FIRST);
  const release = await held(app, EXAMPLE.id);
  await app.openExamples();
  await app.empty();
  await app.drop("queue", 0.5, 0.4);
  await app.get(`open-example-${EXAMPLE.id}`).click();
  await app.saved();
  release();
  await isOpen(app, EXAMPLE);
});

scene("an example that is still being fetched is not opened over an edit", WITHOUT_STORED_FILES, async (app) => {
  await isOpen(app, FIRST);
  const release = await held(app, EXAMPLE.id);
  await app.openExamples();
  await app.get(`open-example-${EXAMPLE.id}`).click();
  const queue = await app.drop("queue", 0.5, 0.4);
  const fetched = app.page.waitForResponse(`**/examples/${EXAMPLE.id}.json*`);
  release();
  await (await fetched).finished();
  await app.saved();
  assert.ok((await app.ids("node")).includes(queue));
});

scene("a node that has the id of one in the previous example shows its own kind, name and ports", {}, async (app) => {
  await isOpen(app, FIRST);
  const card = app.get("node-orders");
  assert.equal(await card.getAttribute("data-kind"), "database");
  assert.match(await card.innerText(), /Orders DB/);
  await app.openExample(EXAMPLE.id);
  await isOpen(app, EXAMPLE);
  await app.until("it is an app", async () => (await card.getAttribute("data-kind")) === "app");
  assert.equal(await card.locator(".tile.kind-app").count(), 1);
  assert.equal(await card.locator(".tile.kind-database").count(), 0);
  assert.match(await card.innerText(), /Orders/);
  assert.doesNotMatch(await card.innerText(), /Orders DB/);
  assert.equal(await app.get("port-out-orders").count(), 1);
  await app.shot("a node of the same id");
});
