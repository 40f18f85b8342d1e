// Finishes what Trunk built: node scripts/finish.mjs FOLDER BUILD. Puts the built-in examples and the
// Content-Security-Policy into index.html, with the hash of the inline script that Trunk put there,
// gives the workers' files addresses of this build, and looks whether the folder can be served from
// anywhere.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [folder, build] = process.argv.slice(2);
const path = join(folder, "index.html");
const wrong = [];
const place = '<script id="library" type="application/json"></script>';
const bare = readFileSync(path, "utf8");
if (bare.split(place).length !== 2) wrong.push(`${place} should stand in it once`);
const html = bare.replace(place, () => place.replace("><", `>${examples()}<`));

/** The built-in examples in the order of src/codec/library.rs, as JSON that may stand in HTML. */
function examples() {
  const folder = "src/codec/library";
  const source = readFileSync(`${folder}.rs`, "utf8");
  const list = source.slice(source.lastIndexOf("examples![")).match(/\[([^]*?)\]/)[1];
  const all = list.split(";").flatMap((part) => {
    const [section, ...ids] = [...part.matchAll(/"([^"]+)"/g)].map((match) => match[1]);
    return ids.map((id) => ({ id, section, document: JSON.parse(readFileSync(`${folder}/${id}.json`, "utf8")) }));
  });
  const files = readdirSync(folder).filter((name) => name.endsWith(".json")).length;
  if (all.length !== files) wrong.push(`${folder} holds ${files} examples, its list names ${all.length}`);
  return JSON.stringify(all).replaceAll("<", "\\u003c");
}

// Texts of the scripts that stand in the page itself. JSON in a script element does not run.
const inline = [...html.matchAll(/<script\b([^>]*)>([^]*?)<\/script>/gi)]
  .filter(([, attributes]) => !/\bsrc\s*=/.test(attributes) && !/\btype\s*=\s*["']?application\//.test(attributes))
  .map(([, , text]) => text);
const hashes = inline.map((text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`);

const policy = [
  "default-src 'none'",
  ["script-src 'self' 'wasm-unsafe-eval'", ...hashes].join(" "),
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

if (/http-equiv\s*=\s*["']?content-security-policy/i.test(html)) wrong.push("it has a Content-Security-Policy already");
if (/<style\b/i.test(html)) wrong.push("a <style> element stands in it, which the policy forbids: put it into a file");
if (/<[^>]*\sstyle\s*=/i.test(html.replace(/<script\b[^]*?<\/script>/gi, ""))) {
  wrong.push("an element has a style attribute, which the policy forbids");
}
if (/<[^>]*\son[a-z]+\s*=/i.test(html.replace(/<script\b[^]*?<\/script>/gi, ""))) {
  wrong.push("an element has an inline event handler, which the policy forbids");
}

// Under a sub-path only addresses relative to the page lead anywhere.
const addresses = [
  ...[...html.matchAll(/\b(?:src|href)\s*=\s*["']?([^"'\s>]+)/gi)].map((match) => match[1]),
  ...inline.flatMap((text) => [...text.matchAll(/["'`]([^"'`\s]+\.(?:js|wasm|css))["'`]/g)].map((match) => match[1])),
];
for (const address of new Set(addresses)) {
  if (/^(?:#|data:)/.test(address)) continue;
  if (/^(?:[a-z]+:)?\//i.test(address)) {
    wrong.push(`the address ${address} works only at the top of a server: set public_url = "./" in Trunk.toml`);
  } else if (!existsSync(join(folder, decodeURIComponent(address.replace(/[?#].*$/, ""))))) {
    wrong.push(`it refers to ${address}, which was not built`);
  }
}

// Trunk hashes the page's file names, not the workers': without the build in their addresses,
// browsers would run yesterday's worker.
const workers = ["worker", "teller"];
const loader = (name) => join(folder, `${name}_loader.js`);
for (const name of workers) {
  const expected = new RegExp(`^import init from './${name}.js';\\s*await init\\(\\);\\s*$`);
  if (!expected.test(readFileSync(loader(name), "utf8"))) {
    wrong.push(`Trunk wrote a ${name}_loader.js that is not the one expected here: compare it with scripts/finish.mjs`);
  }
}

if (wrong.length > 0) {
  console.error(wrong.map((line) => `headroom: ${path}: ${line}`).join("\n"));
  process.exit(1);
}

// First in the head: a policy binds only what comes after it.
const head = html.match(/<head[^>]*>(?:\s*<meta\s+charset[^>]*>)?/i);
const at = head.index + head[0].length;
const referrer = /<meta\s+name="referrer"/i.test(html) ? "" : '<meta name="referrer" content="no-referrer">';
const metas = `<meta http-equiv="Content-Security-Policy" content="${policy}">${referrer}`;
// Browsers ignore the integrity of a preloaded Wasm file, and complain about it at every visit.
const rest = html.slice(at).replace(/<link rel="preload"[^>]*>/g, (link) => link.replace(/ integrity="[^"]*"/, ""));
writeFileSync(path, html.slice(0, at) + metas + rest);
for (const name of workers) {
  writeFileSync(
    loader(name),
    `import init from "./${name}.js?build=${build}";\n` +
      `await init({ module_or_path: new URL("./${name}_bg.wasm?build=${build}", import.meta.url) });\n`,
  );
}
console.log(`== ${path}: policy written, ${hashes.length} inline script${hashes.length === 1 ? "" : "s"} allowed`);
