// A static server for a built page: node scripts/serve.mjs FOLDER (PORT=8080, HOST=127.0.0.1). Any other
// static server works as well; this one saves installing one.
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

/**
 * Serves `folder` under `prefix` ("/" or "/some/where/") and resolves to `{ url, sent, close }`.
 * Pages of other origins may use the files unless `shared` is false: a sandboxed frame counts as one.
 * `sent` grows by one `{ path, status, bytes, at_ms }` for each answer: bytes as they are sent, and
 * the time of the request by `Date.now()`. Port 0 takes a free one.
 */
export async function serve({ folder, prefix = "/", port = 0, host = "127.0.0.1", shared = true }) {
  const sent = [];
  const server = createServer(async (request, response) => {
    const at_ms = Date.now();
    const { status, headers, body } = await answer(folder, prefix, request);
    sent.push({ path: request.url, status, bytes: body.length, at_ms });
    const sharing = shared ? { "access-control-allow-origin": "*" } : {};
    const length = status === 304 ? {} : { "content-length": body.length };
    response.writeHead(status, { "cache-control": "no-cache", ...length, ...sharing, ...headers });
    response.end(request.method === "HEAD" ? undefined : body);
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, host, resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://${host}:${server.address().port}${prefix}`, sent, close };
}

async function answer(folder, prefix, request) {
  const refusal = (status, text) => ({ status, headers: { "content-type": TYPES[".txt"] }, body: Buffer.from(text) });
  if (request.method !== "GET" && request.method !== "HEAD") return refusal(405, "Only GET and HEAD.\n");
  let path;
  try {
    path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
  } catch {
    return refusal(400, "Not an address.\n");
  }
  if (!path.startsWith(prefix)) return refusal(404, "There is no such file.\n");
  path = normalize(path.slice(prefix.length) || "index.html");
  // Nothing outside the folder, whatever the address says.
  if (path === ".." || path.startsWith(`..${sep}`)) return refusal(404, "There is no such file.\n");
  let body;
  try {
    body = await readFile(join(folder, path));
  } catch {
    return refusal(404, "There is no such file.\n");
  }
  // Browsers ask at each use whether a file has changed, and get its content only then.
  const etag = `"${createHash("sha256").update(body).digest("base64url")}"`;
  const headers = { "content-type": TYPES[extname(path)] ?? "application/octet-stream", etag };
  if (request.headers["if-none-match"]?.includes(etag)) return { status: 304, headers, body: Buffer.alloc(0) };
  const compressible = !/^image\/(png|x-icon)/.test(headers["content-type"]);
  if (compressible && /\bgzip\b/.test(request.headers["accept-encoding"] ?? "")) {
    headers["content-encoding"] = "gzip";
    headers.vary = "accept-encoding";
    body = gzipSync(body);
  }
  return { status: 200, headers, body };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2] ?? "dist";
  const port = Number(process.env.PORT ?? 8080);
  try {
    const { url } = await serve({ folder, port, host: process.env.HOST ?? "127.0.0.1" });
    console.log(`== serving ${folder}/ on ${url} (Ctrl+C stops it)`);
  } catch (error) {
    const sentence =
      error.code === "EADDRINUSE"
        ? `port ${port} is taken: stop the program that listens there, or choose another with PORT=${port + 1} make serve`
        : error.message;
    console.error(`headroom: ${sentence}`);
    process.exitCode = 1;
  }
}
