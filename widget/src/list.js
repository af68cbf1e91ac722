// <undersigned-signatories>: fetches the list; the part that shows it is loaded only if a page has this element.
import { Api } from "./api.js";
import { Embedded } from "./embedded.js";
import { makeAgain } from "./states.js";

const KINDS = ["organisation", "individual"];

/**
 * The public list of those who have signed, with a search.
 *
 * @attr {"individual" | "organisation"} kind - Lists these alone
 */
export class UndersignedSignatories extends Embedded {
  #list;

  /** Shows names that are newer than the moment `since`, with the current search. */
  refresh(since) {
    return this.#list?.refresh(since);
  }

  async start() {
    if (this.root.firstChild.localName === "slot") this.root.replaceChildren(this.reserve("0:400"));
    const kind = this.getAttribute("kind");
    const kinds = KINDS.includes(kind) ? [kind] : KINDS;
    const api = new Api(this.asked);
    try {
      // Fetch the names while the part that shows them is loading.
      const [part, ...pages] = await Promise.all([this.part("list"), ...kinds.map((one) => api.list({ kind: one }))]);
      this.#list = part.showList(this.root, api, kinds, pages);
    } catch (refusal) {
      this.sayUnreachable(this.root, makeAgain);
      this.tell("failed", { code: refusal.code ?? "server-unreadable" });
      return;
    }
    this.tell("ready", {});
  }
}
