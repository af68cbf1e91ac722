// What the three elements share: attributes and properties, one beginning however often they are moved, events.
import { Api } from "./api.js";
import { examine } from "./doctor.js";
import { make } from "./dom.js";
import { TOKENS, wear } from "./theme.js";
import { makeSheet } from "./style.js";
import { watch } from "./watch.js";

const REQUIRED = ["server", "statement"];
const NAMED = [...REQUIRED, "partner", "locale", "theme", "kind"];

/** An element of ours; what it does is its `start()`, which is called once, and again when its attributes change. Its looks follow the page. */
export class Embedded extends HTMLElement {
  static observedAttributes = [...NAMED, "inline", ...TOKENS];

  root = this.attachShadow({ mode: "open" });
  #colours = new CSSStyleSheet();
  #started;
  #reloading;
  #leaving;

  constructor() {
    super();
    this.root.adoptedStyleSheets = [makeSheet(), this.#colours];
    this.root.append(make("slot"));
  }

  /** A move within the page comes here again, and keeps what is there and what was typed. */
  connectedCallback() {
    this.#leaving = new AbortController();
    watch(this, () => this.look(), this.#leaving.signal);
    addEventListener("undersigned:confirmed", (event) => this.#hear(event), { signal: this.#leaving.signal });
    if (this.#started) this.look();
    this.#started ??= this.#begin();
  }

  disconnectedCallback() {
    this.#leaving.abort();
  }

  /** Several attributes that change at once make one new beginning; looks need none. */
  attributeChangedCallback(name, was, is) {
    if (was === is) return;
    if (TOKENS.includes(name)) this.style.setProperty(`--undersigned-${name}`, is ?? "");
    else if (this.#started && !this.holds?.(name)) this.#reloading ??= Promise.resolve().then(() => this.reload());
  }

  /** Takes the colours of the page around; a browser that lets no script draw keeps those of the sheet. */
  look() {
    try {
      this.looks = wear(this, this.#colours);
    } catch {
      this.looks ??= {};
    }
  }

  /** Somebody has signed in a form of this page: what shows who has is fetched anew. */
  #hear(event) {
    const [form] = event.composedPath();
    if (REQUIRED.every((name) => form[name] === this[name])) this.refresh?.(event.timeStamp);
  }

  /** Begins anew, with what was typed. */
  reload() {
    this.#reloading = undefined;
    this.#started = this.#begin();
    return this.#started;
  }

  async #begin() {
    if (REQUIRED.some((name) => !this.getAttribute(name))) return this.tell("failed", { code: "attribute-missing" });
    this.look();
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
