// Script of the desk: keeps the session alive while somebody types, so that no long text is lost to a login; shows a
// preview of a text; suggests the slug of a new statement from its title.
const EVERY_MS = 5 * 60 * 1000;
const ALIVE = "/admin/alive";

let saidAt = Date.now();

document.addEventListener("input", () => {
  if (Date.now() - saidAt < EVERY_MS) return;
  saidAt = Date.now();
  fetch(ALIVE).catch(() => {}); // the input is still in the page, and the next key tries again
});

// The preview: its button presses itself while somebody types. Each answer loads into a new hidden frame, which
// replaces the old one when it is complete: so nothing flickers, and the Back button leaves the page.
const PAUSE_MS = 500;

for (const button of document.querySelectorAll("button[data-presses-itself]")) {
  let [shown] = document.getElementsByName(button.formTarget);
  let coming, waiting;
  let count = 0;

  const press = () => {
    coming?.remove();
    const frame = shown.cloneNode();
    coming = frame;
    frame.name = button.formTarget = `proof-${++count}`;
    frame.hidden = true;
    shown.after(frame);
    frame.addEventListener("load", () => {
      // Skip the empty document of a new frame; a frame with a login page has no accessible document.
      if (frame !== coming || !frame.contentDocument || frame.contentDocument.URL === "about:blank") return;
      const top = shown.contentWindow.scrollY;
      frame.hidden = false;
      shown.remove();
      frame.contentWindow.scrollTo(0, top);
      shown = frame;
      coming = undefined;
    });
    button.form.requestSubmit(button);
  };

  button.form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(press, PAUSE_MS);
  });
  press();
}

// Suggest a new statement's slug from its title, until somebody types another one.
for (const title of document.querySelectorAll("[data-suggests]")) {
  const slug = document.getElementById(title.dataset.suggests);
  let suggested = "";
  title.addEventListener("input", () => {
    if (slug.value !== suggested) return;
    suggested = slug.value = asSlug(title.value);
  });
}

function asSlug(title) {
  const plain = title.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const words = plain.match(/[a-z0-9]+/g) ?? [];
  if (!words.some((word) => /[a-z]/.test(word))) return "";
  while (words.join("-").length > 64 && words.length > 1) words.pop();
  return words.join("-").slice(0, 64);
}
