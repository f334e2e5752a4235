import { useEffect } from "react";
import type { ReactNode } from "react";
import { useLocation } from "react-router-dom";
import { useI18n } from "@/i18n/i18n";
import { cx } from "@/lib/class-names";
import { describePage, type PageHead } from "@/lib/head";

/** A screen with its column, heading and document title. */
export function Page(props: {
  title: string;
  /** Hides the visible heading; the document title stays. */
  heading?: ReactNode;
  lead?: ReactNode;
  actions?: ReactNode;
  wide?: boolean;
  hideHeading?: boolean;
  /** Link preview of this page; defaults to the site's. */
  share?: Omit<PageHead, "title">;
  children: ReactNode;
}) {
  const { t } = useI18n();
  const { pathname } = useLocation();
  const { title } = props;
  const share = props.share ?? { description: t("app.tagline") };
  const described = JSON.stringify(share);
  useEffect(() => {
    document.title = `${title} · Tickets`;
    describePage(pathname, { title, ...(JSON.parse(described) as typeof share) });
  }, [pathname, title, described]);
  return (
    <div
      className={cx(
        "mx-auto flex w-full flex-col gap-6 px-4 py-6 sm:px-6 sm:py-10",
        props.wide ? "max-w-[1200px]" : "max-w-[728px]",
      )}
    >
      {props.hideHeading ? (
        <h1 tabIndex={-1} className="sr-only">
          {props.title}
        </h1>
      ) : (
        <div className="flex flex-wrap items-end justify-between gap-4">
          <div className="flex min-w-0 flex-col gap-1">
            <h1 tabIndex={-1} className="text-2xl font-bold tracking-tight outline-none">
              {props.heading ?? props.title}
            </h1>
            {props.lead && <p className="text-ink-2">{props.lead}</p>}
          </div>
          {props.actions && <div className="no-print flex flex-wrap gap-2">{props.actions}</div>}
        </div>
      )}
      <div className="contents">{props.children}</div>
    </div>
  );
}
