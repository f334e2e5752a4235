import { useCallback, useEffect, useReducer, useState } from "react";
import { Problem } from "@/api/problem";
import type { WatchSession } from "@/api/types";
import { followWatch, openWatch, type Viewers, type WatchUpdate } from "@/api/watch";
import { session as account } from "@/lib/session";
import { orderToken } from "@/shared/order/memory";

export type WatchState =
  | { kind: "opening" }
  | { kind: "failed"; problem: Problem }
  /** `link`: whether live updates arrive. */
  | { kind: "open"; session: WatchSession; link: boolean; viewers: Viewers | null }
  | { kind: "taken_over" }
  | { kind: "ended" };

type Action =
  | { type: "opening" }
  | { type: "opened"; session: WatchSession }
  | { type: "failed"; problem: Problem }
  | { type: "closed"; kind: "taken_over" | "ended" }
  | { type: "link"; link: boolean }
  | { type: "viewers"; viewers: Viewers }
  | { type: "event"; update: WatchUpdate }
  | { type: "token"; token: string; expires: string }
  | { type: "announcement"; announcement: WatchSession["announcement"] };

/** Changes of an open session; updates for any other state are late and have no effect. */
export function reduce(state: WatchState, action: Action): WatchState {
  switch (action.type) {
    case "opening":
      return { kind: "opening" };
    case "opened":
      return { kind: "open", session: action.session, link: true, viewers: null };
    case "failed":
      return { kind: "failed", problem: action.problem };
    case "closed":
      return { kind: action.kind };
  }
  if (state.kind !== "open") return state;
  const { session } = state;
  switch (action.type) {
    case "link":
      return { ...state, link: action.link };
    case "viewers":
      return { ...state, viewers: action.viewers };
    case "event":
      return { ...state, session: { ...session, ...action.update } };
    case "token":
      return session.media === null
        ? state
        : {
            ...state,
            session: {
              ...session,
              media: { ...session.media, token: action.token, token_expires_at: action.expires },
            },
          };
    case "announcement":
      return { ...state, session: { ...session, announcement: action.announcement } };
  }
}

/** A watch session: opened with the page, followed live, and reopened on request. */
export function useWatch(event: number, ticket: number | null) {
  const [state, dispatch] = useReducer(reduce, { kind: "opening" });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let isGone = false;
    let close: () => void = () => undefined;
    const open = async () => {
      // Without an account, the token of an order of this browser opens its ticket.
      const token = account.get() === null ? orderToken(event) : null;
      const opened = await openWatch(event, {
        ...(ticket === null ? {} : { ticket_id: ticket }),
        ...(token === null ? {} : { token }),
      });
      if (isGone) return;
      dispatch({ type: "opened", session: opened });
      close = followWatch(event, opened.session, {
        onSession: (current) => {
          if (current === "current") return;
          close();
          dispatch({ type: "closed", kind: current });
        },
        onEvent: (update) => dispatch({ type: "event", update }),
        onToken: (renewed) =>
          dispatch({ type: "token", token: renewed.token, expires: renewed.token_expires_at }),
        onAnnouncement: (announcement) => dispatch({ type: "announcement", announcement }),
        onViewers: (viewers) => dispatch({ type: "viewers", viewers }),
        onLink: (link) => dispatch({ type: "link", link }),
      });
    };
    open().catch((error: unknown) => {
      if (!isGone) dispatch({ type: "failed", problem: Problem.from(error) });
    });
    return () => {
      isGone = true;
      close();
    };
  }, [event, ticket, attempt]);
  const reopen = useCallback(() => {
    dispatch({ type: "opening" });
    setAttempt((count) => count + 1);
  }, []);
  return { state, reopen };
}
