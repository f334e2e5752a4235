import { createBrowserRouter, type RouteObject } from "react-router-dom";
import { EventsScreen } from "@/features/events/events-screen";
import { CrashPage, NotFound } from "./error-page";
import { RequireAdmin, RequireUser } from "./guards";
import { Layout, PageLoading } from "./layout";

export const routes: RouteObject[] = [
  {
    element: <Layout />,
    errorElement: <CrashPage />,
    hydrateFallbackElement: <PageLoading />,
    children: [
      {
        errorElement: <CrashPage inside />,
        children: [
          { path: "/", element: <EventsScreen /> },
          {
            path: "/events/:eventId",
            lazy: async () => ({
              Component: (await import("@/features/events/event-screen")).EventScreen,
            }),
          },
          {
            path: "/events/:eventId/watch",
            lazy: async () => ({
              Component: (await import("@/features/watch/watch-screen")).WatchScreen,
            }),
          },
          {
            path: "/login",
            lazy: async () => ({
              Component: (await import("@/features/account/login-screen")).LoginScreen,
            }),
          },
          {
            path: "/forgot-password",
            lazy: async () => ({
              Component: (await import("@/features/account/forgot-screen")).ForgotScreen,
            }),
          },
          {
            path: "/reset-password",
            lazy: async () => ({
              Component: (await import("@/features/account/reset-screen")).ResetScreen,
            }),
          },
          {
            path: "/login-link",
            lazy: async () => ({
              Component: (await import("@/features/account/login-link-screen")).LoginLinkScreen,
            }),
          },
          {
            path: "/verify-email",
            lazy: async () => ({
              Component: (await import("@/features/account/verify-screen")).VerifyScreen,
            }),
          },
          {
            path: "/events/:eventId/purchase",
            lazy: async () => ({
              Component: (await import("@/features/checkout/purchase-screen")).PurchaseScreen,
            }),
          },
          {
            path: "/orders/:orderId",
            lazy: async () => ({
              Component: (await import("@/features/orders/order-screen")).OrderScreen,
            }),
          },
          {
            path: "/orders/:orderId/confirm",
            lazy: async () => ({
              Component: (await import("@/features/orders/confirm-screen")).ConfirmScreen,
            }),
          },
          {
            element: <RequireUser />,
            children: [
              {
                path: "/tickets",
                lazy: async () => ({
                  Component: (await import("@/features/tickets/tickets-screen")).TicketsScreen,
                }),
              },
              {
                path: "/tickets/:ticketId",
                lazy: async () => ({
                  Component: (await import("@/features/tickets/pass-screen")).PassScreen,
                }),
              },
              {
                path: "/tickets/:ticketId/receipt",
                lazy: async () => ({
                  Component: (await import("@/features/tickets/receipt-screen")).ReceiptScreen,
                }),
              },
              {
                path: "/account",
                lazy: async () => ({
                  Component: (await import("@/features/account/account-screen")).AccountScreen,
                }),
              },
              {
                path: "/oauth/callback",
                lazy: async () => ({
                  Component: (await import("@/features/account/oauth-screen")).OAuthScreen,
                }),
              },
              {
                path: "/admin",
                element: <RequireAdmin />,
                children: [
                  {
                    lazy: async () => ({
                      Component: (await import("@/features/organizer/organizer-layout"))
                        .OrganizerLayout,
                    }),
                    children: [
                      {
                        index: true,
                        lazy: async () => ({
                          Component: (await import("@/features/organizer/overview-screen"))
                            .OverviewScreen,
                        }),
                      },
                      {
                        path: "payments",
                        lazy: async () => ({
                          Component: (await import("@/features/organizer/payments-screen"))
                            .PaymentsScreen,
                        }),
                      },
                      {
                        path: "jobs",
                        lazy: async () => ({
                          Component: (await import("@/features/organizer/jobs-screen")).JobsScreen,
                        }),
                      },
                      {
                        path: "audit",
                        lazy: async () => ({
                          Component: (await import("@/features/organizer/audit-screen"))
                            .AuditScreen,
                        }),
                      },
                      {
                        path: "events/new",
                        lazy: async () => ({
                          Component: (await import("@/features/organizer/event-form-screen"))
                            .NewEventScreen,
                        }),
                      },
                      {
                        path: "events/:eventId",
                        lazy: async () => ({
                          Component: (await import("@/features/organizer/event-details-screen"))
                            .EventDetailsScreen,
                        }),
                      },
                      {
                        path: "events/:eventId/edit",
                        lazy: async () => ({
                          Component: (await import("@/features/organizer/event-form-screen"))
                            .EditEventScreen,
                        }),
                      },
                      {
                        path: "check-in",
                        lazy: async () => ({
                          Component: (await import("@/features/check-in/check-in-screen"))
                            .CheckInScreen,
                        }),
                      },
                    ],
                  },
                ],
              },
            ],
          },
          { path: "*", element: <NotFound /> },
        ],
      },
    ],
  },
];

export const makeRouter = () => createBrowserRouter(routes);
