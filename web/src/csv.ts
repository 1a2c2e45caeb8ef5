export type Value = string | number | null | undefined;

/// A spreadsheet would run a text that begins like this as a formula.
const formula = /^[=+\-@\t\r]/;

function cellOf(value: Value): string {
  if (value == null) return "";
  if (typeof value === "number") return String(value);
  const text = formula.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export const csvOf = (rows: Value[][]) => rows.map((row) => row.map(cellOf).join(",")).join("\r\n") + "\r\n";

/// With a byte order mark: without it Excel takes UTF-8 for something else.
export function downloadCsv(name: string, rows: Value[][]) {
  const address = URL.createObjectURL(new Blob(["\ufeff", csvOf(rows)], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `${name}.csv`;
  link.click();
  URL.revokeObjectURL(address);
}
