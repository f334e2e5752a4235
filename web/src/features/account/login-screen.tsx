import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { Link, Navigate, useNavigate, useSearchParams } from "react-router-dom";
import { Problem } from "@/api/problem";
import { login, register as registerUser } from "@/api/users";
import { useI18n, type I18n } from "@/i18n/i18n";
import { session, useSession } from "@/lib/session";
import { placeFieldErrors, useFormText } from "@/shared/form-text";
import { ProblemNotice } from "@/shared/problem-notice";
import { RetryButton } from "@/shared/retry-button";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { Field } from "@/ui/field";
import { Notice } from "@/ui/notice";
import { Page } from "@/ui/page";
import { loginForm, MAX_PASSWORD_BYTES, registerForm, safeNext } from "./form";
import { PasswordField } from "./password-field";

interface Input {
  email: string;
  name: string;
  password: string;
}

/** Links in an email instead of the password. */
const LINKS = [
  { to: "/login-link", label: "login.link" },
  { to: "/forgot-password", label: "login.forgot" },
] as const;

/** Texts for an error with `Retry-After`. */
function waitText(error: unknown, t: I18n["t"]): { title?: string; text?: string } {
  const problem = Problem.from(error);
  if (problem.retryAfter === null) return {};
  if (problem.status === 429) return { title: t("login.locked.title"), text: t("login.locked") };
  if (problem.status === 503) return { title: t("login.busy.title"), text: t("login.busy") };
  return {};
}

export function LoginScreen() {
  const { t } = useI18n();
  const text = useFormText();
  const signedIn = useSession();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const next = safeNext(params.get("next"));
  const [creating, setCreating] = useState(false);
  const form = useForm<Input>({
    resolver: zodResolver(creating ? registerForm : loginForm),
    defaultValues: { email: "", name: "", password: "" },
  });
  const { errors } = form.formState;
  const [email, password] = useWatch({ control: form.control, name: ["email", "password"] });

  const submit = useMutation({
    mutationFn: async (input: Input) => {
      if (creating) await registerUser(input);
      return login({ email: input.email, password: input.password });
    },
    onSuccess: ({ token, user }) => {
      session.set({ token, user: { id: user.id, email: user.email, name: user.name } });
      void navigate(next, { replace: true });
    },
    onError: (error) =>
      placeFieldErrors(error, ["email", "name", "password"], (field, message) =>
        form.setError(field as keyof Input, { message }),
      ),
  });

  if (signedIn && !submit.isPending) return <Navigate to={next} replace />;

  const change = () => {
    setCreating(!creating);
    form.clearErrors();
    submit.reset();
  };
  return (
    <div className="mx-auto w-full max-w-md">
      <Page
        title={creating ? t("login.register") : t("login.title")}
        lead={next.endsWith("/purchase") ? t("login.lead.purchase") : t("login.lead")}
      >
        {params.get("expired") === "1" && <Notice tone="warning">{t("login.expired")}</Notice>}
        <Card>
          <form
            noValidate
            className="flex flex-col gap-5"
            onSubmit={(event) => void form.handleSubmit((input) => submit.mutate(input))(event)}
          >
            {submit.isError && (
              <ProblemNotice error={submit.error} {...waitText(submit.error, t)} />
            )}
            <Field
              {...form.register("email")}
              label={t("login.email")}
              type="email"
              inputMode="email"
              autoComplete="email"
              error={text(errors.email?.message)}
            />
            {creating && (
              <Field
                {...form.register("name")}
                label={t("login.name")}
                autoComplete="name"
                hint={t("login.name.hint")}
                error={text(errors.name?.message)}
              />
            )}
            <PasswordField
              field={form.register("password")}
              label={t("login.password")}
              value={password}
              isNew={creating}
              error={text(errors.password?.message, { max: MAX_PASSWORD_BYTES })}
            />
            <RetryButton type="submit" size="lg" wide error={submit.error} busy={submit.isPending}>
              {creating ? t("login.submit.register") : t("login.submit")}
            </RetryButton>
            {!creating && (
              <div className="flex flex-wrap justify-center gap-x-6 gap-y-2">
                {LINKS.map(({ to, label }) => (
                  <Link
                    key={to}
                    to={to}
                    state={{ email }}
                    className="text-sm font-medium text-accent-text hover:underline"
                  >
                    {t(label)}
                  </Link>
                ))}
              </div>
            )}
          </form>
        </Card>
        <Button variant="ghost" wide onClick={change}>
          {creating ? t("login.to.login") : t("login.to.register")}
        </Button>
      </Page>
    </div>
  );
}
