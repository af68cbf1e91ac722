// The iframe that isolates the form from the partner's page: its URL, height and messages.
import { addressOf, SCRIPT } from "./address.js";
import { make } from "./dom.js";

const PATIENCE_S = 10;
const NEAR_PX = 1250; // browsers may lazy-load frames that are further below
const HIGHEST = 5000;
const WORD = /^[a-z-]{1,40}$/;
const TOLD = ["ready", "submitted", "confirmed", "failed"];
const PERMITTED = "allow-forms allow-popups allow-popups-to-escape-sandbox allow-same-origin allow-scripts";

/** Returns the URL of the frame's page, with the looks of the element and the origins of the embedding pages. */
export function frameUrl({ server, statement, partner, locale }, looks) {
  const said = { partner, origin: [origin, ...(location.ancestorOrigins ?? [])], locale, ...looks };
  // The frame's page then uses the same script URL, which the browser has fetched already.
  if (SCRIPT.includes("/widget/v1/")) said.script = "v1";
  return addressOf(server, "embed/", statement, said);
}

/** A frame; its height is unknown until its form sends it. */
export class Frame {
  node;
  #origin;
  #heard;
  #looks;
  #before;
  #seconds;
  #silence;
  #met;
  #listener = (event) => this.#hear(event);

  /**
   * `tell(what, detail)` is called with the form's events, and with `failed` and `frame-silent` if it sends none.
   * `before` is the frame that this one replaces; its input is handed over within the server's origin.
   */
  constructor(url, title, tell, before) {
    this.#origin = url.origin;
    this.#heard = tell;
    this.#before = before;
    this.node = make("iframe", { src: url.href, title, part: "iframe", allow: navigator.share && "web-share", sandbox: PERMITTED, referrerpolicy: "strict-origin" });
    this.open();
  }

  /** Listens for messages and starts the timeout; a form that loads later is still accepted. */
  open() {
    addEventListener("message", this.#listener);
    this.#met = false;
    this.#seconds = 0;
    this.#silence = setInterval(() => {
      const [box] = this.node.getClientRects(); // undefined while the page does not display the element
      if (document.prerendering || !(box?.top < innerHeight + NEAR_PX) || ++this.#seconds < PATIENCE_S) return;
      clearInterval(this.#silence);
      this.#heard("failed", { code: "frame-silent" });
    }, 1000);
  }

  #hear({ source, origin, data }) {
    if (source !== this.node.contentWindow || origin !== this.#origin) return;
    const { type, height, title, what, detail } = data ?? {};
    if (type === "undersigned:hello") {
      clearInterval(this.#silence);
      this.#met = true;
      const key = this.#before && `undersigned-${Math.random()}`;
      this.#before?.#post({ type: "undersigned:give", key });
      this.#post({ type: "undersigned:welcome", key });
      this.#post({ type: "undersigned:looks", looks: this.#looks });
    } else if (type === "undersigned:height" && height >= 0 && height <= HIGHEST) {
      this.node.style.blockSize = `${Math.ceil(height)}px`;
      if (title) this.node.title = title; // the statement's title, a better name for the frame than its loading text
    } else if (type === "undersigned:told" && TOLD.includes(what)) {
      const words = Object.entries(detail ?? {}).filter(([name, word]) => ["state", "code"].includes(name) && WORD.test(word));
      this.#heard(what, Object.fromEntries(words));
    }
  }

  #post(message) {
    if (this.#met) this.node.contentWindow?.postMessage(message, this.#origin);
  }

  /** Sends the current looks of the page to the form. */
  set looks(looks) {
    this.#looks = looks;
    this.node.style.colorScheme = looks.theme; // otherwise the browser paints an opaque background
    this.#post({ type: "undersigned:looks", looks });
  }

  focus() {
    this.node.focus();
    this.#post({ type: "undersigned:focus" });
  }

  close() {
    clearInterval(this.#silence);
    removeEventListener("message", this.#listener);
  }
}
