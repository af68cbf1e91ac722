// <undersigned-count>: how many have signed, how many days are left, who signed most recently.
import { Api } from "./api.js";
import { make } from "./dom.js";
import { Embedded } from "./embedded.js";
import { speaker } from "./messages.js";
import { makeCount } from "./states.js";

export class UndersignedCount extends Embedded {
  async start() {
    if (this.root.firstChild.localName === "slot") this.root.replaceChildren(this.reserve("0:64"));
    try {
      const data = await new Api(this.asked).load();
      const { lang, dir } = data.messages;
      const latest = data.counts.latest_text;
      const said = [...makeCount(data, speaker(data.messages)), latest && make("p", { part: "latest", class: "latest" }, latest)];
      this.root.replaceChildren(make("div", { part: "support", lang, dir }, ...said));
      this.tell("ready", { state: data.statement.state });
    } catch (refusal) {
      this.root.replaceChildren(make("slot"));
      this.tell("failed", { code: refusal.code ?? "server-unreadable" });
    }
  }
}
