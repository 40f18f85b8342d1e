// Says so on the page when the program cannot be loaded or started, which its own code cannot do. A classic
// script: a sandboxed frame is of another origin than these files, and may load modules and Wasm only from a
// server that allows it (Access-Control-Allow-Origin).
(() => {
  const say = (reason) => {
    const panel = document.getElementById("not-started");
    // The program removes the shell as soon as it runs, and then says itself what is wrong.
    if (!panel || !document.getElementById("shell")) return;
    const isFrame = self.origin === "null";
    document.getElementById("not-started-why").textContent = isFrame
      ? "It is in a sandboxed frame, and its server does not let such a frame load its program."
      : `Its program could not be loaded or started${reason ? ` (${reason})` : ""}: reload the page to try again.`;
    const link = document.getElementById("not-started-link");
    link.href = link.textContent = location.href;
    panel.hidden = false;
  };
  // The events of scripts that cannot be loaded do not bubble; those of errors in scripts have a message.
  addEventListener("error", (event) => (event.message || event.target?.tagName === "SCRIPT") && say(event.message), true);
  addEventListener("unhandledrejection", (event) => say(String(event.reason?.message ?? event.reason)));
})();
