// What must be said when the server does not answer: few words in each language that the server speaks.

/** Returns the words in the language that comes nearest; English where there are none. */
export function wordsFor(locale) {
  const language = locale.toLowerCase().split("-")[0];
  const lang = language in WORDS_WITHOUT_SERVER ? language : "en";
  const [unreachable, again] = WORDS_WITHOUT_SERVER[lang].split("|");
  return { lang, unreachable, again };
}
