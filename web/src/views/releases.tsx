import { useState } from "preact/hooks";
import type { Days, NewestDay } from "../api";
import { Bars } from "../charts/bars";
import { useDocument, useNewestDay } from "../documents";
import { type Day, addDays, toTime, useWords } from "../format";
import { CsvButton, Heading, Loaded } from "../pieces";

const weeks = 5;

export function Releases() {
  const days = useDocument<Days>("/v1/days").data;
  const newest = useNewestDay();
  const { t } = useWords();
  return <Loaded of={newest}>{(shown) => <Shown newest={shown} canais={days?.canais ?? shown.canais.map((each) => each.canal)} note={newest.computing ? t.today.computingNewer : ""} />}</Loaded>;
}

/// By the first day on which they are free: the day after their last one.
function byFirstFreeDay(newest: NewestDay): Map<Day, Map<string, number>> {
  const out = new Map<Day, Map<string, number>>();
  for (const { canal, last_day, clients } of newest.releases) {
    const day = addDays(last_day, 1);
    const canais = out.get(day) ?? new Map<string, number>();
    out.set(day, canais.set(canal, clients));
  }
  return out;
}

const sum = (canais: Map<string, number> | undefined) => [...(canais?.values() ?? [])].reduce((a, b) => a + b, 0);

function Shown({ newest, canais, note }: { newest: NewestDay; canais: string[]; note: string }) {
  const words = useWords();
  const { t, number, longDay } = words;
  const free = byFirstFreeDay(newest);
  const first = addDays(newest.data_carga, 1);
  const [chosen, choose] = useState<Day>(first);
  // Calendars begin on Sunday.
  const start = addDays(first, -new Date(toTime(first)).getUTCDay());
  const shown = Array.from({ length: 7 * weeks }, (_, i) => addDays(start, i));
  const most = Math.max(1, ...shown.map((day) => sum(free.get(day))));
  const until = (days: number) => [...free].filter(([day]) => day <= addDays(newest.data_carga, days)).reduce((all, [, canal]) => all + sum(canal), 0);
  const later = [...free].filter(([day]) => day > shown.at(-1)!).reduce((all, [, canal]) => all + sum(canal), 0);
  const untilRemoved = newest.canais.reduce((all, canal) => all + canal.until_removed, 0);
  const rows = () => [[t.day, t.canal, t.clients], ...[...free].sort().flatMap(([day, of]) => [...of].map(([canal, clients]) => [day, canal, clients]))];
  return (
    <>
      <Heading title={t.releases.title} about={t.releases.about}>
        <CsvButton name="quarentena-saidas" rows={rows} />
      </Heading>
      {note && <p class="note" role="status">{note}</p>}
      <div class="beside">
        <section class="card">
          <h2 class="hidden">{t.releases.calendar}</h2>
          <ol class="calendar">
            {shown.slice(0, 7).map((day) => <li key={`name ${day}`} class="weekday" aria-hidden="true">{words.dayOfWeek(day)}</li>)}
            {shown.map((day) => {
              const clients = sum(free.get(day));
              return (
                <li key={day}>
                  {day < first ? <span class="past">{words.dayOfMonth(day)}</span> : (
                    <button class={`level${level(clients, most)}`} aria-pressed={day === chosen} onClick={() => choose(day)}
                      aria-label={`${longDay(day)}: ${clients ? number(clients) : t.releases.nobody}`}>
                      <span class="date">{words.dayOfMonth(day)}</span>
                      <span>{clients ? words.short(clients) : ""}</span>
                    </button>
                  )}
                </li>
              );
            })}
          </ol>
        </section>
        <section class="card day" aria-live="polite">
          <h2>{longDay(chosen)}</h2>
          <p>{t.releases.free(number(sum(free.get(chosen))), words.fullDay(chosen))}</p>
          <Bars label={longDay(chosen)} bars={[...(free.get(chosen) ?? [])].map(([canal, value]) => ({ name: canal, value, position: canais.indexOf(canal) }))} />
          <dl class="facts">
            <div><dt>{t.releases.next(7)}</dt><dd>{number(until(7))}</dd></div>
            <div><dt>{t.releases.next(30)}</dt><dd>{number(until(30))}</dd></div>
            <div><dt>{t.releases.later}</dt><dd>{number(later)}</dd></div>
            <div><dt>{t.releases.untilRemoved}</dt><dd>{number(untilRemoved)}</dd></div>
          </dl>
          <p class="soft small">{t.trends.note}</p>
        </section>
      </div>
    </>
  );
}

/// Five shades; a day of few is still seen beside one of many.
const level = (clients: number, most: number) => (clients === 0 ? 0 : Math.min(4, 1 + Math.floor(4 * Math.sqrt(clients / most) * 0.999)));
