// The public list: organisations and people separately, founders first, with paging and a search.
import { focusOn, make, makeButton } from "../dom.js";
import { speaker } from "../messages.js";
import listCss from "./list.css";
import signatoryCss from "./signatory.css";
import { makeSignatory } from "./signatory.js";
import { styles } from "./styles.js";

const WORTH_A_SEARCH = 20;
const TYPING_MS = 300;
const addStyles = styles(listCss + signatoryCss);

/** The lines of one kind, and the button that loads more. */
class Group {
  node;
  title;
  next;
  #list = make("ul", { part: "signatories", class: "signatories", role: "list" });
  #more;

  constructor(kind, say, more) {
    this.kind = kind;
    this.say = say;
    this.title = make("h2", { part: "list-title" }, say(kind === "organisation" ? "list.organisations" : "list.people"));
    this.#more = makeButton(say("list.more"), () => more(this), { hidden: true });
    this.node = make("div", { part: "group", class: "group" }, this.title, this.#list, this.#more);
  }

  get length() {
    return this.#list.children.length;
  }

  /**
   * Adds lines. After the last "more" the focus moves to the first new line; with `anew`, unchanged lines keep their
   * nodes and focus.
   */
  add({ signatories, next }, { anew } = {}) {
    const lines = signatories.map((one) => makeSignatory(one, this.say));
    const pressed = this.#more.matches(":focus");
    const kept = anew ? [...this.#list.children] : [];
    for (const [place, line] of lines.entries()) {
      const old = kept[place];
      if (!old) this.#list.append(line);
      else if (old.textContent !== line.textContent) old.replaceWith(line);
    }
    for (const old of kept.slice(lines.length)) old.remove();
    this.next = next;
    this.#more.hidden = !next;
    this.node.hidden = !this.length;
    if (pressed && !next && lines.length) focusOn(lines[0]);
  }
}

class List {
  node;
  #api;
  #kinds;
  #groups;
  #status;
  #say;
  #search;
  #typing;
  #round = 0;

  constructor(api, kinds, pages) {
    this.#api = api;
    this.#kinds = kinds;
    this.#show(pages);
  }

  #pages(q) {
    return Promise.all(this.#kinds.map((kind) => this.#api.list({ kind, q })));
  }

  /** Shows names that are newer than `since`, at least as many as before, with the current search. */
  async refresh(since) {
    this.#round++;
    await this.#showOnceHere(Promise.all(this.#groups.map((group) => this.#upTo(group, since))), (pages) => this.#fill(pages));
  }

  async #upTo({ kind, length, next: isPart }, since) {
    const q = this.#query;
    const { ...all } = await this.#api.list({ kind, q }, since);
    while (all.next && (!isPart || all.signatories.length < length)) {
      const { signatories, next } = await this.#api.list({ kind, q, after: all.next }, since);
      Object.assign(all, { signatories: [...all.signatories, ...signatories], next });
    }
    return all;
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
    this.node = make("div", { part: "list", lang, dir }, field, this.#status, ...this.#groups.map(({ node }) => node));
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

  /**
   * Loads more lines; if the cursor has become invalid because its key was retired, the list starts from the beginning.
   */
  #more(group) {
    const asked = this.#api.list({ kind: group.kind, after: group.next, q: this.#query });
    this.#showOnceHere(asked, (page) => group.add(page));
    asked.catch((refusal) => refusal.code === "bad-request" && this.#seekSoon());
  }

  /** Shows an answer, unless a later request has replaced it. */
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

/** Shows the list in an element's root and returns it; `pages` are the first pages of these kinds. */
export function showList(root, api, kinds, pages) {
  addStyles(root);
  const list = new List(api, kinds, pages);
  root.replaceChildren(list.node);
  return list;
}
