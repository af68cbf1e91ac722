// Messages for when the server does not answer: a few words in each of the server's languages.

/** Returns the words in the nearest language, else in English. */
export function wordsFor(locale) {
  const language = locale.toLowerCase().split("-")[0];
  const lang = language in WORDS_WITHOUT_SERVER ? language : "en";
  const [unreachable, again] = WORDS_WITHOUT_SERVER[lang].split("|");
  return { lang, unreachable, again };
}
