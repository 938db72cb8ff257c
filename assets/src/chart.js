// Bars and lines from the JSON beside a table. The table stays: it is the chart for those who cannot see it.
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

// Dark enough on white (3:1 at least), told apart by lightness too.
const COLOURS = ["#0b4a8f", "#d97706", "#11653a", "#7c3aed", "#a81d14", "#4a5768"];

/** Draws one `[data-chart]` figure: {kind: bar|line, labels, series: [{name, values}], stacked?, unit?}. */
export function draw(figure) {
  const script = figure.querySelector('script[type="application/json"]');
  if (!script || figure.dataset.drawn) return;
  figure.dataset.drawn = "1";
  const data = JSON.parse(script.textContent);
  const canvas = document.createElement("div");
  canvas.className = "chart-canvas";
  canvas.setAttribute("aria-hidden", "true");
  script.before(canvas);
  const font = getComputedStyle(document.body).fontFamily;
  const chart = init(canvas, null, { renderer: "svg" });
  chart.setOption({
    color: COLOURS,
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    textStyle: { fontFamily: font, fontSize: 13, color: "#4a5768" },
    grid: { left: 8, right: 16, top: data.series.length > 1 ? 40 : 16, bottom: 8, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    legend: { show: data.series.length > 1, left: 0, top: 0, textStyle: { color: "#17222f" } },
    // Drawn with the rest: what is written as HTML would need styles within the page, which our policy does not run.
    tooltip: { trigger: "axis", confine: true, renderMode: "richText" },
    xAxis: { type: "category", data: data.labels, axisTick: { show: false }, axisLine: { lineStyle: { color: "#828e9d" } }, axisLabel: { color: "#4a5768" } },
    yAxis: { type: "value", minInterval: 1, name: data.unit ?? "", axisLabel: { color: "#4a5768" }, splitLine: { lineStyle: { color: "#dde3ea" } } },
    series: data.series.map((s) => ({ name: s.name, type: data.kind === "line" ? "line" : "bar", data: s.values, stack: data.stacked ? "all" : undefined, barMaxWidth: 36, symbolSize: 6, lineStyle: { width: 2.5 }, itemStyle: data.kind === "line" ? {} : { borderRadius: data.stacked ? 0 : [4, 4, 0, 0] } })),
  });
  new ResizeObserver(() => chart.resize()).observe(canvas);
}
