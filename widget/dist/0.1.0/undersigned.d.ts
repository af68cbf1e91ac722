// Types of the elements of Undersigned 0.1.0; built from the source, like the script beside it.
//
// React 19 looks for elements in its own module, so add this to a file of yours:
//   import type { UndersignedElements } from "./undersigned";
//   declare module "react" { namespace JSX { interface IntrinsicElements extends UndersignedElements {} } }

/** What every element in JSX may have besides. */
export interface UndersignedCommon {
  children?: unknown;
  class?: string;
  className?: string;
  id?: string;
  key?: string | number;
  lang?: string;
  ref?: unknown;
  slot?: string;
  style?: unknown;
}

export interface UndersignedFormEvents {
  /** The form was sent, and an email is on its way */
  "undersigned:submitted": CustomEvent<{state: "pending"}>;
  /** Somebody signed by the code of the email */
  "undersigned:confirmed": CustomEvent<{state: "confirmed" | "already" | "held"}>;
  /** It is there: the state of the statement */
  "undersigned:ready": CustomEvent<{state?: string}>;
  /** It could not load or send, and why */
  "undersigned:failed": CustomEvent<{code: string}>;
}

/** The form of one statement. */
export interface UndersignedForm extends HTMLElement {
  /** Rendered in the page itself; without it in a frame that the page's scripts cannot look into */
  inline: boolean;
  /** The address of the server, with https://; must be given */
  server: string;
  /** The short name of the statement; must be given */
  statement: string;
  /** The short name under which the server knows this website */
  partner: string;
  /** The language, as in "fr"; without it that of the page */
  locale: string;
  /** Without it what suits the text around the element */
  theme: "light" | "dark" | "";
  /** Puts the focus into the first field, once the form is ready */
  focusForm(): void;
  /** Loads the form again, and keeps what was typed */
  reload(): Promise<void>;
  addEventListener<K extends keyof UndersignedFormEvents>(
    type: K,
    listener: (this: UndersignedForm, event: UndersignedFormEvents[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener<K extends keyof HTMLElementEventMap>(
    type: K,
    listener: (this: UndersignedForm, event: HTMLElementEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

export interface UndersignedFormAttributes extends UndersignedCommon {
  /** Rendered in the page itself; without it in a frame that the page's scripts cannot look into */
  inline?: boolean | "";
  /** The address of the server, with https://; must be given */
  server: string;
  /** The short name of the statement; must be given */
  statement: string;
  /** The short name under which the server knows this website */
  partner?: string;
  /** The language, as in "fr"; without it that of the page */
  locale?: string;
  /** Without it what suits the text around the element */
  theme?: "light" | "dark";
  /** Says on the page, in words, what is wrong with it */
  debug?: boolean | "";
  /** Colour of buttons and links, as #rrggbb */
  accent?: string;
  /** Colour of the words on buttons, as #rrggbb */
  "on-accent"?: string;
  /** Colour of the text, as #rrggbb */
  text?: string;
  /** Colour behind the text, as #rrggbb or transparent */
  background?: string;
  /** What the page has behind the element, as #rrggbb, where that is a picture */
  ground?: string;
  /** Of corners, in px, rem or em */
  radius?: string;
  /** Between fields, in px, rem or em */
  gap?: string;
  /** Inside of the border, in px, rem or em */
  padding?: string;
  /** Of letters, in px, rem or em */
  size?: string;
  /** The form was sent, and an email is on its way */
  "onundersigned:submitted"?: (event: UndersignedFormEvents["undersigned:submitted"]) => void;
  /** Somebody signed by the code of the email */
  "onundersigned:confirmed"?: (event: UndersignedFormEvents["undersigned:confirmed"]) => void;
  /** It is there: the state of the statement */
  "onundersigned:ready"?: (event: UndersignedFormEvents["undersigned:ready"]) => void;
  /** It could not load or send, and why */
  "onundersigned:failed"?: (event: UndersignedFormEvents["undersigned:failed"]) => void;
}

export interface UndersignedSignatoriesEvents {
  /** It is there: the state of the statement */
  "undersigned:ready": CustomEvent<{state?: string}>;
  /** It could not load or send, and why */
  "undersigned:failed": CustomEvent<{code: string}>;
}

/** The public list of those who have signed, with a search. */
export interface UndersignedSignatories extends HTMLElement {
  /** Lists these alone */
  kind: "individual" | "organisation" | "";
  /** The address of the server, with https://; must be given */
  server: string;
  /** The short name of the statement; must be given */
  statement: string;
  /** The short name under which the server knows this website */
  partner: string;
  /** The language, as in "fr"; without it that of the page */
  locale: string;
  /** Without it what suits the text around the element */
  theme: "light" | "dark" | "";
  /** Loads the form again, and keeps what was typed */
  reload(): Promise<void>;
  addEventListener<K extends keyof UndersignedSignatoriesEvents>(
    type: K,
    listener: (this: UndersignedSignatories, event: UndersignedSignatoriesEvents[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener<K extends keyof HTMLElementEventMap>(
    type: K,
    listener: (this: UndersignedSignatories, event: HTMLElementEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

export interface UndersignedSignatoriesAttributes extends UndersignedCommon {
  /** Lists these alone */
  kind?: "individual" | "organisation";
  /** The address of the server, with https://; must be given */
  server: string;
  /** The short name of the statement; must be given */
  statement: string;
  /** The short name under which the server knows this website */
  partner?: string;
  /** The language, as in "fr"; without it that of the page */
  locale?: string;
  /** Without it what suits the text around the element */
  theme?: "light" | "dark";
  /** Says on the page, in words, what is wrong with it */
  debug?: boolean | "";
  /** Colour of buttons and links, as #rrggbb */
  accent?: string;
  /** Colour of the words on buttons, as #rrggbb */
  "on-accent"?: string;
  /** Colour of the text, as #rrggbb */
  text?: string;
  /** Colour behind the text, as #rrggbb or transparent */
  background?: string;
  /** What the page has behind the element, as #rrggbb, where that is a picture */
  ground?: string;
  /** Of corners, in px, rem or em */
  radius?: string;
  /** Between fields, in px, rem or em */
  gap?: string;
  /** Inside of the border, in px, rem or em */
  padding?: string;
  /** Of letters, in px, rem or em */
  size?: string;
  /** It is there: the state of the statement */
  "onundersigned:ready"?: (event: UndersignedSignatoriesEvents["undersigned:ready"]) => void;
  /** It could not load or send, and why */
  "onundersigned:failed"?: (event: UndersignedSignatoriesEvents["undersigned:failed"]) => void;
}

export interface UndersignedCountEvents {
  /** It is there: the state of the statement */
  "undersigned:ready": CustomEvent<{state?: string}>;
  /** It could not load or send, and why */
  "undersigned:failed": CustomEvent<{code: string}>;
}

/** How many have signed, of how many, how many days are left, and who signed last. */
export interface UndersignedCount extends HTMLElement {
  /** The address of the server, with https://; must be given */
  server: string;
  /** The short name of the statement; must be given */
  statement: string;
  /** The short name under which the server knows this website */
  partner: string;
  /** The language, as in "fr"; without it that of the page */
  locale: string;
  /** Without it what suits the text around the element */
  theme: "light" | "dark" | "";
  /** Loads the form again, and keeps what was typed */
  reload(): Promise<void>;
  addEventListener<K extends keyof UndersignedCountEvents>(
    type: K,
    listener: (this: UndersignedCount, event: UndersignedCountEvents[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener<K extends keyof HTMLElementEventMap>(
    type: K,
    listener: (this: UndersignedCount, event: HTMLElementEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

export interface UndersignedCountAttributes extends UndersignedCommon {
  /** The address of the server, with https://; must be given */
  server: string;
  /** The short name of the statement; must be given */
  statement: string;
  /** The short name under which the server knows this website */
  partner?: string;
  /** The language, as in "fr"; without it that of the page */
  locale?: string;
  /** Without it what suits the text around the element */
  theme?: "light" | "dark";
  /** Says on the page, in words, what is wrong with it */
  debug?: boolean | "";
  /** Colour of buttons and links, as #rrggbb */
  accent?: string;
  /** Colour of the words on buttons, as #rrggbb */
  "on-accent"?: string;
  /** Colour of the text, as #rrggbb */
  text?: string;
  /** Colour behind the text, as #rrggbb or transparent */
  background?: string;
  /** What the page has behind the element, as #rrggbb, where that is a picture */
  ground?: string;
  /** Of corners, in px, rem or em */
  radius?: string;
  /** Between fields, in px, rem or em */
  gap?: string;
  /** Inside of the border, in px, rem or em */
  padding?: string;
  /** Of letters, in px, rem or em */
  size?: string;
  /** It is there: the state of the statement */
  "onundersigned:ready"?: (event: UndersignedCountEvents["undersigned:ready"]) => void;
  /** It could not load or send, and why */
  "onundersigned:failed"?: (event: UndersignedCountEvents["undersigned:failed"]) => void;
}

export interface UndersignedElements {
  "undersigned-form": UndersignedFormAttributes;
  "undersigned-signatories": UndersignedSignatoriesAttributes;
  "undersigned-count": UndersignedCountAttributes;
}

declare global {
  interface HTMLElementTagNameMap {
    "undersigned-form": UndersignedForm;
    "undersigned-signatories": UndersignedSignatories;
    "undersigned-count": UndersignedCount;
  }
  namespace JSX {
    interface IntrinsicElements extends UndersignedElements {}
  }
}
