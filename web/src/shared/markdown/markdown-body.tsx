import Markdown from "markdown-to-jsx";
import type { ReactNode } from "react";
import { safeLink } from "./text";

interface Props {
  children?: ReactNode;
}

function SafeLink({ href, children }: Props & { href?: string }) {
  const url = safeLink(href);
  if (url === null) return <span>{children}</span>;
  return (
    <a
      href={url}
      target="_blank"
      rel="noopener nofollow ugc"
      className="font-medium [overflow-wrap:anywhere] text-accent-text underline"
    >
      {children}
    </a>
  );
}

/** Without the library's ids, which could be those of the page. */
function Heading({ children }: Props) {
  return <h3 className="pt-2 text-base font-semibold text-ink">{children}</h3>;
}

/** Pictures of other hosts would show them every visitor. */
function Picture({ alt }: { alt?: string }) {
  return <span>{alt}</span>;
}

const styled = (Tag: "p" | "ul" | "ol" | "blockquote" | "pre" | "code", className: string) =>
  function Styled({ children }: Props) {
    return <Tag className={className}>{children}</Tag>;
  };

const OPTIONS = {
  disableParsingRawHTML: true,
  forceBlock: true,
  wrapper: "div" as const,
  forceWrapper: true,
  overrides: {
    a: SafeLink,
    img: Picture,
    h1: Heading,
    h2: Heading,
    h3: Heading,
    h4: Heading,
    h5: Heading,
    h6: Heading,
    p: styled("p", "whitespace-pre-line"),
    ul: styled("ul", "list-disc space-y-1 pl-5"),
    ol: styled("ol", "list-decimal space-y-1 pl-5"),
    blockquote: styled("blockquote", "border-l-2 border-line-strong pl-4"),
    pre: styled("pre", "overflow-x-auto rounded-control bg-sunken p-3 text-sm"),
    code: styled("code", "font-mono text-sm"),
  },
};

/** Markdown without raw HTML, images and links to other schemes than the web's and mail's. */
export function MarkdownBody({ text }: { text: string }) {
  return (
    <Markdown options={OPTIONS} className="flex flex-col gap-3">
      {text}
    </Markdown>
  );
}
