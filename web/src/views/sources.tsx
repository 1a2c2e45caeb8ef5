import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Cell, Days, Ledger } from "../api";
import { useDocument } from "../documents";
import { type Day, addDays, daysBetween, useWords } from "../format";
import { Choice, CsvButton, Heading, Loaded, Reason } from "../pieces";

/// What a square shows: the decision, and of what was accepted whether it was new.
type Look = "accepted" | "same" | "carried" | "skipped" | "failed" | "held";
const looks: Look[] = ["accepted", "same", "carried", "skipped", "failed", "held"];
const lookOf = (cell: Cell): Look => (cell.decision === "accepted" && cell.status === "unchanged" ? "same" : cell.decision);
/// Not by colour alone.
const signs: Record<Look, string> = { accepted: "", same: "", carried: "↻", skipped: "–", failed: "×", held: "!" };

export function Sources() {
  const { t } = useWords();
  const ledger = useDocument<Ledger>("/v1/ledger");
  const days = useDocument<Days>("/v1/days").data;
  return (
    <Loaded of={ledger}>
      {(shown) => (shown.cells.length === 0 ? <Heading title={t.sources.title} about={t.runs.none} /> : <Shown ledger={shown} timezone={days?.timezone} />)}
    </Loaded>
  );
}

function Shown({ ledger, timezone }: { ledger: Ledger; timezone: string | undefined }) {
  const { t } = useWords();
  const [range, setRange] = useState(30);
  const [chosen, choose] = useState<Cell | null>(null);
  const last = ledger.cells.reduce((newest, cell) => (cell.day > newest ? cell.day : newest), "");
  const first = ledger.cells.reduce((oldest, cell) => (cell.day < oldest ? cell.day : oldest), last);
  const count = Math.min(range, daysBetween(first, last) + 1);
  const days = useMemo(() => Array.from({ length: count }, (_, i) => addDays(last, i - count + 1)), [last, count]);
  const rows = () => [
    [t.day, t.source, t.canal, "status", "decision", t.sources.why, t.sources.inForce, t.sources.read, t.sources.quarantined],
    ...ledger.cells.filter((cell) => cell.day >= days[0]!).map((cell) => [
      cell.day, cell.source, cell.canal, cell.status, cell.decision, cell.reason, cell.in_force_since, cell.rows_read, cell.rows_quarantined,
    ]),
  ];
  return (
    <>
      <Heading title={t.sources.title} about={`${t.sources.about} ${t.sources.keys}`}>
        <Choice label={t.range} name="range" value={range} choose={setRange} options={[30, 90, 365].map((n) => ({ value: n, text: t.days(n) }))} />
        <CsvButton name="quarentena-fontes" rows={rows} />
      </Heading>
      <section class="card">
        <Grid ledger={ledger} days={days} chosen={chosen} choose={choose} />
        <ul class="legend">
          {looks.map((look) => (
            <li key={look}>
              <span class={`square ${look}`} aria-hidden="true">{signs[look]}</span>
              {look === "same" ? t.status.unchanged : t.decision[look]}
            </li>
          ))}
        </ul>
      </section>
      <section class="card" aria-live="polite">
        {chosen ? <Details cell={chosen} timezone={timezone} /> : <p class="soft">{t.sources.choose}</p>}
      </section>
    </>
  );
}

/// One stop of the Tab key; the arrows move inside, as in any grid.
function Grid(props: { ledger: Ledger; days: Day[]; chosen: Cell | null; choose: (cell: Cell) => void }) {
  const { t, longDay, month, dayOfMonth } = useWords();
  const { ledger, days, choose } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const cells = useMemo(() => new Map(ledger.cells.map((cell) => [`${cell.source} ${cell.day}`, cell])), [ledger]);
  const named = useMemo(() => days.map((day) => ({ day, name: longDay(day) })), [days, longDay]);
  const sources = [...new Set([...ledger.sources.map((each) => each.source), ...ledger.cells.map((cell) => cell.source)])];
  const [at, setAt] = useState({ row: 0, column: days.length - 1 });
  const column = Math.min(at.column, days.length - 1);
  // The newest days are at the right end.
  useEffect(() => {
    if (scroller.current) scroller.current.scrollLeft = scroller.current.scrollWidth;
    setAt((now) => ({ row: now.row, column: days.length - 1 }));
  }, [days.length]);

  const pick = useCallback((row: number, column: number, cell: Cell | undefined) => {
    setAt({ row, column });
    if (cell) choose(cell);
  }, [choose]);
  const move = (event: KeyboardEvent) => {
    const steps: Record<string, [number, number]> = {
      ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -days.length], End: [0, days.length],
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const next = {
      row: Math.min(sources.length - 1, Math.max(0, at.row + step[0])),
      column: Math.min(days.length - 1, Math.max(0, column + step[1])),
    };
    setAt(next);
    const square = event.currentTarget as HTMLElement;
    const target = square.querySelector<HTMLElement>(`[data-at="${next.row} ${next.column}"]`);
    target?.focus();
    target?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  const months: { name: string; span: number }[] = [];
  for (const day of days) {
    const name = month(day);
    if (months.at(-1)?.name === name) months.at(-1)!.span += 1;
    else months.push({ name, span: 1 });
  }
  return (
    <div class="scroll" ref={scroller}>
      <table class={`ledger ${days.length > 45 ? "dense" : ""}`} role="grid" aria-label={t.sources.grid} onKeyDown={move}>
        <thead>
          <tr aria-hidden="true">
            <td />
            {months.map((each) => <td key={each.name} colSpan={each.span} class="month">{each.span > 2 ? each.name : ""}</td>)}
          </tr>
          <tr>
            <td />
            {named.map(({ day, name }) => <th key={day} scope="col" abbr={name}>{dayOfMonth(day)}</th>)}
          </tr>
        </thead>
        <tbody>
          {sources.map((source, r) => (
            <Row key={source} row={r} source={source} days={named} cells={cells} stop={r === at.row ? column : null}
              chosen={props.chosen?.source === source ? props.chosen : null} pick={pick} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface RowProps {
  row: number;
  source: string;
  days: { day: Day; name: string }[];
  cells: Map<string, Cell>;
  stop: number | null;
  chosen: Cell | null;
  pick: (row: number, column: number, cell: Cell | undefined) => void;
}

/// A year has thousands of squares: they are made anew only where something changed.
function Row({ row, source, days, cells, stop, chosen, pick }: RowProps) {
  const { t } = useWords();
  return useMemo(() => (
    <tr>
      <th scope="row">{source}</th>
      {days.map(({ day, name }, c) => {
        const cell = cells.get(`${source} ${day}`);
        const look = cell && lookOf(cell);
        const told = `${source}, ${name}: ${cell ? `${t.status[cell.status]}, ${t.decision[cell.decision]}` : t.sources.noLoad}`;
        return (
          <td key={day} aria-selected={cell !== undefined && cell === chosen}>
            <button class={`square ${look ?? "nothing"}`} data-at={`${row} ${c}`} tabIndex={c === stop ? 0 : -1} aria-label={told} title={told}
              onClick={() => pick(row, c, cell)} onFocus={() => cell && pick(row, c, cell)}>
              {look && signs[look]}
            </button>
          </td>
        );
      })}
    </tr>
  ), [row, source, days, cells, stop, chosen, pick, t]);
}

function Details({ cell, timezone }: { cell: Cell; timezone: string | undefined }) {
  const { t, longDay, number, fullDay, time } = useWords();
  const facts: [string, string][] = [
    [t.canal, cell.canal],
    [t.sources.read, number(cell.rows_read)],
    [t.sources.counted, number(cell.rows_counted)],
    [t.sources.rejected, number(cell.rows_rejected)],
    [t.sources.quarantined, number(cell.rows_quarantined)],
    [t.sources.newest, cell.newest_data_envio ? fullDay(cell.newest_data_envio) : "—"],
    [t.sources.inForce, cell.in_force_since ? fullDay(cell.in_force_since) : "—"],
    [t.sources.decidedAt, time(cell.decided_at, timezone)],
    [t.sources.run, cell.run_id],
  ];
  return (
    <>
      <h2>{cell.source} <span class="soft">{longDay(cell.day)}</span></h2>
      <p><span class={`square ${lookOf(cell)}`} aria-hidden="true">{signs[lookOf(cell)]}</span> {t.status[cell.status]}, {t.decision[cell.decision]}</p>
      <Reason reason={cell.reason} look="reason" />
      {cell.approved && <p>{t.sources.approved}</p>}
      <dl class="facts">
        {facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
      </dl>
    </>
  );
}
