import { useMutation, useQuery } from "@tanstack/react-query";
import { Eye, Megaphone } from "lucide-react";
import { useState } from "react";
import type { AdminEvent } from "@/api/types";
import { announce, getViewers, withdrawAnnouncement } from "@/api/watch";
import { useI18n } from "@/i18n/i18n";
import { formatNumber } from "@/lib/format";
import { onSuccess } from "@/lib/on-success";
import { phase } from "@/lib/time";
import { hasReplay, watchPath } from "@/shared/join-stream";
import { ProblemNotice } from "@/shared/problem-notice";
import { useEarlyEntry } from "@/shared/queries";
import { Button, ButtonAnchor } from "@/ui/button";
import { Card } from "@/ui/card";
import { TextArea } from "@/ui/field";
import { toast } from "@/ui/toast";

const MAX_TEXT = 500;

/** Viewers of the watch page, and announcements to them. */
export function ViewersCard({ event, now }: { event: AdminEvent; now: number }) {
  const { t, tn, locale } = useI18n();
  const early = useEarlyEntry();
  const at = phase(event.start_time, event.end_time, now, early);
  const isOpen = at === "early_entry" || at === "live" || hasReplay(event, now);
  const viewers = useQuery({
    queryKey: ["admin", "viewers", event.id],
    queryFn: () => getViewers(event.id),
    enabled: isOpen,
    refetchInterval: 10_000,
  });
  if (event.cancelled_at || (at === "over" && !isOpen)) return null;
  return (
    <Card className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h2 className="text-lg font-semibold">{t("admin.viewers")}</h2>
        <ButtonAnchor variant="secondary" size="sm" href={watchPath(event.id)}>
          {t("admin.viewers.open")}
        </ButtonAnchor>
      </div>
      {isOpen && viewers.data && (
        <p className="flex items-center gap-2 tabular-nums">
          <Eye aria-hidden="true" className="size-5 text-ink-2" />
          <span className="font-semibold">{tn("watch.viewers", viewers.data.now)}</span>
          <span className="text-ink-3">
            {t("watch.peak", { count: formatNumber(viewers.data.peak, locale) })}
          </span>
        </p>
      )}
      <Announce id={event.id} />
    </Card>
  );
}

function Announce({ id }: { id: number }) {
  const { t } = useI18n();
  const [text, setText] = useState("");
  const send = useMutation({ mutationFn: () => announce(id, text.trim().replace(/\s+/g, " ")) });
  const withdraw = useMutation({ mutationFn: () => withdrawAnnouncement(id) });
  const isLong = text.length > MAX_TEXT;
  return (
    <form
      noValidate
      className="flex flex-col gap-3"
      onSubmit={(submitted) => {
        submitted.preventDefault();
        if (text.trim() === "" || isLong) return;
        onSuccess(send.mutateAsync(), () => {
          setText("");
          toast(t("admin.announce.done"));
        });
      }}
    >
      <TextArea
        rows={2}
        label={t("admin.announce")}
        hint={t("admin.announce.hint")}
        error={isLong ? t("form.too.long", { max: MAX_TEXT }) : undefined}
        value={text}
        onChange={(change) => setText(change.target.value)}
      />
      {send.isError && <ProblemNotice error={send.error} />}
      {withdraw.isError && <ProblemNotice error={withdraw.error} />}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" size="sm" busy={send.isPending} disabled={text.trim() === ""}>
          <Megaphone aria-hidden="true" className="size-4" />
          <span>{t("admin.announce.do")}</span>
        </Button>
        <Button
          variant="secondary"
          size="sm"
          busy={withdraw.isPending}
          onClick={() =>
            onSuccess(withdraw.mutateAsync(), () => {
              toast(t("admin.announce.withdrawn"));
            })
          }
        >
          {t("admin.announce.withdraw")}
        </Button>
      </div>
    </form>
  );
}
