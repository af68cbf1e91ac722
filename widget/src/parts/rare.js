// Rarely needed code in one file: the doctor, the words for an unreachable server, the handover between frames.
export { examine } from "./doctor.js";
export { give, take } from "./handover.js";
export { wordsFor } from "./words.js";
