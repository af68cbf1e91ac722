// The embed doctor: with the attribute `debug`, the element shows on the page what is wrong with its embedding.
import { make } from "../dom.js";

/** Messages for when the server does not answer; they are English, because only page editors read them. */
const silent = (server) =>
  `No answer from ${server}. Is that address right? A Content-Security-Policy needs: script-src ${server}; ` +
  `frame-src ${server}; with "inline" connect-src ${server}.`;

/** Shows the findings above the element's own content; `script` is the URL of the bundle. */
export async function examine({ root, server, statement }, api, script) {
  const panel = make("div", { part: "doctor", class: "summary", role: "status" });
  root.prepend(panel);
  const { title, findings } = await api
    .check({ version: VERSION, script, clock: Math.floor(Date.now() / 1000) })
    .catch(({ code }) => ({ title: "Undersigned", findings: [{ text: code === "not-found" ? `404: ${statement}?` : silent(server) }] }));
  panel.append(make("strong", {}, title), make("ul", {}, ...findings.map(({ text }) => make("li", {}, text))));
}
