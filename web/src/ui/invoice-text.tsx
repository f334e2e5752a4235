/** An invoice as text, clamped to three lines. */
export function InvoiceText({ children }: { children: string }) {
  return (
    <div className="rounded-control bg-sunken p-3">
      <p translate="no" className="line-clamp-3 font-mono text-sm break-all text-ink-2">
        {children}
      </p>
    </div>
  );
}
