import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { Problem } from "@/api/problem";
import { changePassword, deleteUser, logoutEverywhere, updateUser } from "@/api/users";
import { useI18n } from "@/i18n/i18n";
import { session, useSession, type Session } from "@/lib/session";
import { placeFieldErrors, useFormText } from "@/shared/form-text";
import { ProblemNotice } from "@/shared/problem-notice";
import { clearUmaStorage } from "@/shared/wallet/uma-auth";
import { WalletCard } from "@/shared/wallet/wallet-card";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";
import { Page } from "@/ui/page";
import { toast } from "@/ui/toast";
import { MAX_PASSWORD_BYTES, passwordForm, profileForm } from "./form";

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
          look="secondary"
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
      <Everywhere />
      <Delete userId={signedIn.user.id} />
    </Page>
  );
}

function Profile({ signedIn }: { signedIn: Session }) {
  const { t } = useI18n();
  const text = useFormText();
  const form = useForm({
    resolver: zodResolver(profileForm),
    defaultValues: { email: signedIn.user.email, name: signedIn.user.name },
  });
  const { errors, isDirty } = form.formState;
  const save = useMutation({
    mutationFn: (input: { email: string; name: string }) => updateUser(signedIn.user.id, input),
    onSuccess: (user) => {
      session.set({
        token: signedIn.token,
        user: { id: user.id, email: user.email, name: user.name },
      });
      form.reset({ email: user.email, name: user.name });
      toast(t("saved"));
    },
    onError: (error) =>
      placeFieldErrors(error, ["email", "name"], (field, message) =>
        form.setError(field as "email" | "name", { message }),
      ),
  });
  return (
    <Card>
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => void form.handleSubmit((input) => save.mutate(input))(event)}
      >
        <h2 className="font-semibold">{t("account.profile")}</h2>
        {save.isError && <ProblemNotice error={save.error} />}
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
        <Button
          type="submit"
          look="secondary"
          className="self-start"
          disabled={!isDirty}
          busy={save.isPending}
        >
          {t("save")}
        </Button>
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
      // The change voids every token, the one in use too.
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
        <Button type="submit" look="secondary" className="self-start" busy={save.isPending}>
          {t("account.password.change")}
        </Button>
      </form>
    </Card>
  );
}

/** For a lost phone or a borrowed computer. */
function Everywhere() {
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
        look="secondary"
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
      <Button look="secondary" className="self-start" onClick={() => setAsking(true)}>
        {t("account.delete")}
      </Button>
      {asking && (
        <Dialog
          title={t("account.delete.title")}
          onClose={() => setAsking(false)}
          actions={
            <>
              <Button look="secondary" onClick={() => setAsking(false)}>
                {t("cancel")}
              </Button>
              <Button look="danger" busy={remove.isPending} onClick={() => remove.mutate()}>
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
