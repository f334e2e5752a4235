/** UMA addresses as the protocol writes them: `$user@domain`. */

export type UmaProblem = "empty" | "dollar" | "at" | "user" | "domain";

const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;

function domainOk(domain: string): boolean {
  const [host = "", port, ...rest] = domain.split(":");
  if (rest.length > 0) return false;
  if (port !== undefined && !/^\d{1,5}$/.test(port)) return false;
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65535)) return false;
  const labels = host.split(".");
  if (!labels.every((label) => LABEL.test(label))) return false;
  // Only the sandbox uses a host name without a dot.
  return labels.length > 1 || host === "localhost";
}

/** Error of an address, or `null` if it is valid (UMAD-02). */
export function umaProblem(address: string): UmaProblem | null {
  if (address === "") return "empty";
  if (!address.startsWith("$")) return "dollar";
  const rest = address.slice(1);
  const at = rest.indexOf("@");
  if (at === -1 || at !== rest.lastIndexOf("@")) return "at";
  const user = rest.slice(0, at);
  if (!/^[a-z0-9._+-]{1,63}$/.test(user)) return "user";
  return domainOk(rest.slice(at + 1)) ? null : "domain";
}

/** Removes spaces and lowercases a pasted address. */
export function tidyUma(text: string): string {
  return text.trim().replace(/\s+/g, "").toLowerCase();
}

export function umaDomain(address: string): string {
  return address.slice(address.indexOf("@") + 1);
}
