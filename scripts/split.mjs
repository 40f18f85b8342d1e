// Splits the page's program in two, in the folder where Trunk puts its files: node scripts/split.mjs. What only
// src/views/later refers to becomes a Wasm file of its own, which is fetched after the first numbers. Trunk knows
// nothing of this, so the program is bound and optimized here.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const folder = process.env.TRUNK_STAGING_DIR ?? "dist";
const target = process.env.CARGO_TARGET_DIR ?? "target";
const work = join(target, "split");
const bound = join(work, "bound");

const old = readdirSync(folder).find((name) => /^app-[0-9a-f]+\.js$/.test(name))?.replace(/\.js$/, "");
if (!old) fail(`${folder}/ holds no app-….js: is filehash set in Trunk.toml?`);

rmSync(work, { recursive: true, force: true });
mkdirSync(bound, { recursive: true });
await run("wasm-split-cli", [join(target, "wasm32-unknown-unknown/page/app.wasm"), work, "--target", "web", "--out-name", "app"]);
// The second file finds the table of functions under the name that the linker gave it.
await run("wasm-bindgen", ["--target", "web", "--no-typescript", "--keep-lld-exports", "--out-dir", bound, join(work, "app.wasm")]);
const optimize = (from, to) => run("wasm-opt", ["-Oz", "--strip-debug", "--strip-producers", from, "-o", join(work, to)]);
await Promise.all([
  optimize(join(bound, "app_bg.wasm"), "app.opt.wasm"),
  optimize(join(work, "split_later.wasm"), "later.opt.wasm"),
]);

const [app, later] = ["app.opt.wasm", "later.opt.wasm"].map((name) => readFileSync(join(work, name)));
const glue = readFileSync(join(bound, "app.js"), "utf8");
const loader = readFileSync(join(work, "__wasm_split.js"), "utf8");
const hash = createHash("sha256").update(app).update(later).update(glue).update(loader).digest("hex").slice(0, 16);
const name = `app-${hash}`;

for (const file of [`${old}.js`, `${old}_bg.wasm`]) rmSync(join(folder, file));
writeFileSync(join(folder, `${name}_bg.wasm`), app);
writeFileSync(join(folder, `later-${hash}.wasm`), later);
writeFileSync(join(folder, `${name}.js`), replaced(glue, '"./__wasm_split.js"\n', `"./later-${hash}.js"\n`));
// A server that does not call Wasm by its type is no reason to fail.
const instantiate = `async function instantiate(source, imports) {
    const response = await source;
    if (!response.ok) throw new Error(\`\${response.url}: \${response.status}\`);
    return WebAssembly.instantiate(await response.arrayBuffer(), imports);
}
`;
writeFileSync(
  join(folder, `later-${hash}.js`),
  instantiate +
    [
      ['"./app.js"', `"./${name}.js"`],
      ['"./split_later.wasm"', `"./later-${hash}.wasm"`],
      ["WebAssembly.instantiateStreaming(src, imports)", "instantiate(src, imports)"],
    ].reduce((text, [from, to]) => replaced(text, from, to), loader),
);

const page = join(folder, "index.html");
const html = readFileSync(page, "utf8");
// What Trunk computed of the files that were here before.
const links = new RegExp(`(<link[^>]*${old}[^>]*?) integrity="[^"]*"`, "g");
writeFileSync(page, html.replace(links, "$1").replaceAll(old, name));
console.log(`== split: ${name}_bg.wasm ${app.length} bytes, later-${hash}.wasm ${later.length} bytes`);

/** The text with the one place where it says `from` saying `to`. */
function replaced(text, from, to) {
  if (text.split(from).length !== 2) fail(`expected once in what was generated: ${from}`);
  return text.replace(from, () => to);
}

function fail(why) {
  console.error(`headroom: ${why}`);
  process.exit(1);
}
