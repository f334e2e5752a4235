import { ExternalLink, Hourglass, MoonStar } from "lucide-react";
import { useEffect } from "react";
import type { EventView, WatchMedia, WatchSession } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { webUrl } from "@/lib/download";
import { instant, MINUTE } from "@/lib/time";
import { loadDocument } from "@/lib/own-document";
import { ButtonAnchor, ButtonLink } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { Countdown } from "./countdown";
import { HlsPlayer } from "./hls-player";

/** What the watch page shows of the stream: the countdown, the player, or its end. */
export function StreamView(props: {
  event: EventView;
  session: WatchSession;
  onReopen: () => void;
}) {
  const { t } = useI18n();
  const { event, session } = props;
  useLateOpening(session, props.onReopen);
  useBlockedPlayer(session.media);
  switch (session.phase) {
    case "before":
      return <Countdown event={event} opensAt={session.opens_at} />;
    case "over":
      return (
        <EmptyState
          icon={MoonStar}
          title={t("problem.event_over")}
          actions={<ButtonLink to="/">{t("buy.soldout.action")}</ButtonLink>}
        >
          {t("watch.over.body")}
        </EmptyState>
      );
    default:
      return session.media ? (
        <Player media={session.media} title={event.title} />
      ) : (
        <EmptyState icon={Hourglass} title={t("watch.nomedia.title")}>
          {t("watch.nomedia.body")}
        </EmptyState>
      );
  }
}

function Player({ media, title }: { media: WatchMedia; title: string }) {
  const { t } = useI18n();
  const url = webUrl(media.url);
  if (url === null) return null;
  switch (media.kind) {
    case "hls":
      return (
        <div className="-mx-4 sm:mx-0">
          <HlsPlayer url={url} token={media.token} title={title} />
        </div>
      );
    case "youtube":
    case "vimeo":
    case "twitch":
      return (
        <iframe
          src={url}
          title={title}
          allow="autoplay; fullscreen; encrypted-media; picture-in-picture"
          allowFullScreen
          referrerPolicy="strict-origin-when-cross-origin"
          className="-mx-4 aspect-video max-h-[75dvh] w-[calc(100%+2rem)] border-0 bg-black sm:mx-0 sm:w-full sm:rounded-card"
        />
      );
    default:
      return (
        <EmptyState
          icon={ExternalLink}
          title={t("watch.link.title")}
          actions={
            <ButtonAnchor size="lg" href={url} target="_blank" rel="noreferrer">
              <ExternalLink aria-hidden="true" className="size-5" />
              <span>{t("event.enter")}</span>
            </ButtonAnchor>
          }
        >
          {t("watch.link.body")}
        </EmptyState>
      );
  }
}

/** Asks for the phase again if its change did not arrive, such as without live updates. */
function useLateOpening(session: WatchSession, onReopen: () => void) {
  const { phase, opens_at: opens } = session;
  useEffect(() => {
    const at = instant(opens);
    if (phase !== "before" || at === null) return;
    const delay = at + 10_000 - Date.now();
    // Far openings are left to the live updates.
    if (delay > 24 * 60 * MINUTE) return;
    const timer = setTimeout(onReopen, Math.max(delay, 15_000));
    return () => clearTimeout(timer);
  }, [phase, opens, onReopen]);
}

/**
 * Loads the document again, once per address, when its policy blocks the player: the organiser has moved the
 * stream to another host since.
 */
function useBlockedPlayer(media: WatchMedia | null) {
  const url = media?.url ?? null;
  useEffect(() => {
    if (url === null) return;
    const onViolation = (event: SecurityPolicyViolationEvent) => {
      const isPlayer = /^(frame|media|connect)-src/.test(event.effectiveDirective);
      const key = `tickets.blocked.${url}`;
      if (!isPlayer || !URL.canParse(event.blockedURI)) return;
      if (new URL(event.blockedURI).origin !== new URL(url).origin) return;
      try {
        if (sessionStorage.getItem(key) !== null) return;
        sessionStorage.setItem(key, "1");
      } catch {
        return;
      }
      loadDocument();
    };
    document.addEventListener("securitypolicyviolation", onViolation);
    return () => document.removeEventListener("securitypolicyviolation", onViolation);
  }, [url]);
}
