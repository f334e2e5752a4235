import {
  CalendarDays,
  LayoutDashboard,
  LogIn,
  LogOut,
  Ticket,
  UserRound,
  WifiOff,
} from "lucide-react";
import { useEffect, useRef } from "react";
import type { ReactNode } from "react";
import {
  NavLink,
  Outlet,
  ScrollRestoration,
  useLocation,
  useNavigation,
  type Location,
} from "react-router-dom";
import { useI18n, type Lang } from "@/i18n/i18n";
import { cx } from "@/lib/class-names";
import { session, useSession } from "@/lib/session";
import { THEMES, useTheme, type Theme } from "@/lib/theme";
import { useOnline } from "@/lib/use-online";
import { useConfig, useIsAdmin } from "@/shared/queries";
import { clearUmaStorage } from "@/shared/wallet/uma-auth";
import { Loading, Skeleton } from "@/ui/skeleton";
import { toast } from "@/ui/toast";

export function PageLoading() {
  const { t } = useI18n();
  return (
    <div className="mx-auto w-full max-w-[728px] px-4 py-10 sm:px-6">
      <Loading label={t("loading")}>
        <div className="flex flex-col gap-4">
          <Skeleton className="h-9 w-2/5" />
          <Skeleton className="h-40" />
          <Skeleton className="h-24" />
        </div>
      </Loading>
    </div>
  );
}

function Brand() {
  const { t } = useI18n();
  return (
    <NavLink
      to="/"
      className="flex items-center gap-2 rounded-control text-lg font-bold tracking-tight"
    >
      <img src="/favicon.svg" alt="" width={28} height={28} />
      <span className="brand-name">{t("app.name")}</span>
    </NavLink>
  );
}

function NavItem(props: { to: string; icon: typeof Ticket; children: ReactNode; end?: boolean }) {
  const Icon = props.icon;
  return (
    <NavLink
      to={props.to}
      end={props.end ?? false}
      className={({ isActive }) =>
        cx(
          "flex flex-1 flex-col items-center justify-center gap-0.5 rounded-control px-2 py-1.5 text-sm font-medium transition-colors sm:min-h-10 sm:flex-none sm:flex-row sm:gap-2 sm:px-3",
          isActive
            ? "text-accent-text sm:bg-accent-soft"
            : "text-ink-2 hover:text-ink sm:hover:bg-sunken",
        )
      }
    >
      <Icon aria-hidden="true" className="size-5 sm:size-4.5" />
      <span className="nav-label contents">{props.children}</span>
    </NavLink>
  );
}

/** Bottom bar on phones, part of the header on larger screens. */
function MainNav() {
  const { t } = useI18n();
  const signedIn = useSession();
  const admin = useIsAdmin();
  const location = useLocation();
  const next =
    location.pathname === "/login"
      ? location.search
      : `?${new URLSearchParams({ next: location.pathname + location.search })}`;
  return (
    <nav
      aria-label={t("nav.main")}
      className="main-nav no-print fixed inset-x-0 bottom-0 z-30 flex h-[calc(3.75rem+env(safe-area-inset-bottom))] border-t border-line bg-surface px-2 pb-[env(safe-area-inset-bottom)] sm:static sm:h-auto sm:items-center sm:gap-1 sm:border-0 sm:bg-transparent sm:p-0"
    >
      <NavItem to="/" icon={CalendarDays} end>
        {t("nav.events")}
      </NavItem>
      {signedIn ? (
        <>
          <NavItem to="/tickets" icon={Ticket}>
            {t("nav.tickets")}
          </NavItem>
          {admin.data === true && (
            <NavItem to="/admin" icon={LayoutDashboard}>
              {t("nav.admin")}
            </NavItem>
          )}
          <NavItem to="/account" icon={UserRound}>
            {t("nav.account")}
          </NavItem>
          <button
            type="button"
            aria-label={t("nav.logout")}
            title={t("nav.logout")}
            className="hidden min-h-10 items-center rounded-control px-3 text-ink-2 hover:bg-sunken hover:text-ink sm:flex"
            onClick={() => {
              clearUmaStorage();
              session.clear("logout");
              toast(t("account.logout.done"));
            }}
          >
            <LogOut aria-hidden="true" className="size-4.5" />
          </button>
        </>
      ) : (
        <NavItem to={`/login${next}`} icon={LogIn}>
          {t("nav.login")}
        </NavItem>
      )}
    </nav>
  );
}

/** Test mode mark. It fits the header without changing its height, since the configuration loads late. */
function SandboxMark() {
  const { t } = useI18n();
  const config = useConfig();
  if (!config.sandbox) return null;
  const className =
    "rounded-full bg-warning-soft px-2.5 py-1 text-xs font-semibold whitespace-nowrap text-warning";
  if (!config.sandbox_wallet_url) return <span className={className}>{t("sandbox.mark")}</span>;
  return (
    <a
      href={config.sandbox_wallet_url}
      target="_blank"
      rel="noreferrer"
      title={t("sandbox.banner")}
      className={cx(className, "underline-offset-2 hover:underline")}
    >
      <span>{t("sandbox.mark")}</span>
      <span className="sr-only">{`. ${t("sandbox.wallet")}`}</span>
    </a>
  );
}

function OfflineBar() {
  const { t } = useI18n();
  const online = useOnline();
  return (
    <div role="status" className="no-print">
      {!online && (
        <p className="flex items-center justify-center gap-2 bg-ink px-4 py-2 text-center text-sm text-paper">
          <WifiOff aria-hidden="true" className="size-4 shrink-0" />
          <strong>{t("offline.title")}</strong>
          <span>{t("offline.body")}</span>
        </p>
      )}
    </div>
  );
}

const selectClass =
  "rounded-control border border-line-strong bg-surface px-2 py-1.5 text-sm text-ink";

function Footer() {
  const { t, lang, setLang } = useI18n();
  const [theme, setTheme] = useTheme();
  const themes: Record<Theme, string> = {
    system: t("theme.system"),
    light: t("theme.light"),
    dark: t("theme.dark"),
  };
  return (
    <footer className="no-print mt-auto border-t border-line pb-[var(--bottom-bar)]">
      <div className="mx-auto flex max-w-[1200px] flex-wrap items-center justify-between gap-4 px-4 py-6 text-sm text-ink-2 sm:px-6">
        <p>{t("app.tagline")}</p>
        <div className="flex flex-wrap gap-4">
          <label className="flex items-center gap-2" htmlFor="lang">
            <span>{t("footer.language")}</span>
            <select
              id="lang"
              className={selectClass}
              value={lang}
              onChange={(event) => setLang(event.target.value as Lang)}
            >
              <option value="en">English</option>
              <option value="ko" lang="ko">
                한국어
              </option>
            </select>
          </label>
          <label className="flex items-center gap-2" htmlFor="theme">
            <span>{t("theme.label")}</span>
            <select
              id="theme"
              className={selectClass}
              value={theme}
              onChange={(event) => setTheme(event.target.value as Theme)}
            >
              {THEMES.map((each) => (
                <option key={each} value={each}>
                  {themes[each]}
                </option>
              ))}
            </select>
          </label>
        </div>
      </div>
    </footer>
  );
}

/** Moves focus to the new page after navigation, unless the page has set it. */
function useFocusOnArrival() {
  const { pathname } = useLocation();
  const arrived = useRef(pathname);
  useEffect(() => {
    if (arrived.current === pathname) return;
    arrived.current = pathname;
    const main = document.getElementById("main");
    if (main && !main.contains(document.activeElement)) main.focus({ preventScroll: true });
  }, [pathname]);
}

/** All document loads have the key "default", so a position needs its URL too. */
export const scrollKey = ({ key, pathname, search }: Location): string =>
  key === "default" ? pathname + search : key;

export function Layout() {
  const { t } = useI18n();
  useFocusOnArrival();
  const moving = useNavigation().state !== "idle";
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#main"
        className="sr-only z-50 rounded-control bg-ink px-4 py-2 text-paper focus:not-sr-only focus:fixed focus:left-4 focus:top-4"
      >
        {t("skip")}
      </a>
      <header className="no-print border-b border-line bg-surface">
        <OfflineBar />
        <div className="mx-auto flex h-14 max-w-[1200px] items-center justify-between px-4 sm:h-16 sm:px-6">
          <div className="flex items-center gap-3">
            <Brand />
            <SandboxMark />
          </div>
          <MainNav />
        </div>
      </header>
      {moving && (
        <div
          aria-hidden="true"
          className="fixed inset-x-0 top-0 z-50 h-0.5 animate-pulse bg-accent"
        />
      )}
      {/* Fills the window below the header, so that the footer does not move while a page loads. */}
      <main
        id="main"
        tabIndex={-1}
        className="min-h-[calc(100dvh-3.5rem)] flex-1 outline-none sm:min-h-[calc(100dvh-4rem)]"
      >
        <Outlet />
      </main>
      <Footer />
      <ScrollRestoration getKey={scrollKey} />
    </div>
  );
}
