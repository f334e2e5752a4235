import { body, client, data } from "./client";
import type { ConnectWallet } from "./types";

export const register = (input: { email: string; name: string; password: string }) =>
  data(client.POST("/api/users", { body: input }));

export const login = (input: { email: string; password: string }) =>
  data(client.POST("/api/users/login", { body: input }));

export const me = () => data(client.GET("/api/users/me"));

export interface ProfileInput {
  email: string;
  name: string;
  /** Required to change the email. */
  current_password?: string;
}

export const updateUser = (id: number, input: ProfileInput) =>
  data(client.PUT("/api/users/{id}", { params: { path: { id } }, body: input }));

export const deleteUser = (id: number) =>
  body(client.DELETE("/api/users/{id}", { params: { path: { id } } }));

export const changePassword = (input: { current_password: string; new_password: string }) =>
  data(client.PUT("/api/users/me/password", { body: input }));

export const logoutEverywhere = () => body(client.POST("/api/users/logout"));

export const verifyEmail = (token: string) =>
  data(client.POST("/api/users/verify-email", { body: { token } }));

/** Requests a password reset link. The response does not reveal whether the account exists. */
export const requestPasswordReset = (email: string) =>
  body(client.POST("/api/users/password-reset", { body: { email } }));

export const confirmPasswordReset = (input: { token: string; password: string }) =>
  body(client.POST("/api/users/password-reset/confirm", { body: input }));

/** Requests a login link. The response does not reveal whether the account exists. */
export const requestLoginLink = (email: string) =>
  body(client.POST("/api/users/login-link", { body: { email } }));

export const logInWithLink = (token: string) =>
  data(client.POST("/api/users/login-link/confirm", { body: { token } }));

export const getWallet = () => data(client.GET("/api/users/me/nwc-connection"));

export const connectWallet = (input: ConnectWallet) =>
  body(client.POST("/api/users/me/nwc-connection", { body: input }));

export const disconnectWallet = () => body(client.DELETE("/api/users/me/nwc-connection"));

/** Limits in sats for automatic payments; `null` applies the server's default. */
export const changeWalletLimits = (input: {
  budget_per_purchase_sats: number | null;
  budget_per_day_sats: number | null;
}) => body(client.PUT("/api/users/me/nwc-connection", { body: input }));
