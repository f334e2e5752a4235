import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Link, type LinkProps } from "react-router-dom";
import { cx } from "@/lib/class-names";
import { Spinner } from "./spinner";

type Variant = "primary" | "secondary" | "ghost" | "danger";
type Size = "md" | "lg" | "sm";

const base =
  "inline-flex select-none items-center justify-center gap-2 rounded-control font-semibold transition-colors disabled:cursor-not-allowed disabled:opacity-60 aria-disabled:opacity-60";
const variants: Record<Variant, string> = {
  primary: "bg-accent text-on-accent enabled:hover:bg-accent-hover [a&]:hover:bg-accent-hover",
  secondary:
    "border border-line-strong bg-surface text-ink enabled:hover:bg-sunken [a&]:hover:bg-sunken",
  ghost: "text-ink-2 enabled:hover:bg-sunken enabled:hover:text-ink [a&]:hover:bg-sunken",
  danger: "bg-danger-solid text-white enabled:hover:brightness-90",
};
const sizes: Record<Size, string> = {
  sm: "min-h-9 px-3 text-sm",
  md: "min-h-11 px-4 text-base",
  lg: "min-h-13 px-6 text-lg",
};

export function buttonClass(variant: Variant = "primary", size: Size = "md", wide = false): string {
  return cx(base, variants[variant], sizes[size], wide && "w-full");
}

interface Shared {
  variant?: Variant;
  size?: Size;
  wide?: boolean;
  children?: ReactNode;
}

export function Button({
  variant,
  size,
  wide,
  busy = false,
  className,
  children,
  type = "button",
  disabled,
  ...rest
}: Shared & { busy?: boolean } & ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button
      {...rest}
      type={type}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={cx(buttonClass(variant, size, wide), className)}
    >
      {busy && <Spinner />}
      <span className="contents">{children}</span>
    </button>
  );
}

export function ButtonLink({ variant, size, wide, className, ...rest }: Shared & LinkProps) {
  return <Link {...rest} className={cx(buttonClass(variant, size, wide), className)} />;
}

export function ButtonAnchor({
  variant,
  size,
  wide,
  className,
  children,
  ...rest
}: Shared & React.AnchorHTMLAttributes<HTMLAnchorElement>) {
  return (
    <a {...rest} className={cx(buttonClass(variant, size, wide), className)}>
      {children}
    </a>
  );
}
