import type { Day } from "./format";
import { useWords } from "./format";

// Why a source was decided on as it was, in Portuguese. The service says it in English, in sentences of fixed words
// (src/trust/acceptance.cpp); what is not among them, such as an error's own words, stays as it is.

interface Forms {
  number: (value: number) => string;
  fullDay: (day: Day) => string;
}
type Rule = [RegExp, (found: string[], forms: Forms) => string];

const rules: Rule[] = [
  [/^(?:source '[^']+': )?nothing at (.+)$/, ([path]) => `não há nada em ${path}`],
  [/^as on (\S+)$/, ([day], { fullDay }) => `como em ${fullDay(day!)}`],
  [/^the same delivery as on (\S+); none of its rows is of this day$/, ([day], { fullDay }) =>
    `a mesma entrega de ${fullDay(day!)}; nenhuma linha é deste dia`],
  [/^none of its (\d+) rows is of this day \((.+)\)$/, ([rows, where], { number }) =>
    `nenhuma de suas ${number(+rows!)} linhas é deste dia (${where})`],
  [/^last changed (\d+) hours ago, at most (\d+) are allowed$/, ([hours, most], { number }) =>
    `mudou pela última vez há ${number(+hours!)} horas; são permitidas ${most}`],
  [/^no row has a usable data_envio$/, () => "nenhuma linha tem um data_envio que se possa usar"],
  [/^its newest data_envio is (\S+), (\S+) or later is expected$/, ([newest, oldest], { fullDay }) =>
    `o data_envio mais novo é ${fullDay(newest!)}; esperava-se ${fullDay(oldest!)} ou depois`],
  [/^(\d+) rows, at least (\d+) are expected$/, ([rows, least], { number }) => `${number(+rows!)} linhas; esperavam-se ao menos ${number(+least!)}`],
  [/^(\d+) rows instead of the usual (\d+): (\d+)% fewer, at most (\d+)% are allowed$/, ([rows, usual, fewer, most], { number }) =>
    `${number(+rows!)} linhas em vez das ${number(+usual!)} de costume: ${fewer}% a menos; o permitido é ${most}%`],
  [/^(\d+) rows instead of the usual (\d+): more than (\d+)% too many$/, ([rows, usual, most], { number }) =>
    `${number(+rows!)} linhas em vez das ${number(+usual!)} de costume: mais de ${most}% a mais`],
  [/^(\d+) of (\d+) rows were rejected, at most (\d+)% are allowed$/, ([rejected, rows, most], { number }) =>
    `${number(+rejected!)} de ${number(+rows!)} linhas foram rejeitadas; o permitido é ${most}%`],
  [/^the delivery holds no rows$/, () => "a entrega não tem linhas"],
  [/^`where` keeps none of its (\d+) rows$/, ([rows], { number }) => `\`where\` não deixa nenhuma de suas ${number(+rows!)} linhas`],
  [/^it ends without a line end, which earlier deliveries had: its end is missing$/, () =>
    "termina sem fim de linha, que as entregas anteriores tinham: falta o final"],
  [/^its columns changed: (.+)$/, ([changes]) => `as colunas mudaram: ${columns(changes!)}`],
  [/^it does not meet: (.+)$/, ([expectations]) => `não cumpre: ${expectations}`],
  [/^came (\d+) minutes after (\S+)$/, ([minutes, due], { number }) => `veio ${number(+minutes!)} minutos depois das ${due}`],
  [/^it was not asked in this run$/, () => "não foi pedida nesta execução"],
  [/^computed later, from what was kept$/, () => "calculada depois, do que foi guardado"],
  [/^the canal is no longer configured$/, () => "o canal não está mais na configuração"],
  [/^the release is approved, the day is not published$/, () => "as saídas foram aprovadas, o dia não foi publicado"],
];

const columns = (changes: string) =>
  changes.replace(/('[^']+') is new/g, "$1 é nova").replace(/('[^']+') is gone/g, "$1 sumiu")
    .replace(/('[^']+') was (.+?) and is (.+?)(?=, '|;|$)/g, "$1 era $2 e é $3").replace(/; accepted by /, "; aceito por ");

const due = /; it (was|is) due at (\d\d:\d\d)$/;

/// Absent: these are no words of ours.
export function inPortuguese(reason: string, forms: Forms): string | undefined {
  const end = due.exec(reason);
  const said = end ? reason.slice(0, end.index) : reason;
  for (const [words, tell] of rules) {
    const found = words.exec(said);
    if (found) return tell(found.slice(1), forms) + (end ? `; ${end[1] === "was" ? "era" : "é"} para as ${end[2]}` : "");
  }
  return undefined;
}

/// The reason in the page's language, as far as it can be said in it.
export function useReason(): (reason: string) => { text: string; lang: string | undefined } {
  const words = useWords();
  return (reason) => {
    const translated = words.language === "pt" ? inPortuguese(reason, words) : undefined;
    return translated === undefined ? { text: reason, lang: words.language === "en" ? undefined : "en" } : { text: translated, lang: undefined };
  };
}
