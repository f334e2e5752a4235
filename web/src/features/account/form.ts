import { z } from "zod/mini";
import type { Key } from "@/i18n/i18n";

/** The server's limit. */
export const MAX_PASSWORD_BYTES = 1024;
export const MIN_PASSWORD = 8;

// Messages are catalogue keys; forms translate them.
const message = (key: Key) => key;

export const email = z
  .string()
  .check(
    z.trim(),
    z.minLength(1, message("form.required")),
    z.regex(/^[^\s@]+@[^\s@]+\.[^\s@.]+$/, message("form.email.invalid")),
  );
export const personName = z.string().check(z.trim(), z.minLength(1, message("form.required")));
export const newPassword = z.string().check(
  z.refine((text) => Array.from(text).length >= MIN_PASSWORD, message("form.password.short")),
  z.refine(
    (text) => new TextEncoder().encode(text).length <= MAX_PASSWORD_BYTES,
    message("form.password.long"),
  ),
);

export const loginForm = z.object({
  email,
  name: z.string(),
  password: z.string().check(z.minLength(1, message("form.required"))),
});
export const registerForm = z.object({ email, name: personName, password: newPassword });
export const forgotForm = z.object({ email });
export const resetForm = z.object({ password: newPassword });

/** Emails are compared case-insensitively. */
export const isSameEmail = (a: string, b: string) =>
  a.trim().toLowerCase() === b.trim().toLowerCase();

/** Changing the email requires the current password; changing the name does not. */
export const profileForm = (current: string) =>
  z.object({ email, name: personName, current_password: z.string() }).check((ctx) => {
    const { email: typed, current_password } = ctx.value;
    if (current_password === "" && !isSameEmail(typed, current)) {
      ctx.issues.push({
        code: "custom",
        input: ctx.value,
        path: ["current_password"],
        message: message("form.required"),
      });
    }
  });
export const passwordForm = z.object({
  current_password: z.string().check(z.minLength(1, message("form.required"))),
  new_password: newPassword,
});

/** Path to open after login; only paths of this app are accepted. */
export function safeNext(next: string | null): string {
  if (!next?.startsWith("/") || next.startsWith("//") || next.includes("\\")) return "/";
  return next.startsWith("/login") ? "/" : next;
}
