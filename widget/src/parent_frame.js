// Inside of the frame: tells the page around it how high the form is and what became of it, and nobody else.

/** The page around the frame; it is told nothing before it has said who it is. */
export class ParentFrame {
  #origin;
  #untold = [];
  #size;

  /** `focus` is called when that page wants the form to have the focus. */
  constructor(focus) {
    addEventListener("message", ({ source, origin, data }) => {
      if (source !== parent) return;
      if (data?.type === "undersigned:welcome") this.#meet(origin);
      if (data?.type === "undersigned:focus" && origin === this.#origin) focus();
    });
    parent.postMessage({ type: "undersigned:hello" }, "*");
  }

  #meet(origin) {
    if (this.#origin || origin === "null") return;
    this.#origin = origin;
    // This page is as high as the form now. A scroll bar would only narrow the form, and so bring itself about.
    document.documentElement.style.scrollbarWidth = "none";
    for (const message of this.#untold) this.#post(message);
  }

  #post(message) {
    if (this.#origin) parent.postMessage(message, this.#origin);
    else this.#untold.push(message);
  }

  /** From the first time on, the page around is told each new height: not that of the form without JavaScript. */
  tell(what, detail) {
    this.#post({ type: "undersigned:told", what, detail });
    this.#size ??= new ResizeObserver(() => this.#post({ type: "undersigned:height", height: document.body.offsetHeight }));
    this.#size.observe(document.body);
  }
}
