import { baseUrl } from "@/lib/env";
import { body, client, data } from "./client";
import { listen } from "./live";
import type { WatchSession } from "./types";

/** Opens a session, which ends the earlier ones of its ticket. */
export const openWatch = (event: number, input: { ticket_id?: number; token?: string }) =>
  data(client.POST("/api/events/{id}/watch", { params: { path: { id: event } }, body: input }));

/** Live updates of a session. */
export interface WatchHandlers {
  onSession: (state: "current" | "taken_over" | "ended") => void;
  onEvent: (event: WatchUpdate) => void;
  onToken: (token: { token: string; token_expires_at: string }) => void;
  onAnnouncement: (announcement: WatchSession["announcement"]) => void;
  onViewers: (viewers: Viewers) => void;
  onLink: (isOpen: boolean) => void;
}
export type WatchUpdate = Pick<
  WatchSession,
  "phase" | "opens_at" | "ends_at" | "replay_until" | "media"
>;
export interface Viewers {
  now: number;
  peak: number;
}

export function followWatch(event: number, session: string, on: WatchHandlers): () => void {
  const url = `${baseUrl}/api/events/${event}/watch/live?session=${encodeURIComponent(session)}`;
  return listen(
    url,
    {
      session: (data) =>
        on.onSession((data as { state: "current" | "taken_over" | "ended" }).state),
      event: (data) => on.onEvent(data as WatchUpdate),
      token: (data) => on.onToken(data as { token: string; token_expires_at: string }),
      announcement: (data) =>
        on.onAnnouncement((data as Pick<WatchSession, "announcement">).announcement),
      viewers: (data) => on.onViewers(data as Viewers),
    },
    on.onLink,
  );
}

export const getViewers = (event: number) =>
  data(client.GET("/api/admin/events/{id}/viewers", { params: { path: { id: event } } }));

export const announce = (event: number, text: string) =>
  data(
    client.POST("/api/admin/events/{id}/announcements", {
      params: { path: { id: event } },
      body: { text },
    }),
  );

export const withdrawAnnouncement = (event: number) =>
  body(client.DELETE("/api/admin/events/{id}/announcements", { params: { path: { id: event } } }));
