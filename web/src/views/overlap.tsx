import type { Days, NewestDay } from "../api";
import { Bars } from "../charts/bars";
import { useDocument, useNewestDay } from "../documents";
import { useWords } from "../format";
import { CsvButton, Dot, Heading, Loaded, Table } from "../pieces";

export function Overlap() {
  const { t } = useWords();
  const days = useDocument<Days>("/v1/days").data;
  const newest = useNewestDay();
  return (
    <Loaded of={newest}>
      {(shown) => <Shown newest={shown} canais={days?.canais ?? shown.canais.map((each) => each.canal)} note={newest.computing ? t.today.computingNewer : ""} />}
    </Loaded>
  );
}

function Shown({ newest, canais, note }: { newest: NewestDay; canais: string[]; note: string }) {
  const words = useWords();
  const { t, number } = words;
  const inBoth = (a: string, b: string) =>
    newest.overlap.filter((each) => each.canais.includes(a) && each.canais.includes(b)).reduce((all, each) => all + each.clients, 0);
  const byCount = new Map<number, number>();
  for (const { canais: of, clients } of newest.overlap) byCount.set(of.length, (byCount.get(of.length) ?? 0) + clients);
  const common = newest.overlap.filter((each) => each.canais.length > 1).sort((a, b) => b.clients - a.clients).slice(0, 12);
  const rows = () => [[t.overlap.combination, t.clients], ...newest.overlap.map((each) => [each.canais.join(" + "), each.clients])];
  return (
    <>
      <Heading title={t.overlap.title} about={t.overlap.about}>
        <CsvButton name="quarentena-sobreposicao" rows={rows} />
      </Heading>
      {note && <p class="note" role="status">{note}</p>}
      <section class="card">
        <h2>{t.overlap.matrix}</h2>
        <div class="scroll" tabIndex={0} role="region" aria-label={t.overlap.matrix}>
          <table class="matrix">
            <thead>
              <tr><td />{canais.map((canal) => <th key={canal} scope="col">{canal}</th>)}</tr>
            </thead>
            <tbody>
              {canais.map((row, r) => {
                const own = inBoth(row, row);
                return (
                  <tr key={row}>
                    <th scope="row"><Dot position={r} />{row}</th>
                    {canais.map((column) => {
                      const share = own === 0 ? 0 : inBoth(row, column) / own;
                      return row === column
                        ? <td key={column} class="own">{words.short(own)}</td>
                        : <td key={column} class={`level${share === 0 ? 0 : Math.min(4, 1 + Math.floor(share * 8))}`} title={number(inBoth(row, column))}>{words.share(share)}</td>;
                    })}
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      </section>
      <div class="beside">
        <section class="card">
          <h2>{t.overlap.byCount}</h2>
          <Bars label={t.overlap.byCount}
            bars={[...byCount].sort(([a], [b]) => a - b).map(([n, value]) => ({ name: t.overlap.inCanais(n), value, note: words.share(value / Math.max(1, newest.clients)), position: 6 }))} />
        </section>
        <section class="card">
          <h2>{t.overlap.combinations}</h2>
          {common.length === 0 ? <p class="soft">{t.none}</p> : (
            <Table caption={t.overlap.combinations} rows={common}
              columns={[{ title: t.overlap.combination, of: (each) => each.canais.join(" + ") }, { title: t.clients, of: (each) => number(each.clients), numeric: true }]} />
          )}
        </section>
      </div>
    </>
  );
}
