import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createMemoryRouter, RouterProvider } from "react-router-dom";
import { routes } from "@/app/router";
import { en } from "@/i18n/en";
import { I18nProvider, type Catalogue, type Lang } from "@/i18n/i18n";
import { Toaster } from "@/ui/toast";

/** Renders the whole app at a path; only the network is mocked. */
export function visit(path: string, lang: Lang = "en", catalogue: Catalogue = en) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const router = createMemoryRouter(routes, { initialEntries: [path] });
  render(
    <I18nProvider lang={lang} catalogue={catalogue}>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
        <Toaster />
      </QueryClientProvider>
    </I18nProvider>,
  );
  return {
    user: userEvent.setup(),
    client,
    hash: () => router.state.location.hash,
    path: () => router.state.location.pathname + router.state.location.search,
    go: (to: string | number) => router.navigate(to as string),
  };
}
