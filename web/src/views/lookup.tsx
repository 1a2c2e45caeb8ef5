import { useState } from "preact/hooks";
import { type CheckAnswer, type CheckResult, type Days, Problem, post } from "../api";
import { useDocument } from "../documents";
import { useWords } from "../format";
import { Heading, ProblemNote, Table } from "../pieces";

interface EvidenceRow {
  outcome: string;
  why: string;
  source: string;
  file: string;
  row: number;
  assunto: string | null;
  data_envio: string | null;
  data_envio_text: string | null;
  saida_prevista: string | null;
}

interface Explanation {
  data_carga: string;
  canais: { canal: string; in_quarantine: boolean; because: string; reason: string; rows: EvidenceRow[]; sources: { source: string; reason: string; missing: string | null }[] }[];
}

type Kind = "id_cliente" | "email" | "telefone" | "cpf";
const kinds: Kind[] = ["id_cliente", "email", "telefone", "cpf"];

/// Nothing of what is asked or answered is kept: it goes when the view does.
export function Lookup() {
  const { t } = useWords();
  const canais = useDocument<Days>("/v1/days").data?.canais ?? [];
  const [kind, setKind] = useState<Kind>("id_cliente");
  const [value, setValue] = useState("");
  const [canal, setCanal] = useState("");
  const [on, setOn] = useState("");
  const [asking, setAsking] = useState(false);
  const [checked, setChecked] = useState<CheckResult | null>(null);
  const [explained, setExplained] = useState<Explanation | "asking" | "no" | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);

  const ask = async (event: Event) => {
    event.preventDefault();
    setAsking(true);
    setChecked(null);
    setExplained(null);
    setProblem(null);
    const day = on ? { on } : {};
    try {
      const answer = await post<CheckAnswer>("/v1/check", { key: kind, keys: [value.trim()], ...(canal && { canal }), ...day });
      setChecked(answer.results[0] ?? null);
      setAsking(false);
      if (kind !== "id_cliente") return setExplained("no");
      setExplained("asking");
      setExplained(await post<Explanation>("/v1/explain", { id_cliente: value.trim(), ...day }));
    } catch (error) {
      setAsking(false);
      setExplained(null);
      setProblem(error as Problem);
    }
  };

  return (
    <>
      <Heading title={t.lookup.title} about={t.lookup.about} />
      <form class="card ask" onSubmit={ask} autocomplete="off">
        <label>
          {t.lookup.key}
          <select value={kind} onChange={(event) => setKind(event.currentTarget.value as Kind)}>
            {kinds.map((each) => <option key={each} value={each}>{t.lookup.kinds[each]}</option>)}
          </select>
        </label>
        <label class="wide">
          {t.lookup.value}
          <input type="text" required value={value} maxLength={200} spellcheck={false} autocomplete="off" autocapitalize="off" onInput={(event) => setValue(event.currentTarget.value)} />
        </label>
        <label>
          {t.lookup.canal}
          <select value={canal} onChange={(event) => setCanal(event.currentTarget.value)}>
            <option value="">{t.lookup.anyCanal}</option>
            {canais.map((each) => <option key={each}>{each}</option>)}
          </select>
        </label>
        <label>
          {t.lookup.on}
          <input type="date" value={on} onInput={(event) => setOn(event.currentTarget.value)} />
        </label>
        <button class="main" disabled={asking}>{asking ? t.lookup.asking : t.lookup.ask}</button>
        <p class="soft small">{t.lookup.privacy}</p>
      </form>
      <div class="stack" aria-live="polite">
        {problem && (problem.status === 403 ? <p class="note warn">{t.lookup.noScope}</p> : <ProblemNote problem={problem} />)}
        {checked && <Standing of={checked} />}
        {explained === "asking" && <p class="soft waiting">{t.lookup.explaining}</p>}
        {explained === "no" && <p class="soft">{t.lookup.onlyId}</p>}
        {explained && typeof explained === "object" && <Why of={explained} />}
      </div>
    </>
  );
}

function Standing({ of }: { of: CheckResult }) {
  const { t, fullDay } = useWords();
  const look = { free: "good", blocked: "bad", unknown: "warn" }[of.standing];
  return (
    <section class={`standing note ${look}`}>
      <h2>{t.lookup[of.standing]}</h2>
      {of.standing === "free" && <p>{t.lookup.freeNote}</p>}
      {of.standing === "blocked" && (
        <p>{of.saida_prevista && of.free_from ? t.lookup.until(of.canal ?? "", fullDay(of.saida_prevista), fullDay(of.free_from)) : t.lookup.untilRemoved(of.canal ?? "")}</p>
      )}
      {of.whose === "person" && <p>{t.lookup.person}</p>}
      {of.standing === "unknown" && <p>{t.lookup.why[of.why ?? ""]} {t.lookup.unknownNote}</p>}
    </section>
  );
}

function Why({ of }: { of: Explanation }) {
  const { t, fullDay } = useWords();
  return (
    <section>
      <h2>{t.lookup.explanation} <span class="soft">{fullDay(of.data_carga)}</span></h2>
      <ul class="why">
        {of.canais.map((canal) => (
          <li key={canal.canal} class="card">
            <h3><span class={`mark-of ${canal.in_quarantine ? "held" : "same"}`} aria-hidden="true" />{canal.canal} <span class="soft">{t.lookup.because[canal.because] ?? canal.because}</span></h3>
            <p class="reason" lang="en">{canal.reason}</p>
            {canal.sources.filter((source) => source.missing).map((source) => <p key={source.source} class="soft" lang="en">{source.source}: {source.missing}</p>)}
            {canal.rows.length > 0 && (
              <Table caption={`${t.lookup.rows}, ${canal.canal}`} rows={canal.rows}
                columns={[
                  { title: t.source, of: (row) => row.source },
                  { title: t.lookup.file, of: (row) => row.file },
                  { title: t.lookup.row, of: (row) => row.row, numeric: true },
                  { title: t.lookup.sent, of: (row) => (row.data_envio ? fullDay(row.data_envio) : (row.data_envio_text ?? "—")) },
                  { title: t.lookup.leaves, of: (row) => (row.saida_prevista ? fullDay(row.saida_prevista) : "—") },
                  { title: t.lookup.subject, of: (row) => row.assunto ?? "—" },
                  { title: t.lookup.outcome, of: (row) => <span lang="en">{row.why}</span> },
                ]} />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
