// Formats the server's messages: flat keys, {placeholders}, CLDR plural objects chosen by `count`.

/** Returns `say(key, values)`; `say.find(...keys)` returns the first existing message, or undefined. */
export function speaker(messages) {
  const plural = new Intl.PluralRules(messages.lang);
  const say = (key, values = {}) => {
    const message = messages[key] ?? key;
    const form = typeof message === "object" ? (message[plural.select(values.count)] ?? message.other) : message;
    return form.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  };
  say.find = (...keys) => keys.map((key) => messages[key]).find(Boolean);
  return say;
}
