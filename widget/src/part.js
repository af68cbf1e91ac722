// Loads a part of the widget that few visitors need: from the server, and only with the bytes that were built with this.
import { under } from "./address.js";
import { Refusal } from "./api.js";
import { make } from "./dom.js";

let attempt = 0;

/** Returns the module of a part; a browser runs it only if it has the hash that stands in this bundle.
 *
 * A policy with Trusted Types lets a script load another by `import()` alone, which takes no hash. So the module is
 * preloaded with its hash, and what was preloaded is what `import()` gets.
 */
export async function loadPart(name, server) {
  const integrity = PARTS[name];
  // The hash in the address keeps older bytes in caches apart; a failed module is remembered under its whole address.
  const { href } = under(server, `widget/${VERSION}/${name}.js?${integrity}#${attempt}`);
  const link = make("link", { rel: "modulepreload", crossorigin: "anonymous", referrerpolicy: "strict-origin", integrity, href });
  try {
    await new Promise((resolve, reject) => {
      if (!link.relList.supports("modulepreload")) reject();
      link.onload = resolve;
      link.onerror = reject;
      document.head.append(link);
    });
    return await import(href);
  } catch {
    attempt++;
    console.error(`Undersigned: ${href} did not load`);
    throw new Refusal("part-missing");
  } finally {
    link.remove();
  }
}
