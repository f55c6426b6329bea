// Curves: uPlot with the colours and the type of the page.
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { number } from "./format.js";
import { colour, onTheme } from "./theme.js";

const charts = new Set();
onTheme(() => charts.forEach((chart) => chart.redraw()));

const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);
const FONT = () => `${0.8 * rem()}px ${getComputedStyle(document.body).fontFamily}`;

/** The significant digits that tell neighbouring ticks apart. */
function digitsFor(splits, step) {
  const largest = Math.max(...splits.map((value) => Math.abs(value ?? 0)));
  return step > 0 && largest > 0 ? Math.min(15, Math.max(6, 2 + Math.ceil(Math.log10(largest / step)))) : 6;
}

function axis(label, extra) {
  return {
    label,
    labelSize: 18,
    labelGap: 0,
    labelFont: FONT(),
    font: FONT(),
    stroke: () => colour("soft"),
    grid: { stroke: () => colour("line"), width: 1 },
    ticks: { stroke: () => colour("line"), width: 1, size: 4 },
    values: (_, splits, place, space, step) => splits.map((value) => (value === null ? "" : number(value, digitsFor(splits, step)))),
    ...extra,
  };
}

/**
 * Return a chart of curves over whole numbers in a box.
 *
 * @param {HTMLElement} box which gives the width
 * @param {{x: string, y: string, height: number, label: string, points?: boolean, onPick?: (index: number, series: number) => void}} options
 */
export function lineChart(box, { x, y, height, label, points = false, onPick }) {
  let plot = null;
  let last = null;
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", label);

  function options(series) {
    return {
      width: Math.max(box.clientWidth, 200),
      height,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 8 } },
      scales: {
        x: { time: false, range: (_, low, high) => (low === high ? [low - 1, high + 1] : points ? [low - 0.3, high + 0.3] : [low, high]) },
        y: { range: (_, low, high) => (low === null ? [0, 1] : uPlot.rangeNum(low, last?.top ?? high, 0.1, true)) },
      },
      axes: [
        axis(x, { size: 34, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] }),
        axis(y, { size: (_, values) => 14 + 0.5 * rem() * Math.max(4, ...(values ?? []).map((text) => text.length)) }),
      ],
      series: [{}, ...series.map((one) => ({
        label: one.name,
        stroke: () => (typeof one.stroke === "function" ? one.stroke() : colour("accent")),
        width: 2,
        dash: one.dash,
        spanGaps: true,
        points: { show: points, size: 7, fill: () => one.stroke?.() ?? colour("accent") },
      }))],
      hooks: { draw: [drawMark] },
    };
  }

  function drawMark(chart) {
    if (last?.mark === undefined || last.mark === null) return;
    const { ctx, bbox } = chart;
    const place = Math.round(chart.valToPos(last.mark, "x", true));
    ctx.save();
    ctx.strokeStyle = colour("ink");
    ctx.setLineDash([4, 3]);
    ctx.beginPath();
    ctx.moveTo(place, bbox.top);
    ctx.lineTo(place, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  }

  function pick(event) {
    const index = plot?.cursor.idx;
    if (index === null || index === undefined) return;
    const at = plot.posToVal(event.offsetY, "y");
    let best = 1;
    for (let one = 1; one < plot.data.length; one += 1) {
      const far = (value) => (value === null || value === undefined ? Infinity : Math.abs(value - at));
      if (far(plot.data[one][index]) < far(plot.data[best][index])) best = one;
    }
    onPick(index, best - 1);
  }

  const chart = {
    /** Show curves: `xs`, and for each series its name, values, colour and dashes; `mark` is a place on x, `top` the highest value to show. */
    show(next) {
      const names = next.series.map((one) => one.name).join("\u0000");
      const data = [next.xs, ...next.series.map((one) => one.values)];
      const same = plot && last && last.names === names;
      last = { ...next, names };
      box.dataset.top = next.top ?? "";
      if (same) plot.setData(data);
      else {
        plot?.destroy();
        plot = new uPlot(options(next.series), data, box);
        if (onPick) plot.over.addEventListener("click", pick);
      }
    },
    mark(place) {
      if (!last) return;
      last.mark = place;
      plot?.redraw(false, false);
    },
    redraw: () => plot?.redraw(false, true),
    clear() { plot?.destroy(); plot = null; last = null; },
  };
  new ResizeObserver(() => {
    if (plot && box.clientWidth > 0 && Math.abs(plot.width - box.clientWidth) > 1) plot.setSize({ width: box.clientWidth, height });
  }).observe(box);
  charts.add(chart);
  return chart;
}
