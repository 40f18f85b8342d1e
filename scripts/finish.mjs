// Finishes what Trunk built: node scripts/finish.mjs FOLDER BUILD. Writes the Content-Security-Policy
// into index.html, with the hash of the inline script that Trunk put there, adds the build to the
// addresses of scripts whose names do not change with their content, checks that the folder can be served under
// any path, and writes the service worker.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { addressOf, writeServiceWorker } from "./service_worker.mjs";

const [folder, build] = process.argv.slice(2);
const path = join(folder, "index.html");
const wrong = [];
const html = readFileSync(path, "utf8");

// The texts of the scripts in the page itself.
const inline = [...html.matchAll(/<script\b([^>]*)>([^]*?)<\/script>/gi)]
  .filter(([, attributes]) => !/\bsrc\s*=/.test(attributes))
  .map(([, , text]) => text);
const hashes = inline.map((text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`);

const policy = [
  "default-src 'none'",
  ["script-src 'self' 'wasm-unsafe-eval'", ...hashes].join(" "),
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  // From a blob in a sandboxed frame, where the browser allows no other worker.
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

if (/http-equiv\s*=\s*["']?content-security-policy/i.test(html)) wrong.push("it has a Content-Security-Policy already");
if (/<style\b/i.test(html)) wrong.push("it has a <style> element, which the policy forbids: put the rules into a file");
const withoutScripts = html.replace(/<script\b[^]*?<\/script>/gi, "");
if (/<[^>]*\sstyle\s*=/i.test(withoutScripts)) wrong.push("an element has a style attribute, which the policy forbids");
if (/<[^>]*\son[a-z]+\s*=/i.test(withoutScripts)) {
  wrong.push("an element has an inline event handler, which the policy forbids");
}

// Under a sub-path only addresses relative to the page work.
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

// Trunk puts a hash into the names of the page's files, not into those of a worker: without the build
// in their addresses, browsers would run the worker that they fetched for an earlier page.
const loaders = readdirSync(folder).filter((name) => name.endsWith("_loader.js"));
if (loaders.length === 0) wrong.push("Trunk wrote no loader for the worker: is data-loader-shim set in index.html?");
for (const loader of loaders) {
  const name = loader.replace(/_loader\.js$/, "");
  const expected = new RegExp(`^import init from './${name}.js';\\s*await init\\(\\);\\s*$`);
  if (!expected.test(readFileSync(join(folder, loader), "utf8"))) {
    wrong.push(`Trunk wrote a ${loader} that is not the one expected here: compare it with scripts/finish.mjs`);
  }
}

if (wrong.length > 0) {
  console.error(wrong.map((line) => `headroom: ${path}: ${line}`).join("\n"));
  process.exit(1);
}

// First in the head: a policy applies only to what comes after it.
const head = html.match(/<head[^>]*>(?:\s*<meta\s+charset[^>]*>)?/i);
const at = head.index + head[0].length;
const referrer = /<meta\s+name="referrer"/i.test(html) ? "" : '<meta name="referrer" content="no-referrer">';
const metas = `<meta http-equiv="Content-Security-Policy" content="${policy}">${referrer}`;
// Browsers ignore the integrity of a preloaded Wasm file, and warn about it at every visit; in a sandboxed frame
// they refuse a style sheet that has one.
const rest = html
  .slice(at)
  .replace(/<link rel="(?:preload|stylesheet|icon)"[^>]*>/g, (link) => link.replace(/ integrity="[^"]*"/, ""))
  .replace(/(<script src="\.\/)([^"]+)"/g, (_, start, name) => `${start}${addressOf(name, build)}"`);
writeFileSync(path, html.slice(0, at) + metas + rest);
for (const loader of loaders) {
  const name = loader.replace(/_loader\.js$/, "");
  writeFileSync(
    join(folder, loader),
    `import init from "./${name}.js?build=${build}";\n` +
      `await init({ module_or_path: new URL("./${name}_bg.wasm?build=${build}", import.meta.url) });\n`,
  );
}
const count = writeServiceWorker(folder, build);
console.log(`== ${folder}/service_worker.js: stores ${count} files`);
console.log(`== ${path}: policy written, ${hashes.length} inline script${hashes.length === 1 ? "" : "s"} allowed`);
