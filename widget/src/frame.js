// The frame that keeps the form apart from the partner's page: its address, its height, what it tells.
import { addressOf, SCRIPT } from "./address.js";
import { make } from "./dom.js";
import { themeOf, tokensOf } from "./theme.js";

const PATIENCE_MS = 10_000;
const HIGHEST = 5000;
const WORD = /^[a-z-]{1,40}$/;
const TOLD = ["ready", "submitted", "confirmed", "failed"];
const PERMITTED = "allow-forms allow-popups allow-popups-to-escape-sandbox allow-same-origin allow-scripts";

/** Returns the address of the frame's page, with the looks of the page around the element and whose page that is. */
export function frameUrl(element, { server, statement, partner, locale }) {
  const said = { partner, origin: [origin, ...(location.ancestorOrigins ?? [])], locale, theme: themeOf(element), ...tokensOf(element) };
  // The frame's page then has the same script as this one, which the browser has fetched already.
  if (SCRIPT.includes("/widget/v1/")) said.script = "v1";
  if (!element.hasAttribute("theme")) said.background ??= "transparent";
  return addressOf(server, "embed/", statement, said);
}

/** One frame; it has no height until the form in it says how high it is. */
export class Frame {
  node;
  #origin;
  #heard;
  #silence;
  #listener = (event) => this.#hear(event);

  /** `tell(what, detail)` is called with what the form tells; `failed` with `frame-silent` when it never does. */
  constructor(url, title, tell) {
    this.#origin = url.origin;
    this.#heard = tell;
    this.node = make("iframe", { src: url.href, title, part: "iframe", allow: navigator.share && "web-share", sandbox: PERMITTED, referrerpolicy: "strict-origin" });
    this.node.style.colorScheme = url.searchParams.get("theme"); // or the browser paints a ground of its own
    addEventListener("message", this.#listener);
    this.#silence = setTimeout(() => this.#heard("failed", { code: "frame-silent" }), PATIENCE_MS);
  }

  #hear({ source, origin, data }) {
    if (source !== this.node.contentWindow || origin !== this.#origin) return;
    const { type, height, title, what, detail } = data ?? {};
    if (type === "undersigned:hello") {
      clearTimeout(this.#silence);
      source.postMessage({ type: "undersigned:welcome" }, origin);
    } else if (type === "undersigned:height" && height >= 0 && height <= HIGHEST) {
      this.node.style.blockSize = `${Math.ceil(height)}px`;
      if (title) this.node.title = title; // the statement's, which names the frame better than that it is loading
    } else if (type === "undersigned:told" && TOLD.includes(what)) {
      const words = Object.entries(detail ?? {}).filter(([name, word]) => ["state", "code"].includes(name) && WORD.test(word));
      this.#heard(what, Object.fromEntries(words));
    }
  }

  focus() {
    this.node.focus();
    this.node.contentWindow.postMessage({ type: "undersigned:focus" }, this.#origin);
  }

  close() {
    clearTimeout(this.#silence);
    removeEventListener("message", this.#listener);
  }
}
