import { useState } from "preact/hooks";
import type { Days } from "../api";
import { DaysChart } from "../charts/course";
import { useDocument } from "../documents";
import { addDays, useWords } from "../format";
import { Choice, CsvButton, Heading, Loaded } from "../pieces";

export function Trends() {
  const days = useDocument<Days>("/v1/days");
  return <Loaded of={days}>{(shown) => <Shown days={shown} />}</Loaded>;
}

function Shown({ days }: { days: Days }) {
  const { t } = useWords();
  const [range, setRange] = useState(90);
  const [shape, setShape] = useState<"stacked" | "lines">("stacked");
  const last = days.days.at(-1);
  if (!last) return <Heading title={t.trends.title} about={t.today.nothing} />;
  const from = days.days.findIndex((day) => day > addDays(last, -range));
  const shown = days.days.slice(from);
  const series = days.canais.map((name, position) => ({ name, position, values: days.clients[position]!.slice(from) }));
  const rows = () => [[t.day, ...days.canais], ...shown.map((day, i) => [day, ...series.map((each) => each.values[i])])];
  return (
    <>
      <Heading title={t.trends.title} about={`${t.trends.about} ${t.trends.note}`}>
        <Choice label={t.trends.kind} name="shape" value={shape} choose={setShape}
          options={[{ value: "stacked", text: t.trends.stacked }, { value: "lines", text: t.trends.lines }]} />
        <Choice label={t.range} name="range" value={range} choose={setRange} options={[30, 90, 365].map((n) => ({ value: n, text: t.days(n) }))} />
        <CsvButton name="quarentena-tendencias" rows={rows} />
      </Heading>
      <section class="card">
        <DaysChart label={`${t.trends.chart}. ${t.trends.keys}`} days={shown} series={series} shape={shape} height={340} />
      </section>
    </>
  );
}
