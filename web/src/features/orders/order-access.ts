import { useEffect } from "react";
import { useLocation, useNavigate, useParams } from "react-router-dom";
import { session } from "@/lib/session";
import { knownOrder, rememberOrder } from "@/shared/order/memory";

/** A parameter of a link: after `#`, which servers never see, or in the query. */
export function linkParam(
  { hash, search }: { hash: string; search: string },
  name: string,
): string | null {
  return new URLSearchParams(hash.slice(1)).get(name) ?? new URLSearchParams(search).get(name);
}

/** Keeps the token of an order in this browser. */
export function rememberToken(id: number, token: string): void {
  const known = knownOrder(id);
  rememberOrder(
    id,
    {
      event: known?.event ?? 0,
      user: known?.user ?? session.get()?.user.id ?? 0,
      uma: known?.uma ?? "",
      open: known?.open ?? false,
      token,
    },
    Date.now(),
  );
}

/** The order of the URL, and the token that opens it without an account. */
export function useOrderAccess(): { id: number; token: string | null } {
  const id = Number(useParams().orderId);
  const location = useLocation();
  const navigate = useNavigate();
  const fromLink = linkParam(location, "token");

  // The URL without the token is safe to show.
  useEffect(() => {
    if (fromLink === null || !Number.isInteger(id)) return;
    rememberToken(id, fromLink);
    void navigate(location.pathname, { replace: true });
  }, [fromLink, id, location.pathname, navigate]);

  return { id, token: fromLink ?? knownOrder(id)?.token ?? null };
}
