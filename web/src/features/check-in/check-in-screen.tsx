import { useMutation, useQuery } from "@tanstack/react-query";
import { Camera, CheckCircle2, HelpCircle, History, XCircle } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useSearchParams } from "react-router-dom";
import { adminEvents, checkIn } from "@/api/admin";
import { keys } from "@/api/keys";
import { useI18n } from "@/i18n/i18n";
import { cx } from "@/lib/class-names";
import { formatNumber, formatTime } from "@/lib/format";
import { MINUTE, viewerZone } from "@/lib/time";
import { ProblemNotice, problemText } from "@/shared/problem-notice";
import { useConfig } from "@/shared/queries";
import { useSpan } from "@/shared/use-span";
import { Button } from "@/ui/button";
import { Field, FieldShell, inputClass } from "@/ui/field";
import { Notice } from "@/ui/notice";
import { Page } from "@/ui/page";
import { Loading, Skeleton } from "@/ui/skeleton";
import { RepeatFilter } from "./repeats";
import { scan, type CameraProblem } from "./scanner";
import { tidyCode, verdictOf, verdictOfProblem, type Verdict } from "./verdict";

export function CheckInScreen() {
  const { t, locale } = useI18n();
  const [params, setParams] = useSearchParams();
  const events = useQuery({ queryKey: [...keys.admin, "events"], queryFn: adminEvents });
  const chosen = Number(params.get("event") ?? Number.NaN);
  const event = events.data?.find((each) => each.id === chosen);
  const [code, setCode] = useState("");
  const [camera, setCamera] = useState(false);
  const [cameraProblem, setCameraProblem] = useState<CameraProblem | null>(null);
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const [seen, setCounts] = useState<{ inside: number; sold: number } | null>(null);
  const counts = seen ?? { inside: event?.checked_in ?? 0, sold: event?.sold ?? 0 };
  const check = useMutation({
    mutationFn: (text: string) => checkIn({ ticket_code: tidyCode(text), event_id: chosen }),
    onSuccess: (answer) => {
      const next = verdictOf(answer);
      setVerdict(next);
      setCode("");
      vibrate(next.kind === "in" ? 80 : [60, 60, 60]);
      setCounts({ inside: answer.checked_in, sold: answer.sold });
    },
    onError: (error) => {
      const next = verdictOfProblem(error);
      setVerdict(next);
      if (next.kind === "unsure") repeats.current.reset();
      vibrate([120, 60, 120]);
    },
  });
  const repeats = useRef(new RepeatFilter());
  const [isRepeat, setRepeat] = useState(false);
  const { mutate, isPending } = check;
  const submit = (text: string) => {
    if (!event || isPending || text.trim() === "") return;
    mutate(text);
  };

  if (events.isPending) {
    return (
      <Page title={t("checkin.title")}>
        <Loading label={t("loading")}>
          <Skeleton className="h-64 rounded-card" />
        </Loading>
      </Page>
    );
  }
  if (!events.data) {
    return (
      <Page title={t("checkin.title")}>
        <ProblemNotice error={events.error} onRetry={() => void events.refetch()} />
      </Page>
    );
  }
  return (
    <Page title={t("checkin.title")}>
      <FieldShell id="event" label={t("checkin.event")}>
        {(aria) => (
          <select
            {...aria}
            className={inputClass}
            value={event ? String(event.id) : ""}
            onChange={(change) => {
              setParams({ event: change.target.value }, { replace: true });
              setCounts(null);
              repeats.current.reset();
            }}
          >
            <option value="" disabled>
              {t("checkin.choose")}
            </option>
            {events.data.map((each) => (
              <option key={each.id} value={each.id}>
                {each.title}
              </option>
            ))}
          </select>
        )}
      </FieldShell>
      {event && (
        <>
          <p role="status" className="text-lg font-semibold tabular-nums">
            {t("checkin.in.of", {
              count: formatNumber(counts.inside, locale),
              sold: formatNumber(counts.sold, locale),
            })}
          </p>
          {camera ? (
            <Viewfinder
              note={t(isRepeat ? "checkin.camera.same" : "checkin.camera.aim")}
              onCode={(read) => {
                const isSame = repeats.current.isRepeat(read, Date.now());
                setRepeat(isSame);
                if (!isSame && verdict === null) submit(read);
              }}
              onProblem={(problem) => {
                setCamera(false);
                setCameraProblem(problem);
              }}
              onStop={() => setCamera(false)}
            />
          ) : (
            <Button
              size="lg"
              onClick={() => {
                setCameraProblem(null);
                setCamera(true);
              }}
            >
              <Camera aria-hidden="true" className="size-5" />
              <span>{t("checkin.camera")}</span>
            </Button>
          )}
          {cameraProblem && (
            <Notice tone="warning" live>
              {t(`checkin.camera.${cameraProblem}`)}
            </Notice>
          )}
          <form
            noValidate
            className="flex flex-col gap-3"
            onSubmit={(submitted) => {
              submitted.preventDefault();
              submit(code);
            }}
          >
            <Field
              label={t("checkin.code")}
              hint={t("checkin.code.hint")}
              value={code}
              onChange={(change) => setCode(change.target.value)}
              autoComplete="off"
              autoCapitalize="characters"
              spellCheck={false}
              className="font-mono uppercase"
            />
            <Button type="submit" variant="secondary" busy={isPending}>
              {t("checkin.submit")}
            </Button>
          </form>
        </>
      )}
      {verdict && <VerdictScreen verdict={verdict} onNext={() => setVerdict(null)} />}
    </Page>
  );
}

function vibrate(pattern: VibratePattern): void {
  if ("vibrate" in navigator) navigator.vibrate(pattern);
}

function Viewfinder(props: {
  note: string;
  onCode: (code: string) => void;
  onProblem: (problem: CameraProblem) => void;
  onStop: () => void;
}) {
  const { t } = useI18n();
  const video = useRef<HTMLVideoElement>(null);
  // The camera keeps running while a result is displayed.
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  useEffect(() => {
    if (!video.current) return;
    return scan(
      video.current,
      (code) => latest.current.onCode(code),
      (problem) => latest.current.onProblem(problem),
    );
  }, []);
  return (
    <div className="flex flex-col gap-3">
      <div className="relative overflow-hidden rounded-card bg-black">
        {/* Live camera video has no captions. */}
        <video ref={video} playsInline muted className="aspect-square w-full object-cover" />
        <div
          aria-hidden="true"
          className="absolute inset-[18%] rounded-card border-4 border-white/80"
        />
      </div>
      <div className="flex items-center justify-between gap-3">
        <p role="status" className="text-sm text-ink-2">
          {props.note}
        </p>
        <Button variant="secondary" size="sm" onClick={props.onStop}>
          {t("checkin.camera.stop")}
        </Button>
      </div>
    </div>
  );
}

/** Opening time of check-in, from the configuration. */
function useOpening(): string {
  const { t, tn } = useI18n();
  const span = useSpan();
  const minutes = useConfig().early_entry_minutes;
  if (minutes === 0) return t("checkin.no.not_open.start");
  return t("checkin.no.not_open", {
    span: minutes < 60 ? tn("span.minutes", minutes) : span(minutes * MINUTE),
  });
}

const verdictStyles = {
  in: { icon: CheckCircle2, className: "bg-[#0a6e45] text-white" },
  again: { icon: History, className: "bg-[#f4bd62] text-[#17151f]" },
  out: { icon: XCircle, className: "bg-[#a3121f] text-white" },
  unsure: { icon: HelpCircle, className: "bg-[#f4bd62] text-[#17151f]" },
};

/** Full-screen result, readable at a distance and without colour. */
function VerdictScreen({ verdict, onNext }: { verdict: Verdict; onNext: () => void }) {
  const i18n = useI18n();
  const { t, locale } = i18n;
  const opening = useOpening();
  const next = useRef<HTMLButtonElement>(null);
  useEffect(() => next.current?.focus(), [verdict]);
  const { icon: Icon, className } = verdictStyles[verdict.kind];
  const words = (): { title: string; body: string } => {
    switch (verdict.kind) {
      case "in":
        return { title: t("checkin.ok"), body: t("checkin.ok.body") };
      case "again":
        return {
          title: t("checkin.again"),
          body: verdict.at
            ? t("checkin.again.body", { time: formatTime(verdict.at, locale, viewerZone()) })
            : t("checkin.again.untimed"),
        };
      case "out":
        return {
          title: t(verdict.reason === "checkin.no.not_open" ? "checkin.closed" : "checkin.no"),
          body:
            verdict.reason === "checkin.no.not_open"
              ? opening
              : verdict.reason
                ? t(verdict.reason)
                : verdict.message,
        };
      case "unsure":
        return { title: t("checkin.unsure"), body: problemText(verdict.problem, i18n) };
    }
  };
  const { title, body } = words();
  const name = "name" in verdict ? verdict.name : null;
  const ticket = "ticket" in verdict ? verdict.ticket : null;
  const type = "type" in verdict ? verdict.type : null;
  return (
    <div
      role="alertdialog"
      aria-modal="true"
      aria-labelledby="verdict-title"
      aria-describedby="verdict-body"
      className={cx(
        "fixed inset-0 z-50 flex flex-col items-center justify-center gap-4 p-6 text-center",
        className,
      )}
    >
      <Icon aria-hidden="true" className="size-32" strokeWidth={1.75} />
      <p id="verdict-title" className="text-3xl font-bold">
        {title}
      </p>
      <div id="verdict-body" className="flex flex-col gap-1 text-lg">
        {name && <p className="text-xl font-semibold">{name}</p>}
        {type && <p className="font-semibold">{type}</p>}
        {ticket !== null && <p>{t("checkin.ticket", { id: ticket })}</p>}
        <p>{body}</p>
      </div>
      <button
        ref={next}
        type="button"
        onClick={onNext}
        className="fixed inset-x-6 bottom-8 min-h-16 rounded-card bg-white text-lg font-bold text-[#17151f] outline-offset-4 outline-current sm:inset-x-auto sm:w-80"
      >
        {t("checkin.next")}
      </button>
    </div>
  );
}
