// The base class of the three elements: attributes and properties, starting and restarting, events.
import { SCRIPT } from "./address.js";
import { Api } from "./api.js";
import { make } from "./dom.js";
import { loadPart } from "./part.js";
import { TOKENS, wear } from "./theme.js";
import { makeSheet } from "./style.js";
import { watch } from "./watch.js";

const NAMED = ["server", "statement", "partner", "locale", "theme", "kind"];
const PROPERTIES = [...NAMED, "inline"];

/**
 * An element of ours; what it does is its `start()`, which is called once, and again when its attributes change.
 * Its looks follow the page around it.
 *
 * @attr {string} server - The address of the server, with https://; must be given
 * @attr {string} statement - The short name of the statement; must be given
 * @attr {string} partner - The short name under which the server knows this website
 * @attr {string} locale - The language, as in "fr"; without it that of the page
 * @attr {"light" | "dark"} theme - Without it what suits the text around the element
 * @attr {boolean} debug - Says on the page, in words, what is wrong with it
 * @attr {string} accent - Colour of buttons and links, as #rrggbb
 * @attr {string} on-accent - Colour of the words on buttons, as #rrggbb
 * @attr {string} text - Colour of the text, as #rrggbb
 * @attr {string} background - Colour behind the text, as #rrggbb or transparent
 * @attr {string} ground - What the page has behind the element, as #rrggbb, where that is a picture
 * @attr {string} radius - Of corners, in px, rem or em
 * @attr {string} gap - Between fields, in px, rem or em
 * @attr {string} padding - Inside of the border, in px, rem or em
 * @attr {string} size - Of letters, in px, rem or em
 * @method {Promise<void>} reload() - Loads the form again, and keeps what was typed
 * @fires {{state?: string}} undersigned:ready - It is there: the state of the statement
 * @fires {{code: string}} undersigned:failed - It could not load or send, and why
 * @slot - Shown until the element is there, and where it cannot be: a link
 */
export class Embedded extends HTMLElement {
  static observedAttributes = [...PROPERTIES, ...TOKENS];

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

  /** Runs again when the element is moved within the page, and keeps its content and input. */
  connectedCallback() {
    // Properties that a framework set before this script ran are own properties, which hide our accessors.
    for (const name of PROPERTIES.filter((name) => Object.hasOwn(this, name))) {
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
    this.#leaving = new AbortController();
    watch(this, () => this.look(), this.#leaving.signal);
    addEventListener("undersigned:confirmed", (event) => this.#hear(event), { signal: this.#leaving.signal });
    if (this.#started) this.look();
    this.#started ??= this.#begin();
  }

  disconnectedCallback() {
    this.#leaving.abort();
  }

  /** Changes of several attributes at once cause a single restart; changes of looks cause none. */
  attributeChangedCallback(name, was, is) {
    if (was === is) return;
    if (TOKENS.includes(name)) this.style.setProperty(`--undersigned-${name}`, is ?? "");
    else if (this.#started && !this.holds?.(name)) this.#reloading ??= Promise.resolve().then(() => this.reload());
  }

  /** Takes the colours of the embedding page; if the browser forbids reading a canvas, the defaults are used. */
  look() {
    try {
      this.looks = wear(this, this.#colours);
    } catch {
      this.looks ??= {};
    }
  }

  /** Handles a signature in another form of this page: counts and lists are fetched again. */
  #hear(event) {
    const [form] = event.composedPath();
    if (form.server === this.server && form.statement === this.statement) this.refresh?.(event.timeStamp);
  }

  /** Starts again, with the input so far. */
  reload() {
    this.#reloading = undefined;
    this.#started = this.#begin();
    return this.#started;
  }

  async #begin() {
    if (!/^https?:/i.test(this.server) || !this.statement) {
      console.error(`Undersigned: <${this.localName}> needs server="https://…" and statement="…", so it shows what is inside the tag.`);
      return this.tell("failed", { code: "attribute-missing" });
    }
    this.look();
    await this.start();
    if (this.hasAttribute("debug")) await this.part("rare").then(({ examine }) => examine(this, new Api(this.asked), SCRIPT), () => {});
  }

  /** Loads a lazy part of the widget; throws a Refusal if that fails. */
  part(name) {
    return loadPart(name, this.server);
  }

  /** The `locale` attribute, else the language of the page around the element. */
  get #named() {
    return this.getAttribute("locale") || this.closest("[lang]")?.lang || document.documentElement.lang;
  }

  /** The same, else the browser's language. */
  get spoken() {
    return this.#named || navigator.language || "en";
  }

  /** The parameters of requests; without a locale, the server uses the partner's or the browser's language. */
  get asked() {
    const [server, statement, partner] = NAMED.map((name) => this.getAttribute(name));
    return { server, statement, partner, locale: this.#named, framed: this.getAttribute("framed") };
  }

  /**
   * Returns a placeholder as high as `height` says for this width ("0:900 500:650"); it shows the content of the tag.
   */
  reserve(height) {
    const pairs = (this.getAttribute("height") ?? height).split(" ").map((pair) => pair.split(":"));
    const place = make("div", { part: "skeleton", class: "skeleton" }, make("div", {}, make("slot")), make("span"));
    place.style.minBlockSize = `${pairs.findLast(([width]) => width <= this.offsetWidth)?.[1]}px`;
    return place;
  }

  /**
   * Shows the link inside the tag, and below it `makeNotice(words, retry)`; in English if even the translated words do
   * not load.
   */
  async sayUnreachable(place, makeNotice) {
    place.replaceChildren(make("slot"));
    const words = await this.part("rare").then(({ wordsFor }) => wordsFor(this.spoken), () => ENGLISH);
    place.append(makeNotice(words, () => this.reload()));
  }

  tell(what, detail) {
    this.dispatchEvent(new CustomEvent(`undersigned:${what}`, { bubbles: true, composed: true, detail }));
  }
}

for (const name of PROPERTIES) {
  const isFlag = name === "inline";
  Object.defineProperty(Embedded.prototype, name, {
    get() {
      return isFlag ? this.hasAttribute(name) : (this.getAttribute(name) ?? "");
    },
    // Frameworks set "" for a flag that is present, and null to remove it.
    set(value) {
      if (value == null || value === false) this.removeAttribute(name);
      else this.setAttribute(name, isFlag ? "" : value);
    },
  });
}
