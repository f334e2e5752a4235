import { requestPasswordReset } from "@/api/users";
import { RequestLink } from "./request-link";

/** Requests a password reset link. */
export function ForgotScreen() {
  return <RequestLink texts="forgot" request={requestPasswordReset} />;
}
