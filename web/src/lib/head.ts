/** Page metadata for search engines and link previews. */
export interface PageHead {
  title: string;
  description: string;
  /** Image path. */
  image?: string | undefined;
  /** schema.org data. */
  data?: object | undefined;
}

/** Selector of all page metadata, written by the server or by this module. */
const DESCRIPTION = [
  'link[rel="canonical"]',
  'meta[name="description"]',
  'meta[name="robots"]',
  'meta[property^="og:"]',
  'meta[name^="twitter:"]',
  'script[type="application/ld+json"]',
].join();

/** Replaces the page metadata. */
export function describePage(path: string, page: PageHead): void {
  const canonical = document.head.querySelector<HTMLLinkElement>('link[rel="canonical"]');
  const isServers = canonical !== null && !("own" in canonical.dataset);
  // The server renders richer metadata for the first page.
  if (isServers && new URL(canonical.href).pathname === path) return;
  for (const old of document.head.querySelectorAll(DESCRIPTION)) old.remove();
  const url = window.location.origin + path;
  const link = document.createElement("link");
  link.rel = "canonical";
  link.href = url;
  link.dataset.own = "";
  const meta = (key: "name" | "property", name: string, content: string) => {
    const element = document.createElement("meta");
    element.setAttribute(key, name);
    element.content = content;
    return element;
  };
  const image = page.image === undefined ? null : window.location.origin + page.image;
  const described = [
    link,
    meta("name", "description", page.description),
    meta("property", "og:type", "website"),
    meta("property", "og:title", page.title),
    meta("property", "og:description", page.description),
    meta("property", "og:url", url),
    ...(image === null ? [] : [meta("property", "og:image", image)]),
    meta("name", "twitter:card", image === null ? "summary" : "summary_large_image"),
    meta("name", "twitter:title", page.title),
    meta("name", "twitter:description", page.description),
    ...(image === null ? [] : [meta("name", "twitter:image", image)]),
  ];
  document.head.append(...described);
  if (!page.data) return;
  const data = document.createElement("script");
  data.type = "application/ld+json";
  data.textContent = JSON.stringify(page.data);
  document.head.append(data);
}
