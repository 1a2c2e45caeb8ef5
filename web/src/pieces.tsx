import type { ComponentChildren } from "preact";
import type { Problem } from "./api";
import type { Shown } from "./documents";
import { type Value, downloadCsv } from "./csv";
import { useWords } from "./format";
import { useReason } from "./reasons";

/// A view's heading, what it is about, and what can be done with it.
export function Heading({ title, about, children }: { title: string; about?: ComponentChildren; children?: ComponentChildren }) {
  return (
    <div class="heading">
      <div>
        <h1>{title}</h1>
        {about && <p class="soft">{about}</p>}
      </div>
      {children && <div class="tools">{children}</div>}
    </div>
  );
}

export function CsvButton({ name, rows }: { name: string; rows: () => Value[][] }) {
  const { t } = useWords();
  return (
    <button class="quiet" onClick={() => downloadCsv(name, rows())}>
      <span aria-hidden="true">↓ </span>
      {t.csv}
    </button>
  );
}

/// One of a few, as buttons side by side.
export function Choice<T extends string | number>(props: {
  label: string;
  name: string;
  value: T;
  options: { value: T; text: string }[];
  choose: (value: T) => void;
}) {
  return (
    <fieldset class="choice">
      <legend class="hidden">{props.label}</legend>
      {props.options.map(({ value, text }) => (
        <label key={value} class={value === props.value ? "chosen" : ""}>
          <input type="radio" name={props.name} checked={value === props.value} onChange={() => props.choose(value)} />
          {text}
        </label>
      ))}
    </fieldset>
  );
}

/// Why something was decided about a source.
export function Reason({ reason, look }: { reason: string | undefined; look: string }) {
  const said = useReason();
  if (!reason) return null;
  const { text, lang } = said(reason);
  return <p class={look} lang={lang}>{text}</p>;
}

export function ProblemNote({ problem }: { problem: Problem }) {
  const { t } = useWords();
  const text =
    problem.status === 0 ? t.problem.network : problem.status === 503 || problem.status === 429 ? t.problem.busy : t.problem.other(problem.message);
  return (
    <p class="note bad" role="alert">
      {text}
    </p>
  );
}

/// What is shown of a document that is there; before, that it is being loaded, or why it is not.
export function Loaded<T>({ of, children }: { of: Shown<T>; children: (data: T) => ComponentChildren }) {
  const { t } = useWords();
  if (of.data) return <>{children(of.data)}</>;
  if (of.problem) return <ProblemNote problem={of.problem} />;
  return (
    <p class="soft waiting" role="status">
      {t.loading}
    </p>
  );
}

export interface Column<Row> {
  title: string;
  of: (row: Row) => ComponentChildren;
  numeric?: boolean;
}

export function Table<Row>({ caption, columns, rows }: { caption: string; columns: Column<Row>[]; rows: Row[] }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" class={column.numeric ? "number" : ""}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i}>
              {columns.map((column) => (
                <td key={column.title} class={column.numeric ? "number" : ""}>
                  {column.of(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/// The colour of a canal: the same in every view.
export const hue = (position: number) => `hue${position % 8}`;

export function Dot({ position }: { position: number }) {
  return <span class={`dot ${hue(position)}`} aria-hidden="true" />;
}
