// Observes what may change the colours around an element, without polling.
import { aroundOf } from "./theme.js";

const SOON_MS = 50;
const EVENTS = ["transitionend", "load", "click"];
const ALL = { attributes: true, childList: true, characterData: true, subtree: true };

/** Calls `look` after changes, at most 20 times a second, until the signal aborts. */
export function watch(element, look, signal) {
  let waiting;
  const soon = () => {
    waiting ??= setTimeout(() => {
      waiting = undefined;
      look();
    }, SOON_MS);
  };
  const observer = new MutationObserver(soon);
  for (let node = element; node; node = aroundOf(node)) observer.observe(node, { attributes: true });
  observer.observe(document.head, ALL);
  const options = { capture: true, signal };
  for (const name of EVENTS) addEventListener(name, soon, options);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", soon, options);
  signal.addEventListener("abort", () => {
    clearTimeout(waiting);
    observer.disconnect();
  });
}
