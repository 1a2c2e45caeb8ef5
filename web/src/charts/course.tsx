import { scaleLinear } from "d3-scale";
import { area, curveMonotoneX, line } from "d3-shape";
import { useState } from "preact/hooks";
import { type Day, toTime, useWords } from "../format";
import { Table, hue } from "../pieces";
import { useWidth } from "./width";

export interface Series {
  name: string;
  position: number; ///< of its colour
  values: (number | null)[]; ///< one a position; null: not known
}

type Shape = "stacked" | "lines";

/// Clients by day.
export function DaysChart({ label, days, series, shape, height }: { label: string; days: Day[]; series: Series[]; shape: Shape; height?: number }) {
  const { t, longDay, fullDay, dayAndMonth } = useWords();
  const along = { title: t.day, at: days.map(toTime), long: (i: number) => longDay(days[i]!), full: (i: number) => fullDay(days[i]!), short: (i: number) => dayAndMonth(days[i]!) };
  return <CourseChart label={label} along={along} series={series} shape={shape} height={height} />;
}

/// What runs along the chart, by position: where each stands, and how it is written.
export interface Along {
  title: string;
  at: number[];
  long: (i: number) => string;
  full: (i: number) => string;
  short: (i: number) => string;
}

const margin = { top: 12, right: 8, bottom: 26, left: 46 };

/// The pointer or the arrow keys choose a position, whose numbers are then told; all of them are in the table below.
export function CourseChart({ label, along, series, shape, height = 300 }: { label: string; along: Along; series: Series[]; shape: Shape; height?: number | undefined }) {
  const words = useWords();
  const [figure, width] = useWidth<HTMLDivElement>();
  const [chosen, choose] = useState<number | null>(null);
  const count = along.at.length;
  const shown = chosen !== null && chosen < count ? chosen : null;

  const stacks = stacked(series);
  const top = Math.max(1, ...(shape === "stacked" ? (stacks.at(-1)?.map(([, to]) => to) ?? []) : series.flatMap((each) => each.values.map((value) => value ?? 0))));
  const x = scaleLinear([along.at[0] ?? 0, along.at.at(-1) ?? 1], [margin.left, Math.max(width - margin.right, margin.left)]);
  const y = scaleLinear([0, top], [height - margin.bottom, margin.top]).nice(4);
  const at = (i: number) => (count === 1 ? (margin.left + width) / 2 : x(along.at[i]!));

  const band = area<[number, number]>((_, i) => at(i), ([from]) => y(from), ([, to]) => y(to)).curve(curveMonotoneX);
  const path = line<number | null>((_, i) => at(i), (value) => y(value ?? 0)).defined((value) => value !== null).curve(curveMonotoneX);

  const nearest = (px: number) => {
    let best = 0;
    for (let i = 1; i < count; ++i) if (Math.abs(at(i) - px) < Math.abs(at(best) - px)) best = i;
    return best;
  };
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -7, PageDown: 7, Home: -count, End: count }[event.key];
    if (!step || count === 0) return;
    event.preventDefault();
    choose(Math.min(count - 1, Math.max(0, (shown ?? count - 1) + step)));
  };
  const told = shown === null ? "" : `${along.long(shown)}: ${series.map((each) => `${each.name} ${words.number(each.values[shown])}`).join(", ")}`;

  return (
    <figure class="chart">
      <div ref={figure} class="plot">
        {width > 0 && (
          <svg width={width} height={height} role="img" aria-label={label} tabIndex={0} onKeyDown={onKey} onBlur={() => choose(null)}
            onPointerMove={(event) => choose(nearest(event.offsetX))} onPointerLeave={() => choose(null)}>
            {y.ticks(4).map((tick) => (
              <g key={tick} class="grid">
                <line x1={margin.left} x2={width - margin.right} y1={y(tick)} y2={y(tick)} />
                <text x={margin.left - 8} y={y(tick)} dy="0.32em" text-anchor="end">{words.short(tick)}</text>
              </g>
            ))}
            {ticks(count, width).map((i) => (
              <text key={i} class="axis" x={at(i)} y={height - 6} text-anchor={i === 0 ? "start" : i === count - 1 ? "end" : "middle"}>{along.short(i)}</text>
            ))}
            {shape === "stacked"
              ? series.map((each, s) => <path key={each.name} class={`band ${hue(each.position)}`} d={band(stacks[s]!) ?? ""} />)
              : series.map((each) => <path key={each.name} class={`line ${hue(each.position)}`} d={path(each.values) ?? ""} />)}
            {shown !== null && <line class="cursor" x1={at(shown)} x2={at(shown)} y1={margin.top} y2={height - margin.bottom} />}
            {shown !== null &&
              series.map((each, s) => {
                const value = shape === "stacked" ? stacks[s]![shown]![1] : each.values[shown];
                return value == null ? null : <circle key={each.name} class={`point ${hue(each.position)}`} cx={at(shown)} cy={y(value)} r="3.5" />;
              })}
          </svg>
        )}
        {shown !== null && <Tip title={along.full(shown)} series={series} shown={shown} x={at(shown)} width={width} />}
      </div>
      <p class="hidden" aria-live="polite">{told}</p>
      <Legend series={series} />
      <Numbers label={label} along={along} series={series} />
    </figure>
  );
}

function stacked(series: Series[]): [number, number][][] {
  let below: number[] = [];
  return series.map(({ values }) => {
    const band = values.map((value, i): [number, number] => [below[i] ?? 0, (below[i] ?? 0) + (value ?? 0)]);
    below = band.map(([, to]) => to);
    return band;
  });
}

/// As many as there is room for, the first and the last among them.
function ticks(count: number, width: number): number[] {
  const most = Math.max(2, Math.floor(width / 90));
  if (count <= most) return Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.round((i * (count - 1)) / (most - 1)));
}

/// Next to the position; where there is no room, at the other side of the chart.
function besides(x: number, width: number) {
  if (width < 500) return x > width / 2 ? { left: `${margin.left + 6}px` } : { right: "6px" };
  return x > width / 2 ? { right: `${width - x + 12}px` } : { left: `${x + 12}px` };
}

function Tip({ title, series, shown, x, width }: { title: string; series: Series[]; shown: number; x: number; width: number }) {
  const { number } = useWords();
  return (
    <div class="tip" aria-hidden="true" style={besides(x, width)}>
      <strong>{title}</strong>
      {[...series].reverse().map((each) => (
        <div key={each.name}>
          <span><span class={`dot ${hue(each.position)}`} />{each.name}</span>
          <span>{number(each.values[shown])}</span>
        </div>
      ))}
    </div>
  );
}

export function Legend({ series }: { series: { name: string; position: number }[] }) {
  return (
    <ul class="legend">
      {series.map((each) => (
        <li key={each.name}><span class={`dot ${hue(each.position)}`} aria-hidden="true" />{each.name}</li>
      ))}
    </ul>
  );
}

function Numbers({ label, along, series }: { label: string; along: Along; series: Series[] }) {
  const { t, number } = useWords();
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t.asTable}</summary>
      {open && (
        <Table caption={label} rows={along.at.map((_, i) => along.at.length - 1 - i)}
          columns={[
            { title: along.title, of: (i) => along.full(i) },
            ...series.map((each) => ({ title: each.name, of: (i: number) => number(each.values[i]), numeric: true })),
          ]} />
      )}
    </details>
  );
}
