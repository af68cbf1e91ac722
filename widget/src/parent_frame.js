// Inside of the frame: tells the page around it how high the form is and what became of it, and nobody else; hears how that page looks.
import { areLooks } from "./theme.js";

const LOOKS_APART_MS = 50;
const HANDED_WITHIN_MS = 3000;

/** The page around the frame; it is told nothing before it has said who it is. */
export class ParentFrame {
  #form;
  #origin;
  #looks;
  #wearing;
  #untold = [];
  #size;

  /** `form` is what that page may have done: `focus()` and `wear(looks)`; between two of ours `typed()` and `take(typed)`; `part(name)` loads a part. */
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

  /** Asks the form that stood here for what was typed, and begins without it where nothing comes. */
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
    // This page is as high as the form now. A scroll bar would only narrow the form, and so bring itself about.
    document.documentElement.style.scrollbarWidth = "none";
    for (const message of untold) this.#post(message);
  }

  /** Puts on the newest looks, at most 20 times a second. */
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

  /** From the first time on, the page around is told each new height: not that of the form without JavaScript. */
  tell(what, detail) {
    this.#post({ type: "undersigned:told", what, detail });
    this.#size ??= new ResizeObserver(() => this.#post({ type: "undersigned:height", height: document.body.offsetHeight, title: document.title }));
    this.#size.observe(document.body);
  }
}
