/** Web storage; unavailable, full or invalid storage counts as empty. */

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
    // Without storage, the value is lost on reload.
  }
}

export function remove(key: string, area: Storage = localStorage): void {
  try {
    area.removeItem(key);
  } catch {
    // See `write`.
  }
}
