import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation } from "@tanstack/react-query";
import { MailCheck } from "lucide-react";
import { useForm } from "react-hook-form";
import { useLocation } from "react-router-dom";
import { z } from "zod/mini";
import { useI18n } from "@/i18n/i18n";
import { placeFieldErrors, useFormText } from "@/shared/form-text";
import { ProblemNotice } from "@/shared/problem-notice";
import { RetryButton } from "@/shared/retry-button";
import { Button, ButtonLink } from "@/ui/button";
import { Card } from "@/ui/card";
import { EmptyState } from "@/ui/empty-state";
import { Field } from "@/ui/field";
import { Page } from "@/ui/page";
import { forgotForm } from "./form";

/** Navigation state of the login page: the email entered there. */
const Handed = z.object({ email: z.string() });

/** Requests an emailed link. The response is the same whether or not the account exists. */
export function RequestLink(props: {
  /** Texts of the catalogue. */
  texts: "forgot" | "loginlink";
  request: (email: string) => Promise<unknown>;
}) {
  const { texts } = props;
  const { t } = useI18n();
  const text = useFormText();
  const handed = z.safeParse(Handed, useLocation().state);
  const form = useForm({
    resolver: zodResolver(forgotForm),
    defaultValues: { email: handed.success ? handed.data.email : "" },
  });
  const request = useMutation({
    mutationFn: (input: { email: string }) => props.request(input.email),
    onError: (error) =>
      placeFieldErrors(error, ["email"], (_, message) => form.setError("email", { message })),
  });
  if (request.isSuccess) {
    return (
      <Page title={t(`${texts}.title`)} hideHeading>
        <div role="status">
          <EmptyState
            icon={MailCheck}
            title={t("forgot.sent.title")}
            actions={
              <>
                <ButtonLink to="/login">{t("forgot.back")}</ButtonLink>
                <Button variant="secondary" onClick={() => request.reset()}>
                  {t("forgot.other")}
                </Button>
              </>
            }
          >
            {t(`${texts}.sent.body`, { email: request.variables.email })}
          </EmptyState>
        </div>
      </Page>
    );
  }
  return (
    <div className="mx-auto w-full max-w-md">
      <Page title={t(`${texts}.title`)} lead={t(`${texts}.lead`)}>
        <Card>
          <form
            noValidate
            className="flex flex-col gap-5"
            onSubmit={(event) => void form.handleSubmit((input) => request.mutate(input))(event)}
          >
            {request.isError && <ProblemNotice error={request.error} />}
            <Field
              {...form.register("email")}
              label={t("login.email")}
              type="email"
              inputMode="email"
              autoComplete="email"
              error={text(form.formState.errors.email?.message)}
            />
            <RetryButton
              type="submit"
              size="lg"
              wide
              error={request.error}
              busy={request.isPending}
            >
              {t(`${texts}.submit`)}
            </RetryButton>
          </form>
        </Card>
        <ButtonLink to="/login" variant="ghost" wide>
          {t("forgot.back")}
        </ButtonLink>
      </Page>
    </div>
  );
}
