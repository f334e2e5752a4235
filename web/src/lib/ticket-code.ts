/** Formats a ticket code as its prefix and groups of four. */
export function grouped(code: string): string {
  const [, prefix = "", rest = ""] = /^([A-Z]+-)?(.*)$/.exec(code) ?? [];
  return prefix + rest.replace(/(.{4})(?=.)/g, "$1 ");
}
