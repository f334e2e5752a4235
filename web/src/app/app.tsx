import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { RouterProvider } from "react-router-dom";
import { Problem } from "@/api/problem";
import { I18nProvider, type Catalogue, type Lang } from "@/i18n/i18n";
import { deleteCachedResponses } from "@/lib/offline";
import { session, tokenExpiry, useSession } from "@/lib/session";
import { Toaster } from "@/ui/toast";
import { makeRouter } from "./router";

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // The service worker answers some requests without a connection; others fail with a message.
        networkMode: "always",
        staleTime: 15_000,
        // Retries help with lost connections only, not with API errors.
        retry: (failures, error) => failures < 2 && Problem.from(error).isUncertain,
      },
    },
  });
}

/** Maximum delay of a browser timer, in milliseconds. */
const MAX_TIMER = 2 ** 31 - 1;

function useSessionEnd(client: QueryClient): void {
  const signedIn = useSession();
  const token = signedIn?.token;
  const userId = signedIn?.user.id;
  useEffect(() => {
    if (!token) return;
    const expiry = tokenExpiry(token);
    if (expiry === null) return;
    const timer = setTimeout(() => session.clear(), Math.min(expiry - Date.now(), MAX_TIMER));
    return () => clearTimeout(timer);
  }, [token]);
  // Cached data must not be shown to the browser's next user.
  useEffect(
    () => () => {
      client.clear();
      void deleteCachedResponses();
    },
    [client, userId],
  );
}

export function App(props: { lang: Lang; catalogue: Catalogue }) {
  const [client] = useState(makeQueryClient);
  const [router] = useState(makeRouter);
  useSessionEnd(client);
  return (
    <I18nProvider lang={props.lang} catalogue={props.catalogue}>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
        <Toaster />
      </QueryClientProvider>
    </I18nProvider>
  );
}
