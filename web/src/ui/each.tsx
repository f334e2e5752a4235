import { AlertTriangle } from "lucide-react";
import type { Key, ReactNode } from "react";
import { useI18n } from "@/i18n/i18n";
import { Boundary } from "./boundary";

/** Renders each item inside its own error boundary, so that one invalid row does not break the list. */
export function Each<T>(props: {
  of: readonly T[];
  by: (item: T, index: number) => Key;
  /** Element of the error fallback. */
  as?: "tr" | "li" | "div";
  children: (item: T, index: number) => ReactNode;
}) {
  const { as = "div" } = props;
  return props.of.map((item, index) => {
    const key = props.by(item, index);
    return (
      <Boundary key={key} of={item} instead={<Broken as={as} name={String(key)} />}>
        <Item render={() => props.children(item, index)} />
      </Boundary>
    );
  });
}

function Item(props: { render: () => ReactNode }) {
  return props.render();
}

function Broken(props: { as: "tr" | "li" | "div"; name: string }) {
  const { t } = useI18n();
  const words = (
    <span className="flex items-center gap-2 text-sm text-ink-2">
      <AlertTriangle aria-hidden="true" className="size-4 shrink-0 text-warning" />
      <span>{t("row.broken", { name: props.name })}</span>
    </span>
  );
  switch (props.as) {
    case "tr":
      return (
        <tr>
          <td colSpan={100} className="px-4 py-3 max-sm:block max-sm:px-0">
            {words}
          </td>
        </tr>
      );
    case "li":
      return <li className="rounded-control bg-sunken p-3">{words}</li>;
    case "div":
      return <div className="rounded-card border border-line bg-surface p-4">{words}</div>;
  }
}
