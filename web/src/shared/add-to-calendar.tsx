import { CalendarPlus, Download, ExternalLink } from "lucide-react";
import { useI18n } from "@/i18n/i18n";
import { download } from "@/lib/download";
import { calendarFile, googleCalendar, outlookCalendar, type CalendarEntry } from "@/lib/ics";
import { instant } from "@/lib/time";
import { Menu, menuItem } from "@/ui/menu";

/** Adds an event to Google's or Microsoft's calendar, or downloads it for any other. */
export function AddToCalendar(props: { entry: CalendarEntry; file: string }) {
  const { t } = useI18n();
  const { entry } = props;
  if (instant(entry.start) === null || instant(entry.end) === null) return null;
  const links = [
    { label: "Google Calendar", href: googleCalendar(entry) },
    { label: "Outlook", href: outlookCalendar(entry) },
  ];
  const save = () => {
    const file = calendarFile(entry, Date.now());
    if (file !== null) download(props.file, file, "text/calendar");
  };
  return (
    <Menu
      label={
        <>
          <CalendarPlus aria-hidden="true" className="size-4" />
          <span>{t("pass.calendar")}</span>
        </>
      }
    >
      {links.map(({ label, href }) => (
        <li key={label}>
          <a href={href} target="_blank" rel="noreferrer" className={menuItem}>
            <ExternalLink aria-hidden="true" className="size-4 text-ink-3" />
            <span>{label}</span>
          </a>
        </li>
      ))}
      <li>
        <button type="button" className={menuItem} onClick={save}>
          <Download aria-hidden="true" className="size-4 text-ink-3" />
          <span>{t("calendar.file")}</span>
        </button>
      </li>
    </Menu>
  );
}
