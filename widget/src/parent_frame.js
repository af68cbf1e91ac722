// Runs inside the frame: sends its height and events to the embedding page only, and receives that page's looks.
import { areLooks } from "./theme.js";

const LOOKS_APART_MS = 50;
const HANDED_WITHIN_MS = 3000;

/** The embedding page; it gets no messages before it has introduced itself. */
export class ParentFrame {
  #form;
  #origin;
  #looks;
  #wearing;
  #untold = [];
  #size;

  /**
   * `form` handles messages of that page: `focus()` and `wear(looks)`; `typed()` and `take(typed)` hand input over
   * between our own frames; `part(name)` loads a part.
   */
  constructor(form) {
    this.#form = form;
    addEventListener("message", ({ source, origin, data }) => {
      if (source !== parent) return;
      const { type, key, looks } = data ?? {};
      if (type === "undersigned:welcome") this.#meet(origin, key);
      if (origin !== this.#origin) return;
      if (type === "undersigned:focus") form.focus();
      if (type === "undersigned:give") form.part("rare").then(({ give }) => give(key, form.typed));
      if (type === "undersigned:looks" && areLooks(looks)) this.#wear(looks);
    });
    parent.postMessage({ type: "undersigned:hello" }, "*");
  }

  #meet(origin, key) {
    if (this.#origin || origin === "null") return;
    this.#origin = origin;
    if (key) this.#take(key);
    else this.#begin();
  }

  /** Asks the previous form for its input, and starts without it if none comes in time. */
  async #take(key) {
    setTimeout(() => this.#begin(), HANDED_WITHIN_MS);
    const { take } = await this.#form.part("rare");
    take(key, (typed) => {
      this.#form.take(typed);
      this.#begin();
    });
  }

  #begin() {
    if (!this.#untold) return;
    const untold = this.#untold;
    this.#untold = undefined;
    // The frame is as high as the form. A scroll bar would narrow the form, which makes it higher and keeps the scroll
    // bar.
    document.documentElement.style.scrollbarWidth = "none";
    for (const message of untold) this.#post(message);
  }

  /** Applies the latest looks, at most 20 times a second. */
  #wear(looks) {
    this.#looks = looks;
    this.#wearing ??= setTimeout(() => {
      this.#wearing = undefined;
      this.#form.wear(this.#looks);
    }, LOOKS_APART_MS);
  }

  #post(message) {
    if (this.#untold) this.#untold.push(message);
    else parent.postMessage(message, this.#origin);
  }

  /**
   * Sends an event; from the first event on also each new height, so that the form without JavaScript is not measured.
   */
  tell(what, detail) {
    this.#post({ type: "undersigned:told", what, detail });
    this.#size ??= new ResizeObserver(() => this.#post({ type: "undersigned:height", height: document.body.offsetHeight, title: document.title }));
    this.#size.observe(document.body);
  }
}
