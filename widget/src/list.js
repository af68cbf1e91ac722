// <undersigned-signatories>: organisations and people apart, founding ones first, page after page, and a search.
import { Api } from "./api.js";
import { focusOn, make, makeButton } from "./dom.js";
import { Embedded } from "./embedded.js";
import { speaker } from "./messages.js";
import { makeAgain, wordsWithoutServer } from "./states.js";
import { makeSignatory } from "./signatory.js";

const KINDS = ["organisation", "individual"];
const WORTH_A_SEARCH = 20;
const TYPING_MS = 300;

/** The lines of one kind, and the button that brings more of them. */
class Group {
  node;
  title;
  next;
  #list = make("ul", { part: "signatories", class: "signatories", role: "list" });
  #more;

  constructor(kind, say, more) {
    this.kind = kind;
    this.say = say;
    this.title = make("h3", { part: "list-title" }, say(kind === "organisation" ? "list.organisations" : "list.people"));
    this.#more = makeButton(say("list.more"), () => more(this), { hidden: true });
    this.node = make("div", { part: "group", class: "group" }, this.title, this.#list, this.#more);
  }

  get length() {
    return this.#list.children.length;
  }

  /** Whoever pressed the last "more" goes on at the first line that it brought. */
  add({ signatories, next }, { anew } = {}) {
    const lines = signatories.map((one) => makeSignatory(one, this.say));
    const pressed = this.#more.matches(":focus");
    if (anew) this.#list.replaceChildren();
    this.#list.append(...lines);
    this.next = next;
    this.#more.hidden = !next;
    this.node.hidden = !this.length;
    if (pressed && !next && lines.length) focusOn(lines[0]);
  }
}

export class UndersignedSignatories extends Embedded {
  #api;
  #groups;
  #status;
  #say;
  #search;
  #typing;
  #round = 0;

  get #kinds() {
    const kind = this.getAttribute("kind");
    return KINDS.includes(kind) ? [kind] : KINDS;
  }

  async start() {
    if (this.root.firstChild.localName === "slot") this.root.replaceChildren(this.reserve("0:400"));
    this.#api = new Api(this.asked);
    try {
      const pages = await this.#pages("");
      this.#show(pages);
    } catch (refusal) {
      this.root.replaceChildren(make("slot"), makeAgain(wordsWithoutServer(this.spoken), () => this.reload()));
      this.tell("failed", { code: refusal.code ?? "server-unreadable" });
      return;
    }
    this.tell("ready", {});
  }

  #pages(q) {
    return Promise.all(this.#kinds.map((kind) => this.#api.list({ kind, q })));
  }

  #show(pages) {
    const [{ messages }] = pages;
    this.#say = speaker(messages);
    this.#groups = this.#kinds.map((kind) => new Group(kind, this.#say, (group) => this.#more(group)));
    this.#status = make("p", { part: "status", class: "hint", role: "status" });
    this.#search = make("input", { type: "search", id: "search", part: "input", autocomplete: "off", spellcheck: "false", dir: "auto" });
    this.#search.addEventListener("input", () => this.#seekSoon());
    const field = make("div", { part: "search" }, make("label", { for: "search", part: "label" }, this.#say("list.search")), this.#search);
    this.#fill(pages);
    field.hidden = this.#groups.every((group) => group.length <= WORTH_A_SEARCH);
    const { lang, dir } = messages;
    this.root.replaceChildren(make("div", { part: "list", lang, dir }, field, this.#status, ...this.#groups.map(({ node }) => node)));
  }

  #fill(pages) {
    for (const [place, page] of pages.entries()) this.#groups[place].add(page, { anew: true });
    const shown = this.#groups.filter((group) => group.length);
    for (const group of this.#groups) group.title.hidden = shown.length < 2;
    const query = this.#query;
    const [{ notice }] = pages;
    const nobody = (!query && notice) || this.#say(query ? "list.no-match" : "list.empty", { query });
    this.#status.textContent = shown.length ? notice : nobody;
  }

  get #query() {
    return this.#search.value.trim();
  }

  #seekSoon() {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => {
      this.#round++;
      this.#showOnceHere(this.#pages(this.#query), (pages) => this.#fill(pages));
    }, TYPING_MS);
  }

  /** A cursor whose key was retired while the page was open leads nowhere: then the list begins anew. */
  #more(group) {
    const asked = this.#api.list({ kind: group.kind, after: group.next, q: this.#query });
    this.#showOnceHere(asked, (page) => group.add(page));
    asked.catch((refusal) => refusal.code === "bad-request" && this.#seekSoon());
  }

  /** An answer that comes after a later question is not shown. */
  async #showOnceHere(asked, show) {
    const round = this.#round;
    try {
      const answer = await asked;
      if (round === this.#round) show(answer);
    } catch {
      this.#status.textContent = this.#say("list.unreachable");
    }
  }
}
