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
  // A bare name is only a machine on this network: the sandbox.
  return labels.length > 1 || host === "localhost";
}

/** What is wrong with an address, or `null` when the protocol's grammar accepts it. */
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

/** People paste spaces and capitals; addresses have neither. */
export function tidyUma(text: string): string {
  return text.trim().replace(/\s+/g, "").toLowerCase();
}

export function umaDomain(address: string): string {
  return address.slice(address.indexOf("@") + 1);
}
