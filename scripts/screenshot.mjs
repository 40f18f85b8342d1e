// Takes the README's picture from a built page: node scripts/screenshot.mjs FOLDER FILE.
import { launch } from "./chromium.mjs";
import { serve } from "./serve.mjs";

const [folder = "dist", file = "docs/screenshot.png"] = process.argv.slice(2);
const server = await serve({ folder });
const browser = await launch();
try {
  const page = await browser.newPage({ viewport: { width: 1366, height: 768 }, colorScheme: "light" });
  await page.goto(server.url);
  // The example has run long enough for its curves to have a shape.
  await page.waitForFunction(() => parseFloat(document.querySelector("[data-testid=clock]")?.textContent) >= 30, null, {
    timeout: 120_000,
  });
  await page.screenshot({ path: file });
  console.log(`== ${file}`);
} finally {
  await browser.close();
  await server.close();
}
