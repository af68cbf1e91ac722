// Inside of the frame: tells the page around it how high the form is and what became of it, and nobody else; hears how that page looks.
import { areLooks } from "./theme.js";

const LOOKS_APART_MS = 50;
const HANDED_WITHIN_MS = 1000;

/** The page around the frame; it is told nothing before it has said who it is. */
export class ParentFrame {
  #form;
  #origin;
  #looks;
  #wearing;
  #untold = [];

  /** `form` is what that page may have done: `focus()` and `wear(looks)`; and between two of ours `typed()` and `take(typed)`. */
  constructor(form) {
    this.#form = form;
    addEventListener("message", ({ source, origin, data }) => {
      if (source !== parent) return;
      const { type, key, looks } = data ?? {};
      if (type === "undersigned:welcome") this.#meet(origin, key);
      if (origin !== this.#origin) return;
      if (type === "undersigned:focus") form.focus();
      if (type === "undersigned:give") this.#give(key);
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

  /** Asks the form that stood here for what was typed. A channel is of one origin: the page around cannot listen. */
  #take(key) {
    setTimeout(() => this.#begin(), HANDED_WITHIN_MS);
    const channel = new BroadcastChannel(key);
    channel.onmessage = ({ data }) => {
      channel.close();
      this.#form.take(data);
      this.#begin();
    };
    channel.postMessage("");
  }

  #give(key) {
    const channel = new BroadcastChannel(key);
    const send = () => channel.postMessage(this.#form.typed());
    channel.onmessage = send;
    send(); // the other may have asked before
  }

  #begin() {
    if (!this.#untold) return;
    const untold = this.#untold;
    this.#untold = undefined;
    const tellHeight = () => this.#post({ type: "undersigned:height", height: document.body.offsetHeight, title: document.title });
    new ResizeObserver(tellHeight).observe(document.body);
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

  tell(what, detail) {
    this.#post({ type: "undersigned:told", what, detail });
  }
}
