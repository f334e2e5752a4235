import { Check, Copy, type LucideIcon } from "lucide-react";
import { useEffect, useState } from "react";
import { useI18n } from "@/i18n/i18n";
import { Button } from "./button";

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

export function CopyButton(props: {
  text: string;
  label: string;
  wide?: boolean;
  size?: "sm" | "md";
  icon?: LucideIcon;
}) {
  const { t } = useI18n();
  const Icon = props.icon ?? Copy;
  const [state, setState] = useState<"idle" | "done" | "refused">("idle");
  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => setState("idle"), 2500);
    return () => clearTimeout(timer);
  }, [state]);
  return (
    <Button
      variant="secondary"
      size={props.size ?? "md"}
      wide={props.wide ?? false}
      onClick={() => void copy(props.text).then((ok) => setState(ok ? "done" : "refused"))}
    >
      {state === "done" ? (
        <Check aria-hidden="true" className="size-4" />
      ) : (
        <Icon aria-hidden="true" className="size-4" />
      )}
      <span aria-live="polite">
        {state === "done" ? t("copy.done") : state === "refused" ? t("copy.refused") : props.label}
      </span>
    </Button>
  );
}
