// The built page in browsers other than Chromium, by WebDriver: it opens, draws, runs, shares, and computes the same.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Builder, By, Capabilities, Key } from "selenium-webdriver";
import { serve } from "../../scripts/serve.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, "..", "..");
const DIST = process.env.DIST ?? join(ROOT, "dist");
const SHOTS = join(HERE, "screenshots");
/** The longest that anything may take on a busy machine. */
const PATIENCE_MS = 60_000;

const GOLDEN = readFileSync(join(ROOT, "tests", "golden", "digests.txt"), "utf8")
  .trim()
  .split("\n")
  .map((line) => line.split(" "))
  .filter(([, , ...title]) => title.join(" ").startsWith("random system"))
  .slice(0, 4);

const BROWSERS = [
  {
    name: "Firefox",
    driver: "geckodriver",
    arguments: (port) => ["--port", String(port)],
    environment: {},
    capabilities: { browserName: "firefox", "moz:firefoxOptions": { args: ["-headless"], binary: "/usr/bin/firefox-esr" } },
    // Firefox says this language as it is set.
    oddLanguage: { "moz:firefoxOptions": { args: ["-headless"], binary: "/usr/bin/firefox-esr", prefs: { "intl.accept_languages": "C" } } },
  },
  {
    name: "WebKitGTK",
    driver: "WebKitWebDriver",
    arguments: (port) => [`--port=${port}`],
    // Its language is that of the system.
    environment: { LANG: "C", LC_ALL: "C", LANGUAGE: "C", WEBKIT_DISABLE_COMPOSITING_MODE: "1" },
    capabilities: { browserName: "MiniBrowser", "webkitgtk:browserOptions": { args: ["--automation"], binary: miniBrowser() } },
    oddLanguage: {},
  },
];

function miniBrowser() {
  return process.env.MINIBROWSER ?? "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";
}

let server;

before(async () => {
  mkdirSync(SHOTS, { recursive: true });
  server = await serve({ folder: DIST, prefix: "/some/where/" });
});
after(() => server?.close());

for (const browser of BROWSERS) {
  describe(browser.name, () => {
    let process_;
    let address;

    before(async () => {
      const port = await freePort();
      address = `http://127.0.0.1:${port}`;
      const environment = { ...process.env, ...browser.environment };
      process_ = spawn(browser.driver, browser.arguments(port), { env: environment, stdio: "ignore" });
      let failure;
      process_.once("error", (error) => (failure = error));
      await until(`${browser.driver} answers`, async () => {
        if (failure) throw failure;
        const status = await fetch(`${address}/status`).catch(() => undefined);
        return status?.ok;
      });
    });
    after(() => process_?.kill());

    /** A test with a browser of its own. */
    const scene = (name, play, more = {}) =>
      test(name, { timeout: 5 * PATIENCE_MS }, async () => {
        const capabilities = new Capabilities({ ...browser.capabilities, ...more });
        const driver = await new Builder().usingServer(address).withCapabilities(capabilities).build();
        const page = new Page(driver);
        try {
          await driver.manage().window().setRect({ width: 1366, height: 800 });
          await play(page);
        } catch (error) {
          const shot = await driver.takeScreenshot().catch(() => undefined);
          if (shot) writeFileSync(join(SHOTS, `failed-${browser.name}-${name.replace(/\W+/g, "-")}.png`), shot, "base64");
          throw error;
        } finally {
          await driver.quit();
        }
      });

    scene("opens an example that runs, with its charts", async (page) => {
      await page.open();
      await page.untilNumber("clock", (now_s) => now_s > 2);
      await page.untilNumber("throughput", (rate) => rate > 100);
      await page.hasCharts();
      await until("it works offline", () => page.run("return Boolean(navigator.serviceWorker.controller)"));
      assert.equal((await page.all("[data-testid=update]")).length, 0, "no new version is offered at the first visit");
      writeFileSync(join(SHOTS, `${browser.name}-example.png`), await page.driver.takeScreenshot(), "base64");
    });

    scene("draws a system by mouse and keyboard, runs it and shares it", async (page) => {
      await page.open();
      await page.untilNumber("clock", (now_s) => now_s > 0);
      await page.click("menu");
      await page.click("new");
      await until("the canvas is empty", async () => (await page.nodes()).length === 0);
      for (const kind of ["client", "app", "database"]) await page.click(`palette-${kind}`);
      await until("three nodes", async () => (await page.nodes()).length === 3);
      await until("linked in a row", async () => (await page.all("[data-link]")).length >= 2);
      await page.driver.actions().keyDown(Key.CONTROL).sendKeys(Key.ENTER).keyUp(Key.CONTROL).perform();
      await page.untilNumber("throughput", (rate) => rate > 0);
      await page.click("share");
      const link = await until("a link", async () => {
        const value = await (await page.find("share-url")).getAttribute("value");
        return value?.includes("#v1.d.") && value;
      });
      await page.driver.get("about:blank");
      await page.driver.get(link);
      await until("the same three nodes", async () => (await page.nodes()).length === 3);
    });

    scene("computes the same digests", async (page) => {
      for (const [digest, link, ...title] of GOLDEN) {
        await page.driver.get("about:blank");
        await page.driver.get(`${server.url}#${link}`);
        await page.find("reset");
        await page.click("reset");
        await page.fastest();
        await page.click("run");
        await (await page.driver.findElement(By.css("#tab-findings"))).click();
        await until(`${title.join(" ")}: ${digest}`, async () => (await page.text("digest")).includes(digest));
      }
    });

    scene(
      "has its charts where the language is no valid tag",
      async (page) => {
        await page.open();
        await page.untilNumber("clock", (now_s) => now_s > 1);
        await page.hasCharts();
      },
      browser.oddLanguage,
    );
  });
}

/** The page in one browser. */
class Page {
  constructor(driver) {
    this.driver = driver;
  }

  async open() {
    await this.driver.get(server.url);
    await this.find("canvas");
  }

  run(script, ...values) {
    return this.driver.executeScript(script, ...values);
  }

  all(selector) {
    return this.driver.findElements(By.css(selector));
  }

  nodes() {
    return this.all("[data-node]");
  }

  find(testid) {
    return until(`there is ${testid}`, async () => (await this.all(`[data-testid="${testid}"]`))[0]);
  }

  async click(testid) {
    await until(`${testid} can be clicked`, async () => {
      const element = await this.find(testid);
      return element.click().then(() => true, () => false);
    });
  }

  async text(testid) {
    const [element] = await this.all(`[data-testid="${testid}"]`);
    return element ? element.getText().catch(() => "") : "";
  }

  untilNumber(testid, holds) {
    return until(`${testid} holds`, async () => {
      const found = (await this.text(testid)).replace(/(?<=\d)[\u202f\u00a0](?=\d{3})/g, "").match(/-?\d+(\.\d+)?/);
      return found && holds(Number(found[0]));
    });
  }

  /** Chooses the highest speed, as a person does in the list. */
  async fastest() {
    const options = await this.all("[data-testid=speed] option");
    for (const option of options) {
      if ((await option.getText()).startsWith("Max")) return option.click();
    }
    assert.fail("there is no highest speed");
  }

  async hasCharts() {
    const pixels = await until("charts are drawn", () =>
      this.run(`
        const canvases = [...document.querySelectorAll(".uplot canvas")];
        return canvases.length > 1 && canvases.every((canvas) => canvas.width > 0 && canvas.height > 0) && canvases.length;
      `),
    );
    assert.ok(pixels > 1);
  }
}

/** Waits until `look` sees something. A browser that does not answer at all is named by the same sentence. */
async function until(sentence, look) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await answered(sentence, look());
    if (seen) return seen;
    assert.ok(Date.now() < end, `never: ${sentence}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function answered(sentence, answer) {
  let timer;
  const silence = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the browser does not answer: ${sentence}`)), PATIENCE_MS);
  });
  return Promise.race([answer, silence]).finally(() => clearTimeout(timer));
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject).listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
