import { type Value } from "../csv";
import { toTime, useWords } from "../format";
import { Bars } from "./bars";
import { CourseChart, DaysChart, type Series } from "./course";

/// The answer of an analysis, as POST /v1/analytics/run gives it.
export interface Answer {
  chart: { kind: "line" | "bar" | "stacked" | "heat"; x: string; y: string; series: string } | null;
  columns: { name: string; type: "text" | "whole" | "real" | "date" | "truth" }[];
  rows: Record<string, Value | boolean>[];
}

const textOf = (value: Value | boolean) => (value == null ? "—" : String(value));
const numberOf = (value: Value | boolean) => (typeof value === "number" ? value : null);

interface Asked {
  title: string;
  answer: Answer;
  canais: string[]; ///< in the order of the page, whose colours they have
}

/// The chart that its file asks for.
export function AnswerChart({ title, answer, canais }: Asked) {
  const { chart } = answer;
  if (!chart || answer.rows.length === 0) return null;
  if (chart.kind === "bar") return <AnswerBars title={title} answer={answer} canais={canais} />;
  if (chart.kind === "heat") return <Heat title={title} answer={answer} />;
  return <Course title={title} answer={answer} canais={canais} />;
}

const distinct = (answer: Answer, column: string) => [...new Set(answer.rows.map((row) => textOf(row[column])))];
const isDate = (answer: Answer, column: string) => answer.columns.some((each) => each.name === column && each.type === "date");

/// What stands for a colour, of each of these names.
const positions = (names: string[], canais: string[]) => (names.every((name) => canais.includes(name)) ? canais : names);

function Course({ title, answer, canais }: Asked) {
  const { number } = useWords();
  const chart = answer.chart!;
  const shape = chart.kind === "stacked" ? "stacked" : "lines";
  const dates = isDate(answer, chart.x);
  const xs = distinct(answer, chart.x).sort((a, b) => (dates ? toTime(a) - toTime(b) : Number(a) - Number(b)));
  const names = chart.series ? distinct(answer, chart.series) : [chart.y];
  const values = new Map(answer.rows.map((row) => [`${chart.series ? textOf(row[chart.series]) : chart.y}\n${textOf(row[chart.x])}`, numberOf(row[chart.y])]));
  const colours = positions(names, canais);
  const series: Series[] = names.map((name) => ({ name, position: colours.indexOf(name), values: xs.map((x) => values.get(`${name}\n${x}`) ?? null) }));
  if (dates) return <DaysChart label={title} days={xs} series={series} shape={shape} />;
  const write = (i: number) => number(Number(xs[i]));
  const along = { title: chart.x, at: xs.map(Number), long: (i: number) => `${chart.x} ${write(i)}`, full: (i: number) => `${chart.x} ${write(i)}`, short: write };
  return <CourseChart label={title} along={along} series={series} shape={shape} />;
}

function AnswerBars({ title, answer, canais }: Asked) {
  const chart = answer.chart!;
  const colours = chart.series ? positions(distinct(answer, chart.series), canais) : [];
  const bars = answer.rows.map((row) => {
    const of = chart.series ? textOf(row[chart.series]) : "";
    return { name: of ? `${textOf(row[chart.x])} · ${of}` : textOf(row[chart.x]), value: numberOf(row[chart.y]) ?? 0, position: Math.max(0, colours.indexOf(of)) };
  });
  return <Bars label={title} bars={bars} />;
}

/// A row for each of `series`, shaded by `y`. The numbers stand in the squares: colour alone tells nothing.
function Heat({ title, answer }: { title: string; answer: Answer }) {
  const { number, dayAndMonth } = useWords();
  const chart = answer.chart!;
  const xs = distinct(answer, chart.x).sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
  const names = distinct(answer, chart.series);
  const values = new Map(answer.rows.map((row) => [`${textOf(row[chart.series])}\n${textOf(row[chart.x])}`, numberOf(row[chart.y])]));
  const most = Math.max(...[...values.values()].map((value) => value ?? 0));
  const level = (value: number) => (value <= 0 || most <= 0 ? 0 : Math.min(4, 1 + Math.floor((3.999 * value) / most)));
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={title}>
      <table class="matrix tight">
        <thead>
          <tr><td />{xs.map((x) => <th key={x} scope="col">{isDate(answer, chart.x) ? dayAndMonth(x) : x}</th>)}</tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {xs.map((x) => {
                const value = values.get(`${name}\n${x}`) ?? null;
                return <td key={x} class={`level${level(value ?? 0)}`}>{value === null ? "" : number(value)}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
