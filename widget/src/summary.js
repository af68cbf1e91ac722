// Shows a summary of errors above the form: announced, focused, with a link to each wrong answer.
import { focusOn, make, makeLink } from "./dom.js";
import { labelOf } from "./field.js";

const SECONDS_A_MINUTE = 60;

/** Returns the message of an error code; an unknown code is shown as a server error. */
function explain(say, { code, waitSeconds }) {
  const known = say.find(`error.${code}`) ? code : "unavailable";
  const count = Math.ceil(waitSeconds / SECONDS_A_MINUTE);
  return say(`error.${known}`, { wait: say("wait.minutes", { count }) });
}

export class Summary {
  node = make("div", { part: "summary", class: "summary", role: "alert", hidden: true });
  #say;

  constructor(say) {
    this.#say = say;
  }

  #show(title, ...children) {
    const heading = make("h3", {}, title);
    this.node.replaceChildren(heading, ...children.filter(Boolean));
    this.node.hidden = false;
    focusOn(heading);
  }

  clear() {
    this.node.hidden = true;
    this.node.replaceChildren();
  }

  /** Lists the wrong fields, with a link to each. */
  showFields(kind, wrong) {
    const items = wrong.map(([field, words]) => {
      const link = make("a", { href: `#${field.name}`, part: "link" }, this.#say("form.labelled", { label: labelOf(this.#say, kind, field.name), value: words }));
      link.addEventListener("click", (event) => {
        event.preventDefault();
        field.reveal();
        field.control.focus();
      });
      return make("li", {}, link);
    });
    this.#show(this.#say("form.errors", { count: wrong.length }), make("ul", {}, ...items));
  }

  /** Shows why nothing was sent, that the input is not lost, and a link to sign elsewhere (`page`), if any. */
  showRefusal(refusal, page) {
    const words = `${explain(this.#say, refusal)} ${this.#say("form.kept")}`;
    this.#show(
      this.#say("form.failed"),
      make("p", {}, words),
      page && make("p", {}, makeLink(page, this.#say("form.elsewhere"))),
    );
  }
}
