// The embed doctor: with the attribute `debug` the element says on the page, in words, what is wrong with it.
import { make } from "./dom.js";

// Where this script came from: a cache plugin may have copied it. Known only while the script runs for the first time.
const SCRIPT = document.currentScript?.src ?? "";

/** What must be said where the server cannot be asked for words; page editors read English or a browser's console. */
const silent = (server) =>
  `No answer from ${server}. Is that address right? A Content-Security-Policy needs: script-src ${server}; ` +
  `frame-src ${server}; with "inline" connect-src ${server}.`;

/** Puts what the doctor found above the element's own content. */
export async function examine(element, api, server) {
  const panel = make("div", { part: "doctor", class: "summary", role: "status" });
  element.root.prepend(panel);
  const { title, findings } = await api
    .check({ version: VERSION, script: SCRIPT, clock: Math.floor(Date.now() / 1000) })
    .catch(({ code }) => ({ title: "Undersigned", findings: [{ text: code === "not-found" ? `404: ${element.statement}?` : silent(server) }] }));
  panel.append(make("strong", {}, title), make("ul", {}, ...findings.map(({ text }) => make("li", {}, text))));
}
