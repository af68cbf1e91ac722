// What few pages ever need, in one file: the doctor, the words for a server that does not answer, what was typed in another frame.
export { examine } from "./doctor.js";
export { give, take } from "./handover.js";
export { wordsFor } from "./words.js";
