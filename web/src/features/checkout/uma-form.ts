import type { Key } from "@/i18n/i18n";
import { umaProblem } from "@/lib/uma";

const texts = {
  empty: "buy.uma.empty",
  dollar: "buy.uma.dollar",
  at: "buy.uma.at",
  user: "buy.uma.user",
  domain: "buy.uma.domain",
} as const satisfies Record<string, Key>;

/** Error text for a UMA address, or `null`. */
export function umaMessage(address: string): Key | null {
  const problem = umaProblem(address);
  return problem ? texts[problem] : null;
}

/**
 * While typing, only errors that further input cannot fix are shown: "$ali" is incomplete, "alice" is wrong.
 */
export function umaMessageWhileTyping(address: string): Key | null {
  if (address === "" || address === "$") return null;
  if (!address.startsWith("$")) return texts.dollar;
  if (!address.includes("@")) {
    return /^\$[a-z0-9._+-]*$/.test(address) ? null : texts.user;
  }
  const problem = umaProblem(address);
  if (problem === "domain") {
    const domain = address.slice(address.indexOf("@") + 1);
    return /^[a-z0-9.:-]*$/.test(domain) ? null : texts.domain;
  }
  return problem ? texts[problem] : null;
}
