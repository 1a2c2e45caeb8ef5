import { scaleLinear } from "d3-scale";
import { area, curveMonotoneX, line } from "d3-shape";
import { hue } from "../pieces";

const width = 120, height = 34;

/// The course of a few days, without numbers: these stand beside it.
export function Spark({ values, position }: { values: (number | null)[]; position: number }) {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return null;
  const x = scaleLinear([0, values.length - 1], [1, width - 1]);
  const y = scaleLinear([0, Math.max(1, ...known)], [height - 1, 3]);
  const shape = area<number | null>((_, i) => x(i), () => height, (value) => y(value ?? 0)).defined((value) => value !== null).curve(curveMonotoneX);
  const edge = line<number | null>((_, i) => x(i), (value) => y(value ?? 0)).defined((value) => value !== null).curve(curveMonotoneX);
  return (
    <svg class="spark" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      <path class={`band ${hue(position)}`} d={shape(values) ?? ""} />
      <path class={`line ${hue(position)}`} d={edge(values) ?? ""} vector-effect="non-scaling-stroke" />
    </svg>
  );
}
