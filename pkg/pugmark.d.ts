/** A value that can be recorded. Dates become ISO 8601, arrays are joined with `;`, objects become JSON. */
export type PropertyValue = string | number | boolean | bigint | Date | null | undefined | object;

/** What a completion carries: at most 50 properties; what does not fit is cut, and told by `on("adjusted")`. */
export type Properties = Record<string, PropertyValue>;

/**
 * The site's events, each with the properties it may carry. Empty here, and then any name and property may be recorded;
 * the declaration that the studio and `./build.sh types` make of a site's definitions adds to it.
 */
export interface Events {}

/** The name of an event: one of the site's, once they are declared. */
export type EventName = [keyof Events] extends [never] ? string : keyof Events;

/** What an event may carry: its own properties, all of them optional, and Pugmark's `hs_` ones. */
export type PropertiesOf<Name extends EventName> = Name extends keyof Events
  ? { [Property in keyof Events[Name]]?: Events[Name][Property] | null } & { [property: `hs_${string}`]: PropertyValue }
  : Properties;

/** One or several values of an enumeration: one, a list, or as text with `;` between them. */
export type Choice<Value extends string> = Value | readonly Value[] | `${Value};${string}`;

/** Options of `init`; on the script tag the same names after `data-`, `cookieDomain` as `data-cookie-domain`. */
export interface Options {
  /** The site's key. */
  site: string;
  /** The collector's address. */
  endpoint: string;
  /** Whether page views count by themselves. Default `auto`. */
  pageviews?: "auto" | "manual";
  /** Whether a change of the fragment is a new page. Default `false`. */
  hash?: boolean;
  /** Whether nothing is stored or sent before `setConsent`. Default `granted`. */
  consent?: "granted" | "required";
  /** Whether visitors stay unknown. Default `false`. */
  anonymous?: boolean;
  /** The cookie's domain. Default: the widest that works. */
  cookieDomain?: string;
  /** Whether Global Privacy Control counts as a refusal. Default `honour`. */
  gpc?: "honour" | "ignore";
  /** A further global queue to answer, such as `_hsq`. */
  queue?: string;
  /** Whether to explain on the console what is done. Default `false`. */
  debug?: boolean;
}

/** What became of the events of this page so far. */
export interface Report {
  sent: number;
  pending: number;
  lost: number;
}

/** What the tracker is doing. */
export interface Status extends Report {
  site: string;
  endpoint: string;
  consent: "granted" | "awaited" | "refused" | "do_not_track";
  visitor?: string;
  session?: string;
  /** Whether local storage can be used; without it, events wait in memory. */
  storage: boolean;
  losses: { reason: string; events: number }[];
  /** Whether the last try to send failed. */
  retrying: boolean;
  /** The HTTP status of the last answer; 0 when none came, or one that is neither a receipt nor asks to come again. */
  lastAnswer?: number;
  /** Whether the site's definitions have arrived. */
  rules: boolean;
  /** When each codeless event last fired on this page, in milliseconds since 1970. */
  fired: { name: string; at: number }[];
}

/** What can be listened to, with what is told. */
export interface Notices {
  completion: { id: string; name: string; properties: Record<string, string | number | boolean> };
  adjusted: { name: string; changes: string[] };
  delivered: { events: number };
  lost: { events: number; reason: string };
  consent: { consent: Status["consent"] };
  identity: Record<string, string | number | boolean>;
}

/** Who the visitor is. */
export interface Identity {
  email?: string;
  id?: string | number;
  [property: string]: PropertyValue;
}

/** Starts the tracker. Calls made earlier have waited and are made then, with their own times. */
export function init(options: Options): void;

/** Records a completion. */
export function trackCustomEvent<Name extends EventName>(name: Name, properties?: PropertiesOf<Name>): void;
export function trackCustomEvent<Name extends EventName>(event: { name: Name; properties?: PropertiesOf<Name> }): void;

/** The older name of `trackCustomEvent` in HubSpot's API. */
export const trackCustomBehavioralEvent: typeof trackCustomEvent;

/** HubSpot's legacy call. */
export function trackEvent(event: { id: string | number; value?: PropertyValue } & Properties): void;

/** Records a page view. */
export function trackPageView(): void;

/** Says what the path of what follows is. Sends nothing. */
export function setPath(path: string): void;

/** Says who the visitor is. */
export function identify(who: Identity): void;

/** Gives or refuses consent. */
export function setConsent(consent: { analytics: boolean }): void;

/** Refuses consent that was given; what is stored is erased. */
export function revokeConsent(): void;

/** Stops everything, or with `{ track: true }` takes that back. */
export function doNotTrack(how?: { track?: boolean }): void;

/** Listens; returns the function that undoes it. */
export function on<K extends keyof Notices>(kind: K, listener: (notice: Notices[K]) => void): () => void;

/** Sends what waits. Never rejects. */
export function flush(): Promise<Report>;

/** Forgets the visitor, as at sign-out. */
export function reset(): void;

/** Tells what the tracker is doing; nothing before `init`. */
export function status(): Status | undefined;

/** Explains on the console what is done, or stops with `false`. */
export function debug(on?: boolean): void;

/** Takes commands, as the script tag's queue does: `push(["trackCustomEvent", "signed_up", {}])`. */
export function push(...commands: (readonly [string, ...unknown[]] | ((api: object) => void))[]): void;

declare global {
  interface Window {
    /** The queue, and after the script has arrived the tracker. */
    pugmark?: {
      push: typeof push;
      trackCustomEvent: typeof trackCustomEvent;
      trackCustomBehavioralEvent: typeof trackCustomBehavioralEvent;
      trackEvent: typeof trackEvent;
      trackPageView: typeof trackPageView;
      setPath: typeof setPath;
      identify: typeof identify;
      setConsent: typeof setConsent;
      revokeConsent: typeof revokeConsent;
      doNotTrack: typeof doNotTrack;
      on: typeof on;
      flush: typeof flush;
      reset: typeof reset;
      status: typeof status;
      debug: typeof debug;
    };
  }
}
