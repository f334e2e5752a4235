import type { RefundErrorCode } from "@/api/types";
import { en } from "@/i18n/en";
import type { I18n, Key } from "@/i18n/i18n";

// A reason of the API without a text is a type error here.
const keyOf = (code: RefundErrorCode): Key => `refund.error.${code}`;

interface RefundError {
  /** Sentence in English, for organisers. */
  error?: string | null | undefined;
  error_code?: string | null | undefined;
}

/** Why a refund failed or is delayed, by its code; the server's sentence is the fallback. */
export function refundErrorText(refund: RefundError, t: I18n["t"]): string | null {
  const key: string = keyOf(refund.error_code as RefundErrorCode);
  return key in en ? t(key as Key) : refund.error || null;
}
