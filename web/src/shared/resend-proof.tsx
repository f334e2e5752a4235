import { useMutation } from "@tanstack/react-query";
import { updateUser } from "@/api/users";
import { useI18n } from "@/i18n/i18n";
import { useSession } from "@/lib/session";
import { ProblemNotice } from "./problem-notice";
import { RetryButton } from "./retry-button";

/** Requests a new confirmation link: the server sends one for each update of an unconfirmed account. */
export function ResendProof() {
  const { t } = useI18n();
  const user = useSession()?.user;
  const send = useMutation({
    mutationFn: ({ id, email, name }: { id: number; email: string; name: string }) =>
      updateUser(id, { email, name }),
  });
  if (!user) return null;
  return (
    <div className="flex flex-col items-start gap-2">
      {send.isError && <ProblemNotice error={send.error} />}
      {send.isSuccess ? (
        <p role="status" className="text-ink">
          {t("proof.sent", { email: user.email })}
        </p>
      ) : (
        <RetryButton
          variant="secondary"
          size="sm"
          error={send.error}
          busy={send.isPending}
          onClick={() => send.mutate(user)}
        >
          {t("proof.resend")}
        </RetryButton>
      )}
    </div>
  );
}
