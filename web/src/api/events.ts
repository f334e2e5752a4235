import { client, data } from "./client";
import { problemFrom } from "./problem";
import type { EventPatch, EventView, NewEvent } from "./types";

export interface EventSearch {
  q?: string;
  free?: "true" | "false";
  upcoming?: "true";
  past?: "true";
  from?: string;
  to?: string;
  max_price_sats?: number;
  limit: number;
  offset: number;
}

export interface EventList {
  events: EventView[];
  /** Number of all matches, if the server counts them. */
  total: number | null;
}

export async function listEvents(query: EventSearch): Promise<EventList> {
  const answer = client.GET("/api/events", { params: { query } });
  const events = await data(answer);
  const { response } = await answer;
  const total = Number(response.headers.get("x-total-count") ?? Number.NaN);
  return { events, total: Number.isFinite(total) ? total : null };
}

export const getEvent = (id: number) =>
  data(client.GET("/api/events/{id}", { params: { path: { id } } }));

export const createEvent = (input: NewEvent) =>
  data(client.POST("/api/admin/events", { body: input }));

export const updateEvent = (id: number, input: EventPatch) =>
  data(client.PUT("/api/admin/events/{id}", { params: { path: { id } }, body: input }));

export const deleteEvent = async (id: number) => {
  const { response, error } = await client.DELETE("/api/admin/events/{id}", {
    params: { path: { id } },
  });
  if (!response.ok) throw problemFrom(response, error);
};
