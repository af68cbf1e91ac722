// URLs of the server, with query parameters.

/**
 * The URL of this script, which may be a copy by a cache plugin. Only known while the script runs for the first time.
 */
export const SCRIPT = document.currentScript?.src ?? "";

/** Adds parameters to the query of a URL; empty ones are left out. */
export function addTo(url, facts) {
  for (const [name, value] of Object.entries(facts)) if (value) url.searchParams.set(name, value);
  return url;
}

/** Returns the URL of a path on the server, which may itself be in a folder of its host. */
export const under = (server, path) => new URL(path, server.replace(/\/*$/, "/"));

/** Returns the URL of a statement below a path on the server. */
export const addressOf = (server, path, statement, facts) => addTo(under(server, path + encodeURIComponent(statement)), facts);
