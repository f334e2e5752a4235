const PAGE = 100;
/** Bounds the loop over pages. */
const MOST_PAGES = 50;

/** Loads all pages of a list. */
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
