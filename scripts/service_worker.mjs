// Writes the service worker of a built page, which stores the files of the build for use without a network.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("page/service_worker.js", import.meta.url));
/** Written after the page, or never. */
const OPTIONAL = ["validation.html", "validation.css"];
/** Not asked for by the page. */
const UNUSED = ["service_worker.js", "build.txt"];

/**
 * The address of a file as the page asks for it: with the name of the build, unless its own name changes with its
 * content, or a file that has no build in it refers to it.
 */
export function addressOf(file, build) {
  if (file === "index.html") return "./";
  const isPlain = /-[0-9a-f]{12,16}(?:_bg)?\.[a-z]+$/.test(file) || /\.(?:svg|webmanifest)$/.test(file);
  return isPlain ? file : `${file}?build=${build}`;
}

/** Writes service_worker.js into a folder that is complete, but for the validation. */
export function writeServiceWorker(folder, build) {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, "/").length).replaceAll("\\", "/"))
    .filter((name) => !OPTIONAL.includes(name) && !UNUSED.includes(name))
    .sort();
  const files = names.map((name) => {
    const digest = createHash("sha256").update(readFileSync(join(folder, name))).digest("base64");
    return [addressOf(name, build), `sha256-${digest}`];
  });
  const constants = { BUILD: build, FILES: files, OPTIONAL };
  const lines = Object.entries(constants).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};\n`);
  writeFileSync(join(folder, "service_worker.js"), lines.join("") + readFileSync(SOURCE, "utf8"));
  return files.length;
}
