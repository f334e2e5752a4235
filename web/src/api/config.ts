import { client, data } from "./client";

export const getConfig = () => data(client.GET("/api/config"));
