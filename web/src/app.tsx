import type { ComponentType } from "preact";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { forgetToken, hasToken, onRefused } from "./api";
import { forgetDocuments, useDocument, watchForNews } from "./documents";
import { type Language, WordsContext, useWords, wordsOf } from "./format";
import { Login } from "./login";
import { type Theme, keepTheme, keptTheme, nextTheme } from "./theme";
import { Analytics } from "./views/analytics";
import { Lookup } from "./views/lookup";
import { Overlap } from "./views/overlap";
import { Releases } from "./views/releases";
import { Runs } from "./views/runs";
import { Sources } from "./views/sources";
import { Today } from "./views/today";
import { Trends } from "./views/trends";

const views = {
  today: Today,
  sources: Sources,
  trends: Trends,
  releases: Releases,
  overlap: Overlap,
  runs: Runs,
  lookup: Lookup,
  analytics: Analytics,
} satisfies Record<string, ComponentType>;
type View = keyof typeof views;
const names = Object.keys(views) as View[];

const viewInAddress = (): View => names.find((name) => location.hash === `#/${name}`) ?? "today";

const languageKey = "quarentena.language";
const keptLanguage = (): Language => (localStorage.getItem(languageKey) === "en" ? "en" : "pt");

export function App() {
  const [language, setLanguage] = useState(keptLanguage);
  const [inside, setInside] = useState(hasToken);
  const [refused, setRefused] = useState(false);
  const words = useMemo(() => wordsOf(language), [language]);

  const leave = useCallback((why: "asked" | "refused") => {
    forgetToken();
    forgetDocuments();
    setRefused(why === "refused");
    setInside(false);
  }, []);
  useEffect(() => onRefused(() => leave("refused")), [leave]);
  useEffect(() => {
    document.documentElement.lang = words.t.lang;
    localStorage.setItem(languageKey, language);
  }, [language]);

  const switchLanguage = () => setLanguage(language === "pt" ? "en" : "pt");
  return (
    <WordsContext.Provider value={words}>
      {inside ? (
        <Shell switchLanguage={switchLanguage} leave={() => leave("asked")} />
      ) : (
        <Login refused={refused} switchLanguage={switchLanguage} enter={() => setInside(true)} />
      )}
    </WordsContext.Provider>
  );
}

function Shell({ switchLanguage, leave }: { switchLanguage: () => void; leave: () => void }) {
  const { t } = useWords();
  const [view, setView] = useState(viewInAddress);
  const content = useRef<HTMLElement>(null);
  useEffect(watchForNews, []);
  // With the first drawing, not after it: the address may change in between.
  useLayoutEffect(() => {
    const go = () => {
      setView(viewInAddress());
      window.scrollTo(0, 0);
      // Who does not see the page is told that another one is there.
      content.current?.focus({ preventScroll: true });
    };
    addEventListener("hashchange", go);
    return () => removeEventListener("hashchange", go);
  }, []);
  useEffect(() => {
    // On a phone the views are wider than the screen.
    document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
    document.title = `${t.nav[view]} · Quarentena`;
  }, [view, t]);
  const Shown = views[view];
  return (
    <>
      <a class="skip" href="#content" onClick={(event) => (event.preventDefault(), content.current?.focus())}>
        {t.skip}
      </a>
      <header class="top">
        <a class="brand" href="#/today">
          <Mark />
          Quarentena
        </a>
        <nav aria-label={t.nav.label}>
          {names.map((name) => (
            <a key={name} href={`#/${name}`} aria-current={name === view ? "page" : undefined}>
              {t.nav[name]}
            </a>
          ))}
        </nav>
        <div class="tools">
          <button class="quiet" onClick={switchLanguage} lang={t.lang === "en" ? "pt-BR" : "en"}>
            {t.language}
          </button>
          <ThemeButton />
          <button class="quiet" onClick={leave}>
            {t.leave}
          </button>
        </div>
      </header>
      <main id="content" ref={content} tabIndex={-1}>
        <Unreachable />
        <Shown />
      </main>
    </>
  );
}

function Unreachable() {
  const { t } = useWords();
  const { data, problem } = useDocument("/v1/days");
  return data && problem ? (
    <p class="note warn" role="status">
      {t.retrying}
    </p>
  ) : null;
}

export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <circle cx="16" cy="16" r="11" />
      <path d="M19 19l9 9" />
    </svg>
  );
}

export function ThemeButton() {
  const { t } = useWords();
  const [theme, setTheme] = useState<Theme>(keptTheme);
  const turn = () => {
    const next = nextTheme(theme);
    keepTheme(next);
    setTheme(next);
  };
  const sign = { auto: "◐", light: "☀", dark: "☾" }[theme];
  return (
    <button class="quiet sign" onClick={turn} aria-label={`${t.theme.label}: ${t.theme[theme]}`} title={`${t.theme.label}: ${t.theme[theme]}`}>
      <span aria-hidden="true">{sign}</span>
    </button>
  );
}
