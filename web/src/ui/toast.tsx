import { CheckCircle2 } from "lucide-react";
import { useEffect, useSyncExternalStore } from "react";

interface Toast {
  id: number;
  text: string;
}
let toasts: readonly Toast[] = [];
let next = 1;
const listeners = new Set<() => void>();
function change(list: readonly Toast[]) {
  toasts = list;
  for (const listener of listeners) listener();
}

/** Shows a short confirmation. Not for messages that need an action. */
export function toast(text: string): void {
  change([...toasts, { id: next++, text }]);
}

function Line(props: Toast) {
  useEffect(() => {
    const timer = setTimeout(() => change(toasts.filter((other) => other.id !== props.id)), 4000);
    return () => clearTimeout(timer);
  }, [props.id]);
  return (
    <div className="flex items-center gap-2 rounded-full bg-ink px-4 py-2.5 text-sm font-medium text-paper shadow-card">
      <CheckCircle2 aria-hidden="true" className="size-4 shrink-0" />
      <span>{props.text}</span>
    </div>
  );
}

export function Toaster() {
  const list = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
  return (
    <div
      role="status"
      className="no-print pointer-events-none fixed inset-x-0 bottom-24 z-50 flex flex-col items-center gap-2 px-4 sm:bottom-8"
    >
      {list.map((item) => (
        <Line key={item.id} {...item} />
      ))}
    </div>
  );
}
