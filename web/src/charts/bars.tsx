import { useWords } from "../format";
import { hue } from "../pieces";

/// Named amounts, each as long as it is large. A list: it reads well aloud, too.
export function Bars({ label, bars }: { label: string; bars: { name: string; value: number; note?: string; position?: number }[] }) {
  const { number } = useWords();
  const most = Math.max(1, ...bars.map((bar) => bar.value));
  return (
    <ul class="bars" aria-label={label}>
      {bars.map((bar) => (
        <li key={bar.name}>
          <span class="name">{bar.name}</span>
          <span class="track" aria-hidden="true">
            <span class={`bar ${hue(bar.position ?? 0)}`} style={{ width: `${(100 * bar.value) / most}%` }} />
          </span>
          <span class="amount">{number(bar.value)}{bar.note && <span class="soft"> {bar.note}</span>}</span>
        </li>
      ))}
    </ul>
  );
}
