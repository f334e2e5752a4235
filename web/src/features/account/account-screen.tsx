import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { Problem } from "@/api/problem";
import {
  changePassword,
  deleteUser,
  logoutEverywhere,
  updateUser,
  type ProfileInput,
} from "@/api/users";
import { useI18n } from "@/i18n/i18n";
import { session, useSession, type Session } from "@/lib/session";
import { placeFieldErrors, useFormText } from "@/shared/form-text";
import { ProblemNotice } from "@/shared/problem-notice";
import { RetryButton } from "@/shared/retry-button";
import { clearUmaStorage } from "@/shared/wallet/uma-auth";
import { WalletCard } from "@/shared/wallet/wallet-card";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";
import { Page } from "@/ui/page";
import { toast } from "@/ui/toast";
import { isSameEmail, MAX_PASSWORD_BYTES, passwordForm, profileForm } from "./form";

export function AccountScreen() {
  const { t } = useI18n();
  const signedIn = useSession();
  if (!signedIn) return null;
  return (
    <Page
      title={t("account.title")}
      lead={signedIn.user.email}
      actions={
        <Button
          variant="secondary"
          size="sm"
          onClick={() => {
            clearUmaStorage();
            session.clear("logout");
            toast(t("account.logout.done"));
          }}
        >
          {t("nav.logout")}
        </Button>
      }
    >
      <WalletCard />
      <Profile signedIn={signedIn} />
      <Password signedIn={signedIn} />
      <Sessions />
      <Delete userId={signedIn.user.id} />
    </Page>
  );
}

function Profile({ signedIn }: { signedIn: Session }) {
  const { t } = useI18n();
  const text = useFormText();
  const current = signedIn.user.email;
  const form = useForm({
    resolver: zodResolver(profileForm(current)),
    defaultValues: { email: current, name: signedIn.user.name, current_password: "" },
  });
  const { errors, isDirty } = form.formState;
  const email = useWatch({ control: form.control, name: "email" });
  const moves = !isSameEmail(email, current);
  const save = useMutation({
    mutationFn: (input: ProfileInput) => updateUser(signedIn.user.id, input),
    onSuccess: (user, input) => {
      session.set({
        token: signedIn.token,
        user: { id: user.id, email: user.email, name: user.name },
      });
      form.reset({ email: user.email, name: user.name, current_password: "" });
      toast(
        input.current_password ? t("account.email.changed", { email: user.email }) : t("saved"),
      );
    },
    onError: (error) => {
      const { type } = Problem.from(error);
      if (type === "wrong_password") {
        form.setError("current_password", { message: "problem.wrong_password" });
      } else if (type === "email_taken") {
        form.setError("email", { message: "problem.email_taken" });
      } else {
        placeFieldErrors(error, ["email", "name"], (field, message) =>
          form.setError(field as "email" | "name", { message }),
        );
      }
    },
  });
  const placed =
    save.isError && ["wrong_password", "email_taken"].includes(Problem.from(save.error).type);
  const submit = (input: { email: string; name: string; current_password: string }) => {
    const { current_password, ...profile } = input;
    save.mutate(moves ? { ...profile, current_password } : profile);
  };
  return (
    <Card>
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => void form.handleSubmit(submit)(event)}
      >
        <h2 className="font-semibold">{t("account.profile")}</h2>
        {save.isError && !placed && <ProblemNotice error={save.error} />}
        <Field
          {...form.register("name")}
          label={t("login.name")}
          autoComplete="name"
          error={text(errors.name?.message)}
        />
        <Field
          {...form.register("email")}
          label={t("login.email")}
          type="email"
          autoComplete="email"
          error={text(errors.email?.message)}
        />
        {moves && (
          <Field
            {...form.register("current_password")}
            label={t("account.password.current")}
            type="password"
            autoComplete="current-password"
            hint={t("account.email.hint")}
            error={text(errors.current_password?.message)}
          />
        )}
        <RetryButton
          type="submit"
          variant="secondary"
          className="self-start"
          error={save.error}
          disabled={!isDirty}
          busy={save.isPending}
        >
          {t("save")}
        </RetryButton>
      </form>
    </Card>
  );
}

function Password({ signedIn }: { signedIn: Session }) {
  const { t } = useI18n();
  const text = useFormText();
  const form = useForm({
    resolver: zodResolver(passwordForm),
    defaultValues: { current_password: "", new_password: "" },
  });
  const { errors } = form.formState;
  const save = useMutation({
    mutationFn: changePassword,
    onSuccess: ({ token }) => {
      // The change invalidates all tokens, including the current one.
      session.set({ ...signedIn, token });
      form.reset();
      toast(t("account.password.changed"));
    },
    onError: (error) => {
      if (Problem.from(error).type === "invalid_credentials") {
        form.setError("current_password", { message: "problem.wrong_password" });
        return;
      }
      placeFieldErrors(error, ["current_password", "new_password"], (field, message) =>
        form.setError(field as "current_password", { message }),
      );
    },
  });
  return (
    <Card>
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => void form.handleSubmit((input) => save.mutate(input))(event)}
      >
        <h2 className="font-semibold">{t("account.password")}</h2>
        {save.isError && Problem.from(save.error).type !== "invalid_credentials" && (
          <ProblemNotice error={save.error} />
        )}
        <input type="hidden" autoComplete="username" value={signedIn.user.email} />
        <Field
          {...form.register("current_password")}
          label={t("account.password.current")}
          type="password"
          autoComplete="current-password"
          error={text(errors.current_password?.message)}
        />
        <Field
          {...form.register("new_password")}
          label={t("account.password.new")}
          type="password"
          autoComplete="new-password"
          hint={t("login.password.hint")}
          error={text(errors.new_password?.message, { max: MAX_PASSWORD_BYTES })}
        />
        <RetryButton
          type="submit"
          variant="secondary"
          className="self-start"
          error={save.error}
          busy={save.isPending}
        >
          {t("account.password.change")}
        </RetryButton>
      </form>
    </Card>
  );
}

function Sessions() {
  const { t } = useI18n();
  const logout = useMutation({
    mutationFn: logoutEverywhere,
    onSuccess: () => {
      clearUmaStorage();
      session.clear("logout");
      toast(t("account.logout.done"));
    },
  });
  return (
    <Card className="flex flex-col gap-3">
      <h2 className="font-semibold">{t("account.everywhere")}</h2>
      <p className="text-sm text-ink-2">{t("account.everywhere.body")}</p>
      {logout.isError && <ProblemNotice error={logout.error} />}
      <Button
        variant="secondary"
        className="self-start"
        busy={logout.isPending}
        onClick={() => logout.mutate()}
      >
        {t("account.everywhere.do")}
      </Button>
    </Card>
  );
}

function Delete({ userId }: { userId: number }) {
  const { t } = useI18n();
  const [asking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: () => deleteUser(userId),
    onSuccess: () => {
      clearUmaStorage();
      session.clear("logout");
      toast(t("account.deleted"));
    },
  });
  return (
    <Card className="flex flex-col gap-3">
      <h2 className="font-semibold">{t("account.delete")}</h2>
      <p className="text-sm text-ink-2">{t("account.delete.body")}</p>
      <Button variant="secondary" className="self-start" onClick={() => setAsking(true)}>
        {t("account.delete")}
      </Button>
      {asking && (
        <Dialog
          title={t("account.delete.title")}
          onClose={() => setAsking(false)}
          actions={
            <>
              <Button variant="secondary" onClick={() => setAsking(false)}>
                {t("cancel")}
              </Button>
              <Button variant="danger" busy={remove.isPending} onClick={() => remove.mutate()}>
                {t("account.delete.confirm")}
              </Button>
            </>
          }
        >
          {remove.isError && <ProblemNotice error={remove.error} />}
          <p className="text-ink-2">{t("account.delete.body")}</p>
        </Dialog>
      )}
    </Card>
  );
}
