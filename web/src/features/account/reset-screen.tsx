import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation } from "@tanstack/react-query";
import { KeyRound, MailX } from "lucide-react";
import { useForm, useWatch } from "react-hook-form";
import { useSearchParams } from "react-router-dom";
import { Problem } from "@/api/problem";
import { confirmPasswordReset } from "@/api/users";
import { useI18n } from "@/i18n/i18n";
import { session } from "@/lib/session";
import { placeFieldErrors, useFormText } from "@/shared/form-text";
import { ProblemNotice } from "@/shared/problem-notice";
import { RetryButton } from "@/shared/retry-button";
import { clearUmaStorage } from "@/shared/wallet/uma-auth";
import { ButtonLink } from "@/ui/button";
import { Card } from "@/ui/card";
import { EmptyState } from "@/ui/empty-state";
import { Page } from "@/ui/page";
import { MAX_PASSWORD_BYTES, resetForm } from "./form";
import { PasswordField } from "./password-field";

/** Target of the link in the password reset email. */
export function ResetScreen() {
  const { t } = useI18n();
  const text = useFormText();
  const token = useSearchParams()[0].get("token") ?? "";
  const form = useForm({ resolver: zodResolver(resetForm), defaultValues: { password: "" } });
  const password = useWatch({ control: form.control, name: "password" });
  const reset = useMutation({
    mutationFn: (input: { password: string }) => confirmPasswordReset({ token, ...input }),
    onSuccess: () => {
      // The reset invalidates all tokens of the account.
      clearUmaStorage();
      session.clear("logout");
    },
    onError: (error) =>
      placeFieldErrors(error, ["password"], (_, message) => form.setError("password", { message })),
  });
  if (reset.isSuccess) {
    return (
      <Page title={t("reset.title")} hideHeading>
        <div role="status">
          <EmptyState
            icon={KeyRound}
            title={t("reset.done.title")}
            actions={<ButtonLink to="/login">{t("nav.login")}</ButtonLink>}
          >
            {t("reset.done.body")}
          </EmptyState>
        </div>
      </Page>
    );
  }
  const problem = reset.isError ? Problem.from(reset.error) : null;
  if (token === "" || problem?.fields.token !== undefined) {
    return (
      <Page title={t("reset.title")} hideHeading>
        <EmptyState
          icon={MailX}
          title={t("link.expired.title")}
          actions={<ButtonLink to="/forgot-password">{t("reset.again")}</ButtonLink>}
        >
          {t("reset.expired.body")}
        </EmptyState>
      </Page>
    );
  }
  return (
    <div className="mx-auto w-full max-w-md">
      <Page title={t("reset.title")} lead={t("reset.lead")}>
        <Card>
          <form
            noValidate
            className="flex flex-col gap-5"
            onSubmit={(event) => void form.handleSubmit((input) => reset.mutate(input))(event)}
          >
            {problem && problem.fields.password === undefined && <ProblemNotice error={problem} />}
            <PasswordField
              field={form.register("password")}
              label={t("account.password.new")}
              value={password}
              isNew
              error={text(form.formState.errors.password?.message, { max: MAX_PASSWORD_BYTES })}
            />
            <RetryButton type="submit" size="lg" wide error={reset.error} busy={reset.isPending}>
              {t("reset.submit")}
            </RetryButton>
          </form>
        </Card>
      </Page>
    </div>
  );
}
