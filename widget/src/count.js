// <undersigned-count>: how many have signed, how many days are left, who signed most recently.
import { Api } from "./api.js";
import { make } from "./dom.js";
import { Embedded } from "./embedded.js";
import { speaker } from "./messages.js";
import { makeCount } from "./states.js";

/** How many have signed, of how many, how many days are left, and who signed last. */
export class UndersignedCount extends Embedded {
  start() {
    if (this.root.firstChild.localName === "slot") this.root.replaceChildren(this.reserve("0:64"));
    return this.refresh();
  }

  /** Shows counts that are newer than the moment `since`; if they do not load, the old ones stay. */
  async refresh(since) {
    try {
      const data = await new Api(this.asked).load(since);
      const { lang, dir } = data.messages;
      const latest = data.counts.latest_text;
      const said = [...makeCount(data, speaker(data.messages)), latest && make("p", { part: "latest", class: "latest" }, latest)];
      this.root.replaceChildren(make("div", { part: "support", lang, dir }, ...said));
      if (!since) this.tell("ready", { state: data.statement.state });
    } catch (refusal) {
      if (since) return;
      this.root.replaceChildren(make("slot"));
      this.tell("failed", { code: refusal.code ?? "server-unreadable" });
    }
  }
}
