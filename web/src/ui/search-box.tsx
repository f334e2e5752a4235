import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Spinner } from "./spinner";

const DEBOUNCE_MS = 250;

/** Search input; `onChange` is debounced. */
export function SearchBox(props: {
  label: string;
  value: string;
  /** Shows that results are on their way. */
  busy?: boolean;
  onChange: (value: string) => void;
}) {
  const { value } = props;
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  const [sent, setSent] = useState<readonly string[]>([]);
  const change = useRef(props.onChange);
  useEffect(() => {
    change.current = props.onChange;
  });
  if (known !== value) {
    setKnown(value);
    const echo = sent.indexOf(value);
    setSent(sent.slice(echo + 1));
    // The back button or "clear" changed the URL. An echo must not undo what was typed since.
    if (echo === -1) setText(value);
  }
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => {
      setSent((values) => [...values, text]);
      change.current(text);
    }, DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [text, value]);
  return (
    <div className="relative flex-1">
      <span className="pointer-events-none absolute inset-y-0 left-3.5 flex items-center text-ink-3">
        {props.busy || text !== value ? (
          <Spinner />
        ) : (
          <Search aria-hidden="true" className="size-5" />
        )}
      </span>
      <input
        type="search"
        aria-label={props.label}
        placeholder={props.label}
        value={text}
        onChange={(event) => setText(event.target.value)}
        className="block min-h-12 w-full rounded-full border border-line-strong bg-surface pr-4 pl-11 text-base placeholder:text-ink-3"
      />
    </div>
  );
}
