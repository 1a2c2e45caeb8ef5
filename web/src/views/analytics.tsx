import type { TargetedEvent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type Days, type Problem, post } from "../api";
import { type Answer, AnswerChart } from "../charts/answer";
import type { Value } from "../csv";
import { useDocument } from "../documents";
import { type Language, useWords } from "../format";
import { CsvButton, Heading, Loaded, ProblemNote, Table } from "../pieces";

type Translated = Record<Language, string>;

interface Parameter {
  name: string;
  type: "date" | "integer" | "text";
  default: string;
  label: Translated;
}

interface Analysis {
  name: string;
  title: Translated;
  description: Translated;
  parameters: Parameter[];
}

type Outcome = Answer & { version: number; values: Record<string, string> };

export function Analytics() {
  const { t } = useWords();
  const analyses = useDocument<Analysis[]>("/v1/analytics");
  return (
    <>
      <Heading title={t.analytics.title} about={t.analytics.about} />
      <Loaded of={analyses}>{(all) => (all.length === 0 ? <p class="soft">{t.analytics.none}</p> : <Chosen all={all} />)}</Loaded>
    </>
  );
}

function Chosen({ all }: { all: Analysis[] }) {
  const { t, language } = useWords();
  const [name, choose] = useState(all[0]!.name);
  const analysis = all.find((each) => each.name === name) ?? all[0]!;
  return (
    <div class="analytics">
      <ul class="card menu" aria-label={t.analytics.choose}>
        {all.map((each) => (
          <li key={each.name}>
            <button aria-pressed={each.name === name} onClick={() => choose(each.name)}>{each.title[language]}</button>
          </li>
        ))}
      </ul>
      <One key={name} analysis={analysis} />
    </div>
  );
}

/// Asked at once with the defaults; a value that is typed stands in for one.
function One({ analysis }: { analysis: Analysis }) {
  const { t, language } = useWords();
  const canais = useDocument<Days>("/v1/days").data?.canais ?? [];
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [asking, setAsking] = useState(false);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);

  const ask = async () => {
    setAsking(true);
    setProblem(null);
    const values = Object.fromEntries(Object.entries(typed).filter(([, value]) => value !== ""));
    try {
      setOutcome(await post<Outcome>("/v1/analytics/run", { name: analysis.name, values }));
    } catch (error) {
      setProblem(error as Problem);
    }
    setAsking(false);
  };
  useEffect(() => void ask(), [analysis.name]);

  return (
    <section class="card" aria-busy={asking}>
      <h2>{analysis.title[language]}</h2>
      <p class="soft">{analysis.description[language]}</p>
      <form class="ask" onSubmit={(event) => (event.preventDefault(), void ask())}>
        {analysis.parameters.map((parameter) => (
          <label key={parameter.name}>
            {parameter.label[language]}
            <Field parameter={parameter} canais={canais} value={typed[parameter.name] ?? outcome?.values[parameter.name] ?? ""}
              type={(value) => setTyped({ ...typed, [parameter.name]: value })} />
          </label>
        ))}
        <button class="main" disabled={asking}>{asking ? t.analytics.running : t.analytics.run}</button>
      </form>
      {problem && <ProblemNote problem={problem} />}
      {asking && !outcome && <p class="soft waiting" role="status">{t.today.computing}</p>}
      {outcome && <Result analysis={analysis} outcome={outcome} canais={canais} />}
    </section>
  );
}

function Field({ parameter, canais, value, type }: { parameter: Parameter; canais: string[]; value: string; type: (value: string) => void }) {
  const { t } = useWords();
  if (parameter.name === "canal")
    return (
      <select value={value} onChange={(event) => type(event.currentTarget.value)}>
        <option value="">{t.all}</option>
        {canais.map((canal) => <option key={canal}>{canal}</option>)}
      </select>
    );
  const rest = { value, autocomplete: "off", onInput: (event: TargetedEvent<HTMLInputElement>) => type(event.currentTarget.value) };
  if (parameter.type === "date") return <input type="date" {...rest} />;
  return parameter.type === "integer" ? <input type="number" {...rest} /> : <input type="text" {...rest} />;
}

function Result({ analysis, outcome, canais }: { analysis: Analysis; outcome: Outcome; canais: string[] }) {
  const { t, language, number, fullDay } = useWords();
  const { columns, rows } = outcome;
  const write = (value: Value | boolean, type: string) =>
    value == null ? "—" : typeof value === "number" ? number(value) : type === "date" ? fullDay(String(value)) : String(value);
  const csv = () => [columns.map((each) => each.name), ...rows.map((row) => columns.map(({ name }) => (typeof row[name] === "boolean" ? String(row[name]) : (row[name] as Value))))];
  if (rows.length === 0) return <p class="soft">{t.analytics.empty}</p>;
  return (
    <div class="result">
      <AnswerChart title={analysis.title[language]} answer={outcome} canais={canais} />
      <div class="heading">
        <h3>{t.analytics.rows(rows.length)}</h3>
        <CsvButton name={analysis.name} rows={csv} />
      </div>
      <div class="tall">
        <Table caption={analysis.title[language]} rows={rows.slice(0, 500)}
          columns={columns.map(({ name, type }) => ({ title: name, of: (row: Answer["rows"][number]) => write(row[name], type), numeric: type === "whole" || type === "real" }))} />
      </div>
    </div>
  );
}
