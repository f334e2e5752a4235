import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { Navigate, useNavigate, useSearchParams } from "react-router-dom";
import { login, register as registerUser } from "@/api/users";
import { useI18n } from "@/i18n/i18n";
import { session, useSession } from "@/lib/session";
import { placeFieldErrors, useFormText } from "@/shared/form-text";
import { ProblemNotice } from "@/shared/problem-notice";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { Field } from "@/ui/field";
import { Notice } from "@/ui/notice";
import { Page } from "@/ui/page";
import { loginForm, MAX_PASSWORD_BYTES, MIN_PASSWORD, registerForm, safeNext } from "./form";

interface Input {
  email: string;
  name: string;
  password: string;
}

export function LoginScreen() {
  const { t, tn } = useI18n();
  const text = useFormText();
  const signedIn = useSession();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const next = safeNext(params.get("next"));
  const [creating, setCreating] = useState(false);
  const [show, setShow] = useState(false);
  const form = useForm<Input>({
    resolver: zodResolver(creating ? registerForm : loginForm),
    defaultValues: { email: "", name: "", password: "" },
  });
  const { errors } = form.formState;
  const password = useWatch({ control: form.control, name: "password" });
  const length = Array.from(password).length;

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
            {submit.isError && <ProblemNotice error={submit.error} />}
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
            <div className="flex flex-col gap-2">
              <Field
                {...form.register("password")}
                label={t("login.password")}
                type={show ? "text" : "password"}
                autoComplete={creating ? "new-password" : "current-password"}
                hint={
                  !creating ? undefined : length >= MIN_PASSWORD ? (
                    <span className="inline-flex items-center gap-1 text-success">
                      <Check aria-hidden="true" className="size-4" />
                      {t("login.password.ok")}
                    </span>
                  ) : (
                    <>
                      {t("login.password.hint")}
                      {length > 0 && ` (${tn("login.password.length", length)})`}
                    </>
                  )
                }
                error={text(errors.password?.message, { max: MAX_PASSWORD_BYTES })}
              />
              <label className="flex items-center gap-2 text-sm text-ink-2" htmlFor="show-password">
                <input
                  id="show-password"
                  type="checkbox"
                  className="size-4 accent-accent"
                  checked={show}
                  onChange={(event) => setShow(event.target.checked)}
                />
                {t("login.show")}
              </label>
            </div>
            <Button type="submit" size="lg" wide busy={submit.isPending}>
              {creating ? t("login.submit.register") : t("login.submit")}
            </Button>
          </form>
        </Card>
        <Button look="ghost" wide onClick={change}>
          {creating ? t("login.to.login") : t("login.to.register")}
        </Button>
      </Page>
    </div>
  );
}
