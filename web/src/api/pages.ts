const PAGE = 100;
/** Bounds the loop over pages. */
const MAX_PAGES = 50;

/** Loads all pages of a list. */
export async function allPages<T>(
  page: (query: { limit: number; offset: number }) => Promise<T[]>,
): Promise<T[]> {
  const all: T[] = [];
  for (let turn = 0; turn < MAX_PAGES; turn += 1) {
    const rows = await page({ limit: PAGE, offset: turn * PAGE });
    all.push(...rows);
    if (rows.length < PAGE) break;
  }
  return all;
}
