// What the three elements share: attributes and properties, one beginning however often they are moved, events.
import { Api } from "./api.js";
import { examine } from "./doctor.js";
import { make } from "./dom.js";
import { TOKENS, wear } from "./theme.js";
import { makeSheet } from "./style.js";

const REQUIRED = ["server", "statement"];
const NAMED = [...REQUIRED, "partner", "locale", "theme", "kind"];

/** An element of ours; what it does is its `start()`, which is called once, and again when its attributes change. */
export class Embedded extends HTMLElement {
  static observedAttributes = [...NAMED, "inline", ...TOKENS];

  root = this.attachShadow({ mode: "open" });
  #started;
  #reloading;

  constructor() {
    super();
    this.root.adoptedStyleSheets = [makeSheet()];
    this.root.append(make("slot"));
  }

  /** A move within the page comes here again, and keeps what is there and what was typed. */
  connectedCallback() {
    this.#started ??= this.#begin();
  }

  /** Several attributes that change at once make one new beginning. */
  attributeChangedCallback(name, was, is) {
    if (!this.#started || was === is) return;
    this.#reloading ??= Promise.resolve().then(() => this.reload());
  }

  /** Begins anew, with what was typed. */
  reload() {
    this.#reloading = undefined;
    this.#started = this.#begin();
    return this.#started;
  }

  async #begin() {
    if (REQUIRED.some((name) => !this.getAttribute(name))) return this.tell("failed", { code: "attribute-missing" });
    wear(this);
    await this.start();
    if (this.hasAttribute("debug")) await examine(this, new Api(this.asked), this.server);
  }

  /** The attribute, else the language of the page around the element. */
  get #named() {
    return this.getAttribute("locale") || this.closest("[lang]")?.lang || document.documentElement.lang;
  }

  /** That, else the browser's language. */
  get spoken() {
    return this.#named || navigator.language || "en";
  }

  /** What the server is asked for; where no language is named, it knows the partner's and the browser's. */
  get asked() {
    const [server, statement, partner] = NAMED.map((name) => this.getAttribute(name));
    return { server, statement, partner, locale: this.#named, framed: this.getAttribute("framed") };
  }

  /** Keeps the place, as high as `height` says for this width, "0:900 500:650"; what stands inside the tag is shown in it. */
  reserve(height, said) {
    const pairs = (this.getAttribute("height") ?? height).split(" ").map((pair) => pair.split(":"));
    const place = make("div", { part: "skeleton", class: "skeleton" }, make("div", {}, make("slot")), make("span", said));
    place.style.minBlockSize = `${pairs.findLast(([width]) => width <= this.offsetWidth)?.[1]}px`;
    return place;
  }

  tell(what, detail) {
    this.dispatchEvent(new CustomEvent(`undersigned:${what}`, { bubbles: true, composed: true, detail }));
  }
}

for (const name of NAMED) {
  Object.defineProperty(Embedded.prototype, name, {
    get() {
      return this.getAttribute(name) ?? "";
    },
    set(value) {
      this.setAttribute(name, value);
    },
  });
}
Object.defineProperty(Embedded.prototype, "inline", {
  get() {
    return this.hasAttribute("inline");
  },
  set(inline) {
    this.toggleAttribute("inline", Boolean(inline));
  },
});
