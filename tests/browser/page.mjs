// A server and a Chromium with the built page. A test says what is done and what is then seen, and waits
// for conditions; the only times are the longest that a condition may take.
import { mkdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { launch } from "../../scripts/chromium.mjs";
import { serve } from "../../scripts/serve.mjs";
import { App, DIST, PATIENCE_MS, SHOTS } from "./app.mjs";

export { DIST, ROOT, numberIn } from "./app.mjs";

export const DESKTOP = { viewport: { width: 1366, height: 768 } };
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
/** For tests that answer or fail requests themselves: they see none that the service worker answers. */
export const WITHOUT_STORED_FILES = { serviceWorkers: "block" };

let server;
let browser;

before(async () => {
  mkdirSync(SHOTS, { recursive: true });
  // Under a sub-path, where absolute addresses fail; opens.test.mjs tries the top of a server too.
  server = await serve({ folder: DIST, prefix: "/some/where/" });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.close();
});

/** Where the page is. */
export const home = () => server.url;

/**
 * A test with a page of its own in a browser profile of its own. Whatever the browser complains
 * about fails it, unless `complaints` (a RegExp) expects it.
 */
export function scene(name, options, play) {
  test(name, { timeout: 6 * PATIENCE_MS }, async () => {
    const { complaints, ...rest } = options;
    const app = await visit(rest);
    try {
      await play(app);
      app.assertQuiet(complaints);
    } catch (error) {
      throw await app.failed(name, error);
    } finally {
      await app.leave();
    }
  });
}

/** A page in a new browser profile; `from` lends the profile of another page instead. */
export async function visit({ url = home(), from, ...options } = {}) {
  const context = from?.context ?? (await browser.newContext({ ...DESKTOP, ...options }));
  const page = await context.newPage();
  const app = new App(context, page, from !== undefined);
  await page.goto(url);
  await app.started();
  return app;
}
