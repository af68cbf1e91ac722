// <undersigned-form>: attributes in, events out; the content of the tag is shown until the form is ready.
import { Api } from "./api.js";
import { ParentFrame } from "./parent_frame.js";
import { focusOn, make, makeButton, makeLink } from "./dom.js";
import { Embedded } from "./embedded.js";
import { Form } from "./form.js";
import { Frame, frameUrl } from "./frame.js";
import { SubmissionKey } from "./idempotency_key.js";
import { speaker } from "./messages.js";
import { TOKENS } from "./theme.js";
import { focusPanel, makeHead, makeNotice, makeRefused, makeSent, makeUnreachable } from "./states.js";

const HEIGHT = "0:900 500:700"; // for a form with few fields, if the tag has no height attribute

/**
 * The form of one statement.
 *
 * @attr {boolean} inline - Rendered in the page itself; without it in a frame that the page's scripts cannot look into
 * @method {void} focusForm() - Puts the focus into the first field, once the form is ready
 * @fires {{state: "pending"}} undersigned:submitted - The form was sent, and an email is on its way
 * @fires {{state: "confirmed" | "already" | "held"}} undersigned:confirmed - Somebody signed by the code of the email
 */
export class UndersignedForm extends Embedded {
  /** Functions that the lazily loaded parts use too. */
  static shared = { focusOn, make, makeButton, makeLink, speaker };

  #key = new SubmissionKey();
  #parentFrame;
  #api;
  #data;
  #say;
  #form;
  #head;
  #place;
  #frame;
  #begun = false;
  #shown; // the frame whose form is ready: the current one, or the one before it
  #reached;
  #handed;

  /** Puts the focus into the first field. */
  focusForm() {
    if (this.#frame) this.#frame.focus();
    else this.#form?.focusFirst();
  }

  tell(what, detail) {
    if (what !== "failed") this.#reached = what;
    super.tell(what, detail);
    this.#parentFrame?.tell(what, detail);
  }

  connectedCallback() {
    this.#frame?.open();
    super.connectedCallback();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#frame?.close();
  }

  /**
   * Says whether a change of this attribute waits for `reload()`: `inline` once the form is ready; after sending, all
   * but `server` and `statement`.
   */
  holds(name) {
    return this.#reached && (name === "inline" || (this.#reached !== "ready" && name !== "server" && name !== "statement"));
  }

  look() {
    super.look();
    if (this.#frame) this.#frame.looks = this.looks;
  }

  async start() {
    if (!this.hasAttribute("inline")) return this.#embed();
    this.#frame?.close();
    this.#frame = this.#shown = undefined;
    if (this.hasAttribute("framed") && parent !== window) {
      this.#parentFrame ??= new ParentFrame({
        focus: () => this.focusForm(),
        wear: (looks) => this.#wear(looks),
        typed: () => this.#typed(),
        take: (typed) => this.#take(typed),
        part: (name) => this.part(name),
      });
    }
    return this.#load();
  }

  /** Shows the server's page in a frame; the old content stays until the form in it is ready. */
  #embed() {
    const before = this.#shown;
    if (this.#frame !== before) this.#frame.close();
    const meanwhile = before ? before.node : this.reserve(HEIGHT);
    const frame = new Frame(
      frameUrl(this.asked, this.looks),
      this.textContent.trim(),
      (what, detail) => {
        if (detail.code === "frame-silent") {
          frame.node.style.blockSize = "";
          if (!before) this.sayUnreachable(meanwhile, makeUnreachable);
        } else {
          meanwhile.remove(); // failures inside the frame are shown there, above a working form
          if (this.#shown !== frame) this.#shown?.close();
          this.#shown = frame;
        }
        this.tell(what, detail);
      },
      before,
    );
    this.#frame = frame;
    frame.looks = this.looks;
    if (before) {
      for (const node of [...before.node.parentNode.childNodes]) if (node !== before.node) node.remove();
      before.node.after(frame.node);
      return;
    }
    frame.node.style.blockSize = meanwhile.style.minBlockSize;
    if (this.getBoundingClientRect().top > 2 * innerHeight) frame.node.loading = "lazy";
    this.root.replaceChildren(make("div", { class: "stack" }, frame.node, meanwhile));
  }

  /** Applies the looks that the embedding page has sent. */
  #wear(looks) {
    document.documentElement.className = `framed ${looks.theme}`;
    for (const name of TOKENS) {
      if (looks[name]) this.setAttribute(name, looks[name]);
      else this.removeAttribute(name);
    }
  }

  /** Takes over the input of the form in the previous frame. */
  #take(typed) {
    this.#handed = typed;
    if (this.#form) this.#show();
  }

  async #load() {
    if (!this.#form && !this.hasAttribute("framed")) this.root.replaceChildren(this.reserve(HEIGHT));
    let allowed;
    try {
      this.#api = new Api(this.asked);
      // Our own page in the frame may always POST. For other pages the server decides by their origin, so the answer is
      // not cached.
      if (!this.hasAttribute("framed")) allowed = this.#api.check({}).catch(() => ({}));
      this.#data = await this.#api.load();
    } catch (refusal) {
      this.sayUnreachable(this.root, makeUnreachable);
      this.tell("failed", { code: refusal.code ?? "server-unreadable" });
      return;
    }
    this.#show();
    this.tell("ready", { state: this.#data.statement.state });
    if ((await allowed)?.may_post === false) this.#refuse();
  }

  /** Says that this page may not send signatures before anybody fills in the form; a form in use stays. */
  #refuse() {
    if (this.#begun || this.#data.statement.state !== "open") return;
    this.#place.replaceChildren(makeRefused(this.#data.statement, this.#say));
    this.tell("failed", { code: "origin-refused" });
  }

  /**
   * The input so far: of this form, or in our own page of the form without JavaScript; never of other forms in the
   * page.
   */
  #typed() {
    if (this.#handed) return this.#handed;
    const inside = [...this.querySelectorAll(":scope[framed] form [name]")].map((one) => [one.name, one.type === "checkbox" ? one.checked : one.value]);
    return this.#form?.typed ?? Object.fromEntries(inside);
  }

  #show() {
    const { messages, form } = this.#data;
    this.#say = speaker(messages);
    this.#form = new Form(form.kinds, this.#say, (kind, values) => this.#submit(kind, values), this.#typed());
    const begin = () => {
      this.#begun = true;
      this.#loadRest();
    };
    this.#form.node.addEventListener("focusin", begin, { once: true });
    this.#handed = undefined;
    this.#place = make("div", { part: "body" }, makeNotice(this.#data, this.#say) ?? this.#form.node);
    this.#head = makeHead(this.#data, this.#say);
    this.root.replaceChildren(make("section", { part: "frame", lang: messages.lang, dir: messages.dir }, this.#head, this.#place));
    if (this.hasAttribute("framed")) this.replaceChildren(); // in our own page: the form without JavaScript is replaced
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

  /** Returns the server's answer to a form; an error is shown above that form. */
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

  /**
   * Shows "check your email". The link in the email confirms too, so this panel is complete even if the part does not
   * load.
   */
  async #showSent({ line, consent, fields, messages }, key, email) {
    const say = speaker({ ...this.#data.messages, ...messages });
    const panel = makeSent(email, say);
    this.#put(panel);
    const part = await this.#loadRest();
    const form = new Form([{ kind: "code", fields }], say, (_, { code }) => this.#confirm(part, form, { key, code, consent }));
    const correct = () => {
      this.#place.replaceChildren(this.#form.node);
      this.#form.focusFirst();
    };
    part?.completeSent(this.root, panel, { line, form, correct }, say);
  }

  /** Loads the part for the steps after sending, as soon as somebody starts to fill in the form. */
  #loadRest() {
    return this.part("sent").catch(() => {});
  }

  async #confirm(part, form, typed) {
    const answer = await this.#send(form, () => this.#api.confirm(typed));
    if (!answer) return;
    const { state, counts } = answer;
    const head = this.#head;
    this.#head = makeHead({ ...this.#data, counts }, this.#say);
    head.replaceWith(this.#head);
    this.#put(part.makeDone(answer));
    if (state === "no-seat") this.tell("failed", { code: state });
    else this.tell("confirmed", { state });
  }

  #put(panel) {
    this.#place.replaceChildren(panel);
    focusPanel(panel);
  }
}
