// Serves the page from files that were stored when this build was installed, so that it works offline.
//
// scripts/finish.mjs writes three constants in front: BUILD, the name of the build; FILES, the address of each of
// its files, relative to this one, with its digest; OPTIONAL, addresses of files that may be missing.
//
// Each build has a cache of its own that is filled completely or not at all, and a file is taken only with the
// digest that this build gave it: files of two builds never meet in one cache. A page asks for its files with the
// name of its build in the address, and gets them from the cache of that build.
const PREFIX = `headroom-build ${registration.scope} `;
const CACHE = PREFIX + BUILD;

/** The URL of a file without the name of a build, under which it is stored. */
const stored = (address) => new URL(address.replace(/\?.*$/, ""), registration.scope).href;
const files = new Set(FILES.map(([address]) => stored(address)));
const optional = new Set(OPTIONAL.map(stored));

addEventListener("install", (event) => event.waitUntil(install()));

addEventListener("activate", (event) => event.waitUntil(Promise.all([prune(), clients.claim()])));

addEventListener("message", (event) => {
  // The user wants the new build.
  if (event.data === "skip-waiting") skipWaiting();
  // A page has started.
  if (event.data === "prune") event.waitUntil(prune());
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  const build = url.searchParams.get("build") ?? BUILD;
  const key = stored(url.href.replace(/#.*$/, "")).replace(/\/index\.html$/, "/");
  if (files.has(key)) event.respondWith(fromCache(request, key, PREFIX + build));
  // Not of the build itself: it may have been computed since.
  else if (optional.has(key)) event.respondWith(fetch(request).catch(() => fromCache(request, key, CACHE)));
});

/** The stored file, or the server's where there is none. */
async function fromCache(request, key, cacheName) {
  // The server may have said that its answers vary with the headers of requests: the files do not.
  const found = await caches.match(key, { cacheName, ignoreVary: true });
  return found ?? fetch(request);
}

/** Fetches all files, and stores them once all are there. */
async function install() {
  const fetched = await Promise.all(FILES.map(([address, integrity]) => fetchFile(address, { integrity })));
  const missing = fetched.find(({ response }) => !response.ok);
  if (missing) throw new Error(`${missing.address}: the server answered ${missing.response.status}`);
  const more = await Promise.all(OPTIONAL.map((address) => fetchFile(address, {}).catch(() => undefined)));
  const isNew = !(await caches.has(CACHE));
  try {
    const cache = await caches.open(CACHE);
    const all = [...fetched, ...more].filter((each) => each?.response.ok);
    await Promise.all(all.map(async ({ address, response }) => cache.put(stored(address), await plain(response))));
  } catch (error) {
    // No part of a build is kept.
    if (isNew) await caches.delete(CACHE);
    throw error;
  }
}

/** Asks the server only whether the file has changed since the page fetched it. */
async function fetchFile(address, options) {
  return { address, response: await fetch(new URL(address, registration.scope), { cache: "no-cache", ...options }) };
}

/** The answer as one that a navigation accepts: it refuses those that were redirected. */
async function plain(response) {
  if (!response.redirected) return response;
  return new Response(await response.blob(), { headers: response.headers });
}

/** Deletes the caches of other builds that no open page is of. */
async function prune() {
  const { held } = (await navigator.locks?.query()) ?? { held: [] };
  const inUse = new Set([CACHE, ...held.map(({ name }) => name)]);
  const names = await caches.keys();
  // The build that waits to be used has filled its cache already.
  const isLater = registration.installing || registration.waiting;
  const old = names.filter((name) => name.startsWith(PREFIX) && !inUse.has(name));
  if (!isLater) await Promise.all(old.map((name) => caches.delete(name)));
}
