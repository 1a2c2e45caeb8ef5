// The service's answers. The token lives in memory and, until the tab is closed, in sessionStorage; it is sent in a
// header only. What is asked about a client is in a body, never in an address.

export interface Days {
  version: number | null;
  committed_at: string | null;
  today: string;
  timezone: string;
  canais: string[];
  days: string[];
  clients: (number | null)[][];
}

export type Decision = "accepted" | "carried" | "skipped" | "failed" | "held";

export interface Cell {
  day: string;
  source: string;
  canal: string;
  status: string;
  decision: Decision;
  reason?: string;
  in_force_since?: string;
  rows_read?: number;
  rows_counted?: number;
  rows_rejected?: number;
  rows_quarantined?: number;
  newest_data_envio?: string;
  decided_at: string;
  run_id: string;
  approved?: boolean;
}

export interface Ledger {
  sources: { source: string; canal: string }[];
  cells: Cell[];
}

export interface NewestDay {
  version: number;
  data_carga: string;
  before: string | null;
  clients: number;
  canais: CanalDay[];
  releases: { canal: string; last_day: string; clients: number }[];
  overlap: { canais: string[]; clients: number }[];
}

export interface CanalDay {
  canal: string;
  clients: number;
  until_removed: number;
  entered?: number;
  left?: number;
  left_early?: number;
}

export interface Counts {
  read: number;
  quarantined: number;
  expired: number;
  future: number;
  filtered: number;
  duplicate: number;
  rejected: number;
}

export interface Run {
  run_id: string;
  status: string;
  exit_code: number;
  data_carga: string;
  started_at: string;
  finished_at: string;
  duration_ms: number;
  version: number | null;
  counts: Counts | null;
  sources: RunSource[];
  held: { canal: string; releases: number; in_quarantine: number; allowed: number }[];
  error: { kind: string; what: string; hint: string } | null;
}

export interface RunSource {
  name: string;
  canal: string;
  status: string;
  decision: Decision;
  reason: string;
  hint: string;
  in_force_since: string | null;
  counts: Counts | null;
  warnings: string[];
}

export interface CheckResult {
  key: string;
  standing: "free" | "blocked" | "unknown";
  why?: string;
  canal?: string;
  data_envio?: string | null;
  saida_prevista?: string | null;
  free_from?: string | null;
  through?: string;
  whose?: string;
}

export interface CheckAnswer {
  table_version: number | null;
  data_carga: string | null;
  day: string;
  results: CheckResult[];
}

/// What went wrong, as RFC 9457 has it; `status` 0: no answer came.
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }
}

const kept = "quarentena.token";
let token = sessionStorage.getItem(kept) ?? "";
let refused: () => void = () => {};

export const hasToken = () => token !== "";
/// Called when the service does not know the token any more.
export const onRefused = (call: () => void) => (refused = call);

export function useToken(text: string) {
  token = text.trim();
  sessionStorage.setItem(kept, token);
}

export function forgetToken() {
  token = "";
  sessionStorage.removeItem(kept);
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    const told = await response.json();
    return new Problem(response.status, String(told.type ?? "").split(":").pop() ?? "", String(told.detail ?? ""));
  } catch {
    return new Problem(response.status, "", response.statusText);
  }
}

async function ask<T>(path: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      ...init,
      cache: "no-store",
      credentials: "omit",
      headers: { ...init.headers, Authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(120_000),
    });
  } catch {
    throw new Problem(0, "network", "");
  }
  if (response.ok) return (await response.json()) as T;
  const problem = await problemOf(response);
  if (problem.status === 401) refused();
  throw problem;
}

export const get = <T>(path: string) => ask<T>(path, { method: "GET" });
export const post = <T>(path: string, question: unknown) =>
  ask<T>(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(question),
  });
