import { NavLink, Outlet } from "react-router-dom";
import { useI18n, type Key } from "@/i18n/i18n";
import { cx } from "@/lib/class-names";

const TABS: readonly { to: string; key: Key; end: boolean }[] = [
  { to: "/admin", key: "admin.nav.overview", end: true },
  { to: "/admin/payments", key: "admin.nav.payments", end: false },
  { to: "/admin/check-in", key: "admin.nav.checkin", end: false },
  { to: "/admin/jobs", key: "admin.jobs", end: false },
  { to: "/admin/audit", key: "admin.audit", end: false },
];

export function OrganizerLayout() {
  const { t } = useI18n();
  return (
    <>
      <nav aria-label={t("admin.nav")} className="no-print border-b border-line bg-surface">
        <div className="mx-auto flex max-w-[1200px] gap-1 overflow-x-auto px-2 [scrollbar-width:none] sm:px-4">
          {TABS.map((tab) => (
            <NavLink
              key={tab.to}
              to={tab.to}
              end={tab.end}
              className={({ isActive }) =>
                cx(
                  "whitespace-nowrap border-b-2 px-3 py-3 text-sm font-medium",
                  isActive
                    ? "border-accent text-accent-text"
                    : "border-transparent text-ink-2 hover:text-ink",
                )
              }
            >
              {t(tab.key)}
            </NavLink>
          ))}
        </div>
      </nav>
      <Outlet />
    </>
  );
}
