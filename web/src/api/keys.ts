/** Query keys. */
export const keys = {
  config: ["config"] as const,
  events: ["events"] as const,
  event: (id: number) => ["events", "one", id] as const,
  tickets: (userId: number) => ["tickets", userId] as const,
  order: (id: number) => ["order", id] as const,
  orders: (userId: number) => ["orders", userId] as const,
  wallet: (userId: number) => ["wallet", userId] as const,
  admin: ["admin"] as const,
  isAdmin: (userId: number) => ["admin", "status", userId] as const,
};
