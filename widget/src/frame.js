// The frame that keeps the form apart from the partner's page: its address, its height, what it tells.
import { addressOf, SCRIPT } from "./address.js";
import { make } from "./dom.js";

const PATIENCE_S = 10;
const NEAR_PX = 1250; // what is further below may be loaded later by the browser
const HIGHEST = 5000;
const WORD = /^[a-z-]{1,40}$/;
const TOLD = ["ready", "submitted", "confirmed", "failed"];
const PERMITTED = "allow-forms allow-popups allow-popups-to-escape-sandbox allow-same-origin allow-scripts";

/** Returns the address of the frame's page, with the looks of the element and whose page it is on. */
export function frameUrl({ server, statement, partner, locale }, looks) {
  const said = { partner, origin: [origin, ...(location.ancestorOrigins ?? [])], locale, ...looks };
  // The frame's page then has the same script as this one, which the browser has fetched already.
  if (SCRIPT.includes("/widget/v1/")) said.script = "v1";
  return addressOf(server, "embed/", statement, said);
}

/** One frame; it has no height until the form in it says how high it is. */
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
   * `tell(what, detail)` is called with what the form tells; `failed` with `frame-silent` when it never does.
   * `before` is the frame whose place this one takes: what was typed there goes over inside the server's own origin.
   */
  constructor(url, title, tell, before) {
    this.#origin = url.origin;
    this.#heard = tell;
    this.#before = before;
    this.node = make("iframe", { src: url.href, title, part: "iframe", allow: navigator.share && "web-share", sandbox: PERMITTED, referrerpolicy: "strict-origin" });
    this.open();
  }

  /** Listens, and counts the seconds in which the form could have come; one that comes later is taken all the same. */
  open() {
    addEventListener("message", this.#listener);
    this.#met = false;
    this.#seconds = 0;
    this.#silence = setInterval(() => {
      const [box] = this.node.getClientRects(); // none while the page does not show the element
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
      if (title) this.node.title = title; // the statement's, which names the frame better than that it is loading
    } else if (type === "undersigned:told" && TOLD.includes(what)) {
      const words = Object.entries(detail ?? {}).filter(([name, word]) => ["state", "code"].includes(name) && WORD.test(word));
      this.#heard(what, Object.fromEntries(words));
    }
  }

  #post(message) {
    if (this.#met) this.node.contentWindow?.postMessage(message, this.#origin);
  }

  /** Tells the form how the page looks now. */
  set looks(looks) {
    this.#looks = looks;
    this.node.style.colorScheme = looks.theme; // or the browser paints a ground of its own
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
