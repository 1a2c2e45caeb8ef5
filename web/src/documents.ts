import { useEffect, useState } from "preact/hooks";
import { type Days, get, type NewestDay, Problem } from "./api";

// Each document of the service is asked for once and shared by the views. Every minute, while somebody looks, the days
// are asked for again; when they are of another version of the table, so is the rest.

export interface Shown<T> {
  data?: T;
  problem?: Problem;
}

interface Kept {
  shown: Shown<unknown>;
  asking: boolean;
  watchers: Set<() => void>;
}

const kept = new Map<string, Kept>();
const everyMs = 60_000;

function keptOf(path: string): Kept {
  let found = kept.get(path);
  if (!found) kept.set(path, (found = { shown: {}, asking: false, watchers: new Set() }));
  return found;
}

async function refresh(path: string): Promise<void> {
  const mine = keptOf(path);
  if (mine.asking) return;
  mine.asking = true;
  try {
    mine.shown = { data: await get(path) };
  } catch (error) {
    // What was there stays, beside what went wrong.
    mine.shown = { data: mine.shown.data, problem: error as Problem };
  }
  mine.asking = false;
  mine.watchers.forEach((watcher) => watcher());
}

export function useDocument<T>(path: string): Shown<T> {
  const [, again] = useState(0);
  useEffect(() => {
    const mine = keptOf(path);
    const watcher = () => again((n) => n + 1);
    mine.watchers.add(watcher);
    if (!mine.shown.data) void refresh(path);
    return () => void mine.watchers.delete(watcher);
  }, [path]);
  return keptOf(path).shown as Shown<T>;
}

/// The newest day's rows take the service a while to read: until then the document is absent, or of the version before.
export function useNewestDay(): Shown<NewestDay> & { computing: boolean } {
  const days = useDocument<Days>("/v1/days").data;
  const shown = useDocument<NewestDay>("/v1/newest-day");
  const behind = shown.data !== undefined && days !== undefined && shown.data.version !== days.version;
  useEffect(() => {
    if (!behind) return;
    const timer = setInterval(() => void refresh("/v1/newest-day"), 3_000);
    return () => clearInterval(timer);
  }, [behind]);
  return { ...shown, computing: behind || (!shown.data && !shown.problem) };
}

const versionOf = (shown: Shown<unknown>) => (shown.data as Days | undefined)?.version;

/// Looks for news until it is stopped.
export function watchForNews(): () => void {
  const timer = setInterval(async () => {
    if (document.hidden) return;
    const before = versionOf(keptOf("/v1/days").shown);
    await refresh("/v1/days");
    await refresh("/v1/ledger");
    if (versionOf(keptOf("/v1/days").shown) === before) return;
    for (const [path, mine] of kept) if (mine.watchers.size > 0 && path !== "/v1/days") void refresh(path);
      else if (path !== "/v1/days" && path !== "/v1/ledger") kept.delete(path);
  }, everyMs);
  return () => clearInterval(timer);
}

export const forgetDocuments = () => kept.clear();
