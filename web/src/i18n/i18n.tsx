import { createContext, useCallback, useContext, useEffect, useMemo, useState } from "react";
import type { ReactNode } from "react";
import { formatNumber, pluralForm, usableLocale } from "@/lib/format";
import { en } from "./en";

export type Lang = "en" | "ko";
export type Key = keyof typeof en;
export type Catalogue = Record<Key, string>;
/** Keys with plural forms, without the suffix. */
export type PluralKey = Key extends infer K
  ? K extends `${infer Base}_other`
    ? Base
    : never
  : never;
export type Values = Record<string, string | number>;

const STORED = "tickets.lang";

export function fill(template: string, values?: Values): string {
  if (!values) return template;
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export interface I18n {
  lang: Lang;
  /** Locale for `Intl`: the browser's regional variant of the language, if any. */
  locale: string;
  t: (key: Key, values?: Values) => string;
  /** Text with a count, formatted by locale. */
  tn: (key: PluralKey, count: number, values?: Values) => string;
  setLang: (lang: Lang) => void;
}

export function makeI18n(
  lang: Lang,
  catalogue: Catalogue,
  setLang: (lang: Lang) => void = () => undefined,
): I18n {
  const own = typeof navigator === "undefined" ? "" : navigator.language;
  const plain = lang === "ko" ? "ko-KR" : "en-GB";
  const locale = own.startsWith(lang) ? usableLocale(own, plain) : plain;
  const t: I18n["t"] = (key, values) => fill(catalogue[key], values);
  return {
    lang,
    locale,
    t,
    tn: (key, count, values) => {
      const form = `${key}_${pluralForm(count, locale)}`;
      const template =
        form in catalogue ? catalogue[form as Key] : catalogue[`${key}_other` as Key];
      return fill(template, { count: formatNumber(count, locale), ...values });
    },
    setLang,
  };
}

const Context = createContext<I18n>(makeI18n("en", en));

export function initialLang(): Lang {
  return document.documentElement.lang === "ko" ? "ko" : "en";
}

/** Loads other languages on demand. */
export async function loadCatalogue(lang: Lang): Promise<Catalogue> {
  return lang === "ko" ? (await import("./ko")).ko : en;
}

export function I18nProvider(props: { lang: Lang; catalogue: Catalogue; children: ReactNode }) {
  const [state, setState] = useState({ lang: props.lang, catalogue: props.catalogue });
  const setLang = useCallback((lang: Lang) => {
    void loadCatalogue(lang).then((catalogue) => {
      setState({ lang, catalogue });
      try {
        localStorage.setItem(STORED, lang);
      } catch {
        // Without storage, the choice lasts until the page is closed.
      }
    });
  }, []);
  useEffect(() => {
    document.documentElement.lang = state.lang;
  }, [state.lang]);
  const value = useMemo(() => makeI18n(state.lang, state.catalogue, setLang), [state, setLang]);
  return <Context.Provider value={value}>{props.children}</Context.Provider>;
}

export function useI18n(): I18n {
  return useContext(Context);
}
