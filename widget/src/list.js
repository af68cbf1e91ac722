// <undersigned-signatories>: organisations and people apart, founding ones first, page after page, and a search.
import { Api } from "./api.js";
import { make } from "./dom.js";
import { Embedded } from "./embedded.js";
import { speaker } from "./messages.js";
import { makeAgain, wordsWithoutServer } from "./panels.js";

const KINDS = ["organisation", "individual"];
const TITLES = { organisation: "list.organisations", individual: "list.people" };
const WORTH_A_SEARCH = 20;
const TYPING_MS = 300;

/** One signatory as people publish them: a line, and below it what they tell; who shows no name has all of it in the line. */
function makeSignatory(one, say) {
  const { title, affiliation, withdrawn } = one;
  const name = make(withdrawn ? "s" : "bdi", { part: "name", class: "name", dir: "auto" }, one.shown);
  const link = /^https?:/.test(one.website ?? "") && { href: one.website, part: "link", rel: "nofollow ugc noopener", target: "_blank" };
  const post = title && affiliation ? say("list.post", { title, affiliation }) : title || affiliation;
  const place = [one.city, one.country].filter(Boolean).join(", ");
  const lines = { withdrawn, ...(one.visibility !== "country" && { post, place, comment: one.comment }) };
  const below = Object.entries(lines).map(([part, words]) => words && make("span", { part, class: part }, make("bdi", {}, words)));
  return make("li", { part: "signatory" }, link ? make("a", link, name) : name, ...below);
}

/** The lines of one kind, and the button that brings more of them. */
class Group {
  node;
  next;
  #list = make("ul", { part: "signatories", class: "signatories", role: "list" });
  #title;
  #more;

  constructor(kind, say, more) {
    this.kind = kind;
    this.say = say;
    this.#title = make("h3", { part: "list-title" }, say(TITLES[kind]));
    this.#more = make("button", { type: "button", part: "secondary-button", class: "secondary", hidden: true }, say("list.more"));
    this.#more.addEventListener("click", () => more(this));
    this.node = make("div", { part: "group", class: "group" }, this.#title, this.#list, this.#more);
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
    if (pressed && !next && lines.length) {
      lines[0].tabIndex = -1;
      lines[0].focus();
    }
  }

  set titled(titled) {
    this.#title.hidden = !titled;
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
    const field = make("div", { part: "search", class: "search" }, make("label", { for: "search", part: "label" }, this.#say("list.search")), this.#search);
    this.#fill(pages);
    field.hidden = this.#groups.every((group) => group.length <= WORTH_A_SEARCH);
    const { lang, dir } = messages;
    this.root.replaceChildren(make("div", { part: "list", lang, dir }, field, this.#status, ...this.#groups.map(({ node }) => node)));
  }

  #fill(pages) {
    for (const [place, page] of pages.entries()) this.#groups[place].add(page, { anew: true });
    const shown = this.#groups.filter((group) => group.length);
    for (const group of this.#groups) group.titled = shown.length > 1;
    const query = this.#search.value.trim();
    const [{ notice }] = pages;
    const nobody = query ? this.#say("list.no-match", { query }) : (notice ?? this.#say("list.empty"));
    this.#status.textContent = shown.length ? notice : nobody;
  }

  #seekSoon() {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.#seek(), TYPING_MS);
  }

  /** An answer that comes after a later question is not shown. */
  async #seek() {
    const round = ++this.#round;
    try {
      const pages = await this.#pages(this.#search.value.trim());
      if (round === this.#round) this.#fill(pages);
    } catch {
      this.#status.textContent = this.#say("list.unreachable");
    }
  }

  async #more(group) {
    const round = this.#round;
    try {
      const page = await this.#api.list({ kind: group.kind, after: group.next, q: this.#search.value.trim() });
      if (round === this.#round) group.add(page);
    } catch {
      this.#status.textContent = this.#say("list.unreachable");
    }
  }
}
