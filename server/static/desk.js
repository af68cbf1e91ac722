// The desk's script: keeps the session alive while somebody is typing, so that no long text is lost to a login.
const EVERY_MS = 5 * 60 * 1000;
const ALIVE = "/admin/alive";

let saidAt = Date.now();

document.addEventListener("input", () => {
  if (Date.now() - saidAt < EVERY_MS) return;
  saidAt = Date.now();
  fetch(ALIVE).catch(() => {}); // what was typed is still in the page, and the next key tries again
});
