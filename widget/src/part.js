// Loads a part of the widget that few visitors need, verified by the hash in this bundle.
import { under } from "./address.js";
import { Refusal } from "./api.js";
import { make } from "./dom.js";

let attempt = 0;

/**
 * Returns the module of a part; the browser runs it only if its hash matches the one in this bundle.  `import()` is the
 * only way to load a script under a Trusted Types policy, but it takes no hash. So the module is preloaded with its
 * hash, and `import()` then uses the preloaded module.
 */
export async function loadPart(name, server) {
  const integrity = PARTS[name];
  // The hash in the URL separates it from older files in caches. Browsers remember a failed module by its whole URL, so
  // a retry changes the fragment.
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
