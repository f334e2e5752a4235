/** Web storage that may be full, forbidden or hold nonsense; then it is as if it were empty. */

export function read(key: string, area: Storage = localStorage): unknown {
  try {
    const text = area.getItem(key);
    return text === null ? null : (JSON.parse(text) as unknown);
  } catch {
    return null;
  }
}

export function write(key: string, value: unknown, area: Storage = localStorage): void {
  try {
    area.setItem(key, JSON.stringify(value));
  } catch {
    // Without storage a reload forgets; nothing else breaks.
  }
}

export function remove(key: string, area: Storage = localStorage): void {
  try {
    area.removeItem(key);
  } catch {
    // See `write`.
  }
}
