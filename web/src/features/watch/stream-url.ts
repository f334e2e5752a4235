/** The address with the token, for the host of the playlist only. */
export function withToken(address: string, playlist: string, token: string | null): string {
  if (token === null) return address;
  try {
    const url = new URL(address, playlist);
    if (url.origin !== new URL(playlist).origin) return address;
    url.searchParams.set("token", token);
    return url.href;
  } catch {
    return address;
  }
}
