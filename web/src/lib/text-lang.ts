/** Language of a text written by users, for screen readers and line breaks; `undefined` if its script has several. */
export function textLang(text: string): string | undefined {
  if (/\p{Script=Hangul}/u.test(text)) return "ko";
  if (/[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text)) return "ja";
  return undefined;
}
