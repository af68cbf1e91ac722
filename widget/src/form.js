// The form of one statement: the kind of signer, the fields of that kind, the button.
import { make, makeButton } from "./dom.js";
import { makeField } from "./field.js";
import { Summary } from "./summary.js";

export class Form {
  node = make("form", { part: "form", novalidate: true });
  #say;
  #kinds;
  #kind;
  #fields = [];
  #typed = {};
  #rows = make("div", { class: "rows", part: "fields" });
  #details = make("details", { class: "wide", part: "details" });
  #summary;
  #button;
  #send;
  #sending = false;

  /** `send(kind, values)` is called with the input once no required field is missing; `typed` is earlier input. */
  constructor(kinds, say, send, typed = {}) {
    this.#say = say;
    this.#kinds = kinds;
    this.#send = send;
    this.#typed = typed;
    this.#kind = (kinds.find(({ kind }) => kind === typed.kind) ?? kinds[0]).kind;
    this.#summary = new Summary(say);
    this.#button = make("button", { type: "button", part: "button" }, say("form.sign"));
    const promise = make("p", { class: "promise", part: "promise" }, say("form.promise"));
    this.node.append(this.#summary.node, ...this.#makeSwitch(), this.#rows, promise, this.#button);
    this.#listen();
    this.#choose(this.#kind);
  }

  /** A sandboxed frame may get no submit events, so the button and the Enter key send the form. */
  #listen() {
    this.#button.addEventListener("click", () => this.#submit());
    this.node.addEventListener("submit", (event) => event.preventDefault());
    this.node.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing || event.target.localName !== "input") return;
      event.preventDefault();
      this.#submit();
    });
  }

  #makeSwitch() {
    if (this.#kinds.length < 2) return [];
    const choices = this.#kinds.map(({ kind }) => {
      const radio = make("input", { type: "radio", name: "kind", value: kind, id: `kind-${kind}`, part: "radio" });
      radio.checked = kind === this.#kind;
      radio.addEventListener("change", () => this.#choose(kind));
      return make("label", { for: radio.id, part: "choice" }, radio, make("span", {}, this.#say(`kind.${kind}`)));
    });
    const legend = make("legend", { part: "label" }, this.#say("form.kind"));
    return [make("fieldset", { part: "switch" }, legend, make("div", {}, ...choices))];
  }

  /** Shows the fields of a kind; shared fields keep their input. */
  #choose(kind) {
    this.#remember();
    this.#kind = kind;
    this.#summary.clear();
    const { fields } = this.#kinds.find((one) => one.kind === kind);
    this.#fields = fields.map((field) => makeField(field, kind, this.#say));
    for (const field of this.#fields) field.value = this.#typed[field.name];
    const details = this.#fields.filter((field) => field.detail);
    const heading = make("summary", { part: "details-heading" }, this.#say("form.details"));
    this.#details.replaceChildren(heading, make("div", { class: "rows" }, ...details.map((field) => field.node)));
    this.#details.open ||= details.some((field) => field.value);
    this.#rows.replaceChildren(...this.#fields.map((field) => (field.detail ? this.#details : field.node)));
  }

  #remember() {
    for (const field of this.#fields) this.#typed[field.name] = field.value;
  }

  /** All input so far, of both kinds. */
  get typed() {
    this.#remember();
    return { ...this.#typed, kind: this.#kind };
  }

  /** `keep`: accept the address as it is. */
  #submit(keep) {
    if (this.#sending) return;
    const codes = Object.fromEntries(this.#fields.map((field) => [field.name, field.check()]));
    if (!this.showErrors(codes)) this.#send(this.#kind, { ...this.#values(), keep });
  }

  /** The input of the chosen kind; empty fields are left out. */
  #values() {
    const filled = this.#fields.map((field) => [field.name, field.value]).filter(([, value]) => value !== "");
    return Object.fromEntries(filled);
  }

  /** Marks the fields that have error codes and links to them; returns how many there were. */
  showErrors(codes, values) {
    const wrong = [];
    for (const field of this.#fields) {
      const [code] = codes[field.name] || [];
      const named = values?.[field.name];
      const words = code && this.#say(`invalid.${code}`, named);
      // An address that may be misspelled: buttons to take the suggestion, or to keep the address.
      const choices = named?.suggestion ? [["take", named.suggestion], ["keep"]] : [];
      const buttons = choices.map(([key, value]) =>
        makeButton(this.#say(`form.typo.${key}`, named), () => {
          field.value = value;
          this.#submit(true);
        }),
      );
      field.judge(words, buttons);
      if (code) wrong.push([field, words]);
    }
    if (wrong.length) this.#summary.showFields(this.#kind, wrong);
    else this.#summary.clear();
    return wrong.length;
  }

  /** Shows why the submission failed; `page` is the URL of the hosted page, to sign there instead. */
  showRefusal(refusal, page) {
    if (this.showErrors(refusal.fields, refusal.values)) return;
    this.#summary.showRefusal(refusal, page);
    this.#button.textContent = this.#say("form.again");
  }

  /** While sending, the button keeps its place and focus but does nothing. */
  set sending(sending) {
    this.#sending = sending;
    this.#button.setAttribute("aria-disabled", sending);
    this.#button.textContent = this.#say(sending ? "form.sending" : "form.sign");
  }

  focusFirst() {
    this.#fields[0].control.focus();
  }
}
