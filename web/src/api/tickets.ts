import { body, client, data } from "./client";
import { allPages } from "./pages";

export const cancelTicket = (id: number) =>
  body(client.POST("/api/tickets/{id}/cancel", { params: { path: { id } } }));

export const userTickets = (userId: number) =>
  allPages((query) =>
    data(
      client.GET("/api/users/{user_id}/tickets", {
        params: { path: { user_id: userId }, query },
      }),
    ),
  );
