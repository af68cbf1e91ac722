// <undersigned-form>: attributes in, events out; what stands inside the tag stays until the form stands in its place.
import { Api } from "./api.js";
import { make } from "./dom.js";
import { Form } from "./form.js";
import { SubmissionKey } from "./key.js";
import { speaker } from "./messages.js";
import { focusSent, makeHead, makeNotice, makeSent, makeUnreachable } from "./panels.js";
import { makeSheet } from "./style.js";

const REQUIRED = ["server", "statement"];

export class UndersignedForm extends HTMLElement {
  #root = this.attachShadow({ mode: "open" });
  #key = new SubmissionKey();
  #started;
  #api;
  #data;
  #say;
  #form;
  #place;

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [makeSheet()];
    this.#root.append(make("slot"));
  }

  /** A move within the page comes here again, and keeps the form and what was typed. */
  connectedCallback() {
    this.#started ??= this.#start();
  }

  /** The attribute, else the language of the page around the element, else the browser's. */
  get #locale() {
    return this.getAttribute("locale") || this.closest("[lang]")?.lang || document.documentElement.lang || navigator.language || "en";
  }

  #tell(what, detail) {
    this.dispatchEvent(new CustomEvent(`undersigned:${what}`, { bubbles: true, composed: true, detail }));
  }

  async #start() {
    if (REQUIRED.some((name) => !this.getAttribute(name))) return this.#tell("failed", { code: "attribute-missing" });
    if (!this.hasAttribute("inline")) return this.#tell("failed", { code: "frame-not-built" });
    return this.#load();
  }

  async #load() {
    try {
      const [server, statement, partner] = ["server", "statement", "partner"].map((name) => this.getAttribute(name));
      this.#api = new Api({ server, statement, partner, locale: this.#locale });
      this.#data = await this.#api.load();
    } catch (refusal) {
      this.#root.replaceChildren(make("slot"), makeUnreachable(this.#locale, () => this.#load()));
      this.#tell("failed", { code: refusal.code ?? "server-unreadable" });
      return;
    }
    this.#show();
    this.#tell("ready", { state: this.#data.statement.state });
  }

  #show() {
    const { messages, form } = this.#data;
    this.#say = speaker(messages);
    this.#form = new Form(form.kinds, this.#say, (kind, values) => this.#submit(kind, values));
    this.#place = make("div", { part: "body" }, makeNotice(this.#data, this.#say) ?? this.#form.node);
    const head = makeHead(this.#data, this.#say);
    this.#root.replaceChildren(make("section", { part: "frame", lang: messages.lang, dir: messages.dir }, head, this.#place));
  }

  async #submit(kind, values) {
    const content = { kind, ...values, locale: this.#data.statement.locale };
    this.#form.sending = true;
    try {
      await this.#api.submit({ ...content, key: this.#key.keyFor(content) });
    } catch (refusal) {
      this.#form.sending = false;
      this.#form.showRefusal(refusal, this.#data.statement.page);
      this.#tell("failed", { code: refusal.code });
      return;
    }
    this.#key.accepted();
    this.#form.sending = false;
    this.#showSent(values.email);
    this.#tell("submitted", { state: "pending" });
  }

  #showSent(email) {
    const panel = makeSent(email, this.#say, () => {
      this.#place.replaceChildren(this.#form.node);
      this.#form.focusFirst();
    });
    this.#place.replaceChildren(panel);
    focusSent(panel);
  }
}
