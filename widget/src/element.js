// <undersigned-form>: attributes in, events out; what stands inside the tag stays until the form stands in its place.
import { Api } from "./api.js";
import { ParentFrame } from "./parent_frame.js";
import { make } from "./dom.js";
import { Embedded } from "./embedded.js";
import { Form } from "./form.js";
import { Frame, frameUrl } from "./frame.js";
import { SubmissionKey } from "./idempotency_key.js";
import { speaker } from "./messages.js";
import { focusPanel, makeDone, loadingSaid, makeHead, makeNotice, makeSent, makeUnreachable, wordsWithoutServer } from "./states.js";

const HEIGHT = "0:900 500:700"; // of a form with few fields, where the tag does not say it

export class UndersignedForm extends Embedded {
  #key = new SubmissionKey();
  #parentFrame;
  #api;
  #data;
  #say;
  #form;
  #head;
  #place;
  #frame;

  /** Puts the focus into the first field. */
  focusForm() {
    if (this.#frame) this.#frame.focus();
    else this.#form?.focusFirst();
  }

  tell(what, detail) {
    super.tell(what, detail);
    this.#parentFrame?.tell(what, detail);
  }

  async start() {
    this.#frame?.close();
    this.#frame = undefined;
    if (!this.hasAttribute("inline")) return this.#embed();
    if (this.hasAttribute("framed") && parent !== window) this.#parentFrame ??= new ParentFrame(() => this.focusForm());
    return this.#load();
  }

  /** Puts the server's own page into a frame; the tag's content stays until the form in there has come. */
  #embed() {
    const words = wordsWithoutServer(this.spoken);
    const meanwhile = this.reserve(HEIGHT, loadingSaid(words));
    this.#frame = new Frame(frameUrl(this, this.asked), words.frame, (what, detail) => {
      if (detail.code === "frame-silent") this.#showUnreachable();
      else meanwhile.remove(); // what failed inside is told inside, above a form that works
      this.tell(what, detail);
    });
    const { node } = this.#frame;
    node.style.blockSize = meanwhile.style.minBlockSize;
    if (this.getBoundingClientRect().top > 2 * innerHeight) node.loading = "lazy";
    this.root.replaceChildren(make("div", { class: "stack" }, node, meanwhile));
  }

  #showUnreachable() {
    this.root.replaceChildren(make("slot"), makeUnreachable(wordsWithoutServer(this.spoken), () => this.reload()));
  }

  async #load() {
    if (!this.#form && !this.hasAttribute("framed")) this.root.replaceChildren(this.reserve(HEIGHT, loadingSaid(wordsWithoutServer(this.spoken))));
    try {
      this.#api = new Api(this.asked);
      this.#data = await this.#api.load();
    } catch (refusal) {
      this.#showUnreachable();
      this.tell("failed", { code: refusal.code ?? "server-unreadable" });
      return;
    }
    this.#show();
    this.tell("ready", { state: this.#data.statement.state });
  }

  /** What was typed so far: into this form, or on our own page into the one without JavaScript; no other page's boxes. */
  #typed() {
    const inside = [...this.querySelectorAll(":scope[framed] form [name]")].map((one) => [one.name, one.type === "checkbox" ? one.checked : one.value]);
    return this.#form?.typed ?? Object.fromEntries(inside);
  }

  #show() {
    const { messages, form } = this.#data;
    this.#say = speaker(messages);
    this.#form = new Form(form.kinds, this.#say, (kind, values) => this.#submit(kind, values), this.#typed());
    this.#place = make("div", { part: "body" }, makeNotice(this.#data, this.#say) ?? this.#form.node);
    this.#head = makeHead(this.#data, this.#say);
    this.root.replaceChildren(make("section", { part: "frame", lang: messages.lang, dir: messages.dir }, this.#head, this.#place));
    if (this.hasAttribute("framed")) this.replaceChildren(); // our own page: what it was for is over
  }

  async #submit(kind, values) {
    const content = { kind, ...values, locale: this.#data.statement.locale };
    const key = this.#key.keyFor(content);
    const answer = await this.#send(this.#form, () => this.#api.submit({ ...content, key }), this.#data.statement.page);
    if (!answer) return;
    this.#key.accepted();
    this.#showSent(answer, key, values.email);
    this.tell("submitted", { state: answer.state });
  }

  /** Returns the server's answer to what a form sends; what was refused is said above that form. */
  async #send(form, ask, page) {
    form.sending = true;
    try {
      const answer = await ask();
      form.sending = false;
      return answer;
    } catch (refusal) {
      form.sending = false;
      form.showRefusal(refusal, page);
      this.tell("failed", { code: refusal.code });
    }
  }

  #showSent({ line, consent, fields, messages }, key, email) {
    const say = speaker({ ...this.#data.messages, ...messages });
    const form = new Form([{ kind: "code", fields }], say, (_, { code }) => this.#confirm(form, { key, code, consent }));
    this.#put(
      makeSent({ line, email, form }, say, () => {
        this.#place.replaceChildren(this.#form.node);
        this.#form.focusFirst();
      }),
    );
  }

  async #confirm(form, typed) {
    const answer = await this.#send(form, () => this.#api.confirm(typed));
    if (!answer) return;
    const { state, counts } = answer;
    const head = this.#head;
    this.#head = makeHead({ ...this.#data, counts }, this.#say);
    head.replaceWith(this.#head);
    this.#put(makeDone(answer));
    if (state === "no-seat") this.tell("failed", { code: state });
    else this.tell("confirmed", { state });
  }

  #put(panel) {
    this.#place.replaceChildren(panel);
    focusPanel(panel);
  }
}
