import { useState } from "preact/hooks";
import type { Counts, Days, Run, RunSource } from "../api";
import { useDocument } from "../documents";
import { useWords } from "../format";
import { CsvButton, Heading, Loaded, Reason } from "../pieces";

export function Runs() {
  const { t } = useWords();
  const runs = useDocument<{ runs: Run[] }>("/v1/runs");
  const timezone = useDocument<Days>("/v1/days").data?.timezone;
  return (
    <Loaded of={runs}>
      {({ runs }) => (
        <>
          <Heading title={t.runs.title} about={t.runs.about}>
            <CsvButton name="quarentena-execucoes" rows={() => rowsOf(runs)} />
          </Heading>
          {runs.length === 0 ? <p class="soft">{t.runs.none}</p> : <ul class="runs">{runs.map((run) => <Entry key={run.run_id} run={run} timezone={timezone} />)}</ul>}
        </>
      )}
    </Loaded>
  );
}

const rowsOf = (runs: Run[]) => [
  ["run_id", "data_carga", "status", "started_at", "duration_ms", "version", "read", "quarantined", "rejected"],
  ...runs.map((run) => [run.run_id, run.data_carga, run.status, run.started_at, run.duration_ms, run.version, run.counts?.read, run.counts?.quarantined, run.counts?.rejected]),
];

const isDegraded = (run: Run) => run.status === "published" && run.sources.some((source) => source.decision === "carried");
const lookOf = (run: Run) => (run.status === "failed" || run.status === "killed" ? "failed" : run.status === "held" ? "held" : isDegraded(run) ? "carried" : run.status === "published" ? "accepted" : "same");

function Entry({ run, timezone }: { run: Run; timezone: string | undefined }) {
  const words = useWords();
  const { t } = words;
  const [open, setOpen] = useState(false);
  return (
    <li class="card">
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <span class={`mark-of ${lookOf(run)}`} aria-hidden="true" />
          <h2>{words.fullDay(run.data_carga)}</h2>
          <span>{t.runs.kinds[run.status] ?? run.status}{isDegraded(run) && `, ${t.runs.degraded}`}</span>
          <span class="soft">{words.time(run.started_at, timezone)}</span>
          <span class="soft">{words.duration(run.duration_ms)}</span>
          {run.counts && run.counts.read > 0 && <span class="soft">{words.number(run.counts.quarantined)} {t.runs.counts.quarantined}</span>}
        </summary>
        {open && <Story run={run} />}
      </details>
    </li>
  );
}

function Story({ run }: { run: Run }) {
  const { t, number } = useWords();
  const tell = t.runs.told[run.status];
  return (
    <div class="story">
      {tell && <p>{tell(number(run.version), run.sources.length)}</p>}
      {run.error && (
        <div class="note bad">
          <p><strong>{t.runs.error}</strong> <span lang="en">{run.error.what}</span></p>
          {run.error.hint && <p><strong>{t.runs.hint}</strong> <span lang="en">{run.error.hint}</span></p>}
        </div>
      )}
      {run.held.map((held) => (
        <p key={held.canal} class="note warn">{t.runs.held(held.canal, number(held.releases), number(held.in_quarantine), number(held.allowed))}</p>
      ))}
      <ol class="steps">{run.sources.map((source) => <Step key={source.name} source={source} />)}</ol>
      <p class="soft small">{run.run_id}</p>
    </div>
  );
}

const outcomes: (keyof Counts)[] = ["quarantined", "expired", "future", "filtered", "duplicate", "rejected"];

function Step({ source }: { source: RunSource }) {
  const { t, number, fullDay } = useWords();
  const { counts } = source;
  return (
    <li>
      <h3><span class={`mark-of ${source.decision}`} aria-hidden="true" />{source.name} <span class="soft">{source.canal}</span></h3>
      <p>
        {t.status[source.status] ?? source.status}, {t.decision[source.decision] ?? source.decision}
        {source.in_force_since && `. ${t.sources.inForce} ${fullDay(source.in_force_since)}`}
      </p>
      <Reason reason={source.reason} look="reason" />
      {source.hint && <p class="soft" lang="en">{source.hint}</p>}
      {counts && (
        <p class="soft">
          {number(counts.read)} {t.runs.counts.read}: {outcomes.filter((each) => counts[each] > 0).map((each) => `${number(counts[each])} ${t.runs.counts[each]}`).join(", ")}
        </p>
      )}
      {source.warnings.map((warning) => <p key={warning} class="note warn small" lang="en">{warning}</p>)}
    </li>
  );
}
