import { lazy, Suspense } from "react";
import { Boundary } from "@/ui/boundary";

const MarkdownBody = lazy(async () => ({
  default: (await import("./markdown-body")).MarkdownBody,
}));

/** A description in Markdown; its plain text until the parser is loaded. */
export function Markdown({ text }: { text: string }) {
  const plain = <p className="whitespace-pre-line">{text}</p>;
  return (
    <Boundary of={text} instead={plain}>
      <Suspense fallback={plain}>
        <MarkdownBody text={text} />
      </Suspense>
    </Boundary>
  );
}
