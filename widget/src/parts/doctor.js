// The embed doctor: with the attribute `debug` the element says on the page, in words, what is wrong with it.
import { make } from "../dom.js";

/** What must be said where the server cannot be asked for words; page editors read English or a browser's console. */
const silent = (server) =>
  `No answer from ${server}. Is that address right? A Content-Security-Policy needs: script-src ${server}; ` +
  `frame-src ${server}; with "inline" connect-src ${server}.`;

/** Puts what the doctor found above the element's own content; `script` is where the bundle came from. */
export async function examine({ root, server, statement }, api, script) {
  const panel = make("div", { part: "doctor", class: "summary", role: "status" });
  root.prepend(panel);
  const { title, findings } = await api
    .check({ version: VERSION, script, clock: Math.floor(Date.now() / 1000) })
    .catch(({ code }) => ({ title: "Undersigned", findings: [{ text: code === "not-found" ? `404: ${statement}?` : silent(server) }] }));
  panel.append(make("strong", {}, title), make("ul", {}, ...findings.map(({ text }) => make("li", {}, text))));
}
