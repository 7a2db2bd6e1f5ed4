// The events of the site "demo", as they were defined when this file was made; do not edit it.

import type { Choice } from "pugmark";

declare module "pugmark" {
  interface Events {
    /** Signed up: After the form was sent. */
    signed_up: {
      /** Plan */
      plan: Choice<"free" | "pro">;
      seats: number;
      company: string;
      trial: boolean;
      /** Since when */
      since: Date | string | number;
    };
    signed_out: {};
  }
}
