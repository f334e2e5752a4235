const PAGE = 100;
/** Far more than a screen can show; a list that never ends must not hang one. */
const MOST_PAGES = 50;

/** All of a list that the server hands out in pages. */
export async function allPages<T>(
  page: (query: { limit: number; offset: number }) => Promise<T[]>,
): Promise<T[]> {
  const all: T[] = [];
  for (let turn = 0; turn < MOST_PAGES; turn += 1) {
    const rows = await page({ limit: PAGE, offset: turn * PAGE });
    all.push(...rows);
    if (rows.length < PAGE) break;
  }
  return all;
}
