// Installs the service worker, which serves the page offline, and takes a new build when the user wants it. The
// program (src/views/update.rs) says by events when its first numbers are shown and when the user wants the new
// build, and one event says that a new build is ready.
(() => {
  // scripts/finish.mjs puts the name of the build into the address of this script.
  const build = new URL(document.currentScript.src).searchParams.get("build");
  const container = serviceWorkers();
  if (!build || !container) return;

  // Nothing is fetched before the first numbers. A page that does not run anything is ready a while after it loaded.
  const STANDING_STILL_MS = 10_000;
  let begun = false;
  const begin = () => {
    if (begun) return;
    begun = true;
    // Where the browser forbids it, the page works as it does without.
    const whenIdle = self.requestIdleCallback ?? setTimeout;
    whenIdle(() => start().catch(() => {}));
  };
  addEventListener("headroom-started", begin);
  addEventListener("load", () => setTimeout(begin, STANDING_STILL_MS));

  function serviceWorkers() {
    try {
      return navigator.serviceWorker;
    } catch {
      // A sandboxed frame.
      return undefined;
    }
  }

  async function start() {
    const scope = new URL("./", location.href).href;
    // The files of this build are kept for as long as this page is open.
    const name = `headroom-build ${scope} ${build}`;
    navigator.locks?.request(name, { mode: "shared" }, () => new Promise(() => {})).catch(() => {});
    // Browsers ask the server for this file itself, whatever it says about keeping it.
    const registration = await container.register("./service_worker.js", { updateViaCache: "none" });
    registration.active?.postMessage("prune");

    // A page that no service worker controls came from the server just now.
    // Nor does a first one wait: WebKit says that it does while it becomes active.
    const offer = () => {
      const waits = registration.waiting?.state === "installed" && registration.active;
      if (!waits || !container.controller) return;
      // A program that has not started asks nobody: the next reload shall get the new build.
      if (document.getElementById("shell")) registration.waiting.postMessage("skip-waiting");
      else dispatchEvent(new Event("headroom-update-ready"));
    };
    const follow = (worker) => worker?.addEventListener("statechange", offer);
    follow(registration.installing);
    registration.addEventListener("updatefound", () => follow(registration.installing));
    offer();

    addEventListener("headroom-take-update", () => {
      // Another tab has taken it.
      if (!registration.waiting) return location.reload();
      container.addEventListener("controllerchange", () => location.reload(), { once: true });
      registration.waiting.postMessage("skip-waiting");
    });
    addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") registration.update().catch(() => {});
    });
  }
})();
