import type { Cell, CanalDay, Days, Ledger, NewestDay } from "../api";
import { Spark } from "../charts/spark";
import { useDocument, useNewestDay } from "../documents";
import { addDays, useWords } from "../format";
import { CsvButton, Dot, Heading, Loaded, ProblemNote, Reason } from "../pieces";

export function Today() {
  const { t, longDay } = useWords();
  const days = useDocument<Days>("/v1/days");
  const ledger = useDocument<Ledger>("/v1/ledger");
  return (
    <Loaded of={days}>
      {(shown) => (
        <>
          <Heading title={t.today.title} about={longDay(shown.today)} />
          {shown.days.length === 0 ? <Nothing /> : <Glance days={shown} ledger={ledger.data} />}
        </>
      )}
    </Loaded>
  );
}

function Nothing() {
  const { t } = useWords();
  return (
    <section class="card">
      <p><strong>{t.today.nothing}</strong></p>
      <p class="soft">{t.today.nothingHint}</p>
    </section>
  );
}

function Glance({ days, ledger }: { days: Days; ledger: Ledger | undefined }) {
  const newest = useNewestDay();
  const troubles = ledger ? troublesOf(ledger) : [];
  return (
    <>
      <State days={days} ledger={ledger} troubles={troubles} />
      <Totals days={days} newest={newest.data} computing={newest.computing} />
      {newest.problem && !newest.data && <ProblemNote problem={newest.problem} />}
      <Canais days={days} newest={newest.data} computing={newest.computing} />
      <Troubles cells={troubles} />
    </>
  );
}

/// Of the newest day that was run: what did not come as agreed.
function troublesOf(ledger: Ledger): Cell[] {
  const day = newestDay(ledger);
  return ledger.cells.filter((cell) => cell.day === day && cell.decision !== "accepted");
}

const newestDay = (ledger: Ledger) => ledger.cells.reduce((newest, cell) => (cell.day > newest ? cell.day : newest), "");

function State({ days, ledger, troubles }: { days: Days; ledger: Ledger | undefined; troubles: Cell[] }) {
  const { t, fullDay, time } = useWords();
  const newest = days.days.at(-1)!;
  const run = ledger ? newestDay(ledger) : "";
  const held = troubles.some((cell) => cell.decision === "held");
  const failed = troubles.some((cell) => cell.decision === "failed");
  const fresh = newest >= days.today;
  const kind = held || failed ? "bad" : !fresh || troubles.length > 0 ? "warn" : "good";
  return (
    <div class={`note ${kind}`} role="status">
      <p>
        {held ? t.today.held(fullDay(run)) : failed ? t.today.failed(fullDay(run))
          : fresh ? t.today.fresh(time(days.committed_at!, days.timezone), String(days.version)) : t.today.stale(fullDay(newest))}
      </p>
      {ledger && !held && !failed && <p>{troubles.length > 0 ? t.today.degraded(troubles.length) : t.today.allWell}</p>}
    </div>
  );
}

function Totals({ days, newest, computing }: { days: Days; newest: NewestDay | undefined; computing: boolean }) {
  const { t, number } = useWords();
  const week = addDays(days.today, 7);
  const soon = newest?.releases.filter((each) => each.last_day < week && each.last_day >= days.today).reduce((sum, each) => sum + each.clients, 0);
  return (
    <section class="totals" aria-busy={computing}>
      {computing && newest && <p class="soft">{t.today.computingNewer}</p>}
      <div>
        <p class="big">{newest ? number(newest.clients) : <span class="soft">{t.today.computing}</span>}</p>
        <p>{t.today.inQuarantine}</p>
        <p class="soft small">{t.today.inQuarantineNote}</p>
      </div>
      <div>
        <p class="big">{newest ? number(soon) : <span class="soft">{t.today.computing}</span>}</p>
        <p>{t.today.next}</p>
        <p class="soft small">{t.today.nextNote}</p>
      </div>
    </section>
  );
}

function Canais({ days, newest, computing }: { days: Days; newest: NewestDay | undefined; computing: boolean }) {
  const { t, fullDay } = useWords();
  const last = days.days.length - 1;
  const moved = newest && (!computing || newest.version === days.version) ? newest : undefined;
  const of = (canal: string) => moved?.canais.find((each) => each.canal === canal);
  const rows = () => [
    [t.canal, t.clients, t.today.entered, t.today.left],
    ...days.canais.map((canal, c) => [canal, days.clients[c]![last], of(canal)?.entered, of(canal)?.left]),
  ];
  return (
    <section>
      <div class="heading">
        <h2>
          {t.today.byCanal}
          {moved?.before && <span class="soft"> {t.today.sinceBefore(fullDay(moved.before))}</span>}
        </h2>
        <CsvButton name={`quarentena-${days.days[last]}`} rows={rows} />
      </div>
      <ul class="cards">
        {days.canais.map((canal, c) => (
          <CanalCard key={canal} position={c} canal={canal} values={days.clients[c]!.slice(-30)} moves={of(canal)} />
        ))}
      </ul>
    </section>
  );
}

function CanalCard({ position, canal, values, moves }: { position: number; canal: string; values: (number | null)[]; moves: CanalDay | undefined }) {
  const { t, number } = useWords();
  return (
    <li class="card canal">
      <h3><Dot position={position} />{canal}</h3>
      <p class="count">{number(values.at(-1))}</p>
      <Spark values={values} position={position} />
      <dl class="moves">
        <div><dt>{t.today.entered}</dt><dd>{moves?.entered == null ? "—" : moves.entered > 0 ? `+${number(moves.entered)}` : "0"}</dd></div>
        <div><dt>{t.today.left}</dt><dd>{moves?.left == null ? "—" : moves.left > 0 ? `−${number(moves.left)}` : "0"}</dd></div>
      </dl>
      {moves && (moves.left_early || moves.until_removed) ? (
        <p class="soft small">{moves.left_early ? t.today.leftEarly(number(moves.left_early)) : `${number(moves.until_removed)} ${t.today.untilRemoved}`}</p>
      ) : null}
    </li>
  );
}

function Troubles({ cells }: { cells: Cell[] }) {
  const { t, fullDay } = useWords();
  if (cells.length === 0) return null;
  return (
    <section>
      <h2>{t.today.troubles}</h2>
      <ul class="troubles">
        {cells.map((cell) => (
          <li key={cell.source} class="card">
            <h3><span class={`mark-of ${cell.decision}`} aria-hidden="true" />{cell.source} <span class="soft">{cell.canal}</span></h3>
            <p>
              {t.status[cell.status]}, {t.decision[cell.decision]}
              {cell.in_force_since && `. ${t.sources.inForce} ${fullDay(cell.in_force_since)}`}
            </p>
            <Reason reason={cell.reason} look="soft" />
          </li>
        ))}
      </ul>
      <p><a href="#/sources">{t.sources.title} →</a></p>
    </section>
  );
}
