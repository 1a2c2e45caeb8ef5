import { useContext } from "preact/hooks";
import { createContext } from "preact";
import { en, pt, type Texts } from "./texts";

export type Language = "pt" | "en";
export const locales: Record<Language, string> = { pt: "pt-BR", en: "en-GB" };

/// A day as the service writes it, "2024-05-28", in no time zone.
export type Day = string;

const dayMs = 86_400_000;
export const toTime = (day: Day) => Date.parse(`${day}T00:00:00Z`);
export const addDays = (day: Day, days: number): Day => new Date(toTime(day) + days * dayMs).toISOString().slice(0, 10);
export const daysBetween = (from: Day, to: Day) => Math.round((toTime(to) - toTime(from)) / dayMs);

/// Texts, numbers and days in a language.
export function wordsOf(language: Language) {
  const locale = locales[language];
  const day = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" });
    return (text: Day) => format.format(toTime(text));
  };
  const whole = new Intl.NumberFormat(locale);
  const short = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });
  const share = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  const change = new Intl.NumberFormat(locale, { signDisplay: "exceptZero" });
  const list = new Intl.ListFormat(locale, { type: "conjunction" });
  // Making one takes longer than a hundred uses of it.
  const times = new Map<string | undefined, Intl.DateTimeFormat>();
  const timesIn = (timeZone: string | undefined) => {
    let format = times.get(timeZone);
    if (!format) times.set(timeZone, (format = new Intl.DateTimeFormat(locale, { day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit", timeZone })));
    return format;
  };
  return {
    language,
    t: (language === "pt" ? pt : en) as Texts,
    number: (value: number | null | undefined) => (value == null ? "—" : whole.format(value)),
    short: (value: number) => short.format(value),
    share: (value: number) => share.format(value),
    change: (value: number) => change.format(value).replace("-", "−"),
    list: (values: string[]) => list.format(values),
    longDay: day({ weekday: "long", day: "numeric", month: "long", year: "numeric" }),
    dayOfWeek: day({ weekday: "short" }),
    dayAndMonth: day({ day: "2-digit", month: "2-digit" }),
    fullDay: day({ day: "2-digit", month: "2-digit", year: "numeric" }),
    month: day({ month: "long", year: "numeric" }),
    dayOfMonth: day({ day: "numeric" }),
    time: (at: string, timeZone: string | undefined) => timesIn(timeZone).format(new Date(at)),
    duration: (ms: number) =>
      ms < 1000 ? `${ms} ms` : ms < 60_000 ? `${whole.format(Math.round(ms / 100) / 10)} s` : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`,
  };
}

export type Words = ReturnType<typeof wordsOf>;
export const WordsContext = createContext<Words>(wordsOf("pt"));
export const useWords = () => useContext(WordsContext);
