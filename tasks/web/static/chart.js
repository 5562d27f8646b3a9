// Equity above its fall, drawn by plotly, which comes after the page: four megabytes that no figure waits for.
"use strict";

(() => {
  let drawn = "";

  function colour(name) {
    const probe = document.createElement("span");
    probe.className = `probe probe-${name}`;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  }

  function picture(curve, place) {
    const [text, muted, line, accent, bad] = ["text", "muted", "line", "accent", "bad"].map(colour);
    const axis = { gridcolor: line, linecolor: line, zeroline: false, tickfont: { color: muted }, fixedrange: true, automargin: true };
    return {
      data: [
        { x: curve.at, y: curve.equity, type: "scatter", mode: "lines", name: "Equity", line: { color: accent, width: 2 }, hovertemplate: "%{x|%Y-%m-%d %H:%M}<br>%{y:,.2f}<extra>Equity</extra>" },
        { x: curve.at, y: curve.fall, type: "scatter", mode: "lines", name: "Fall", yaxis: "y2", line: { color: bad, width: 1.5 }, fill: "tozeroy", fillcolor: bad.replace("rgb(", "rgba(").replace(")", ", 0.2)"), hovertemplate: "%{x|%Y-%m-%d %H:%M}<br>%{y:.2%}<extra>Fall</extra>" },
      ],
      layout: {
        paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: text, family: getComputedStyle(document.body).fontFamily, size: 12 },
        margin: { l: 10, r: 10, t: 8, b: 10 }, showlegend: false, width: place.clientWidth, height: place.clientHeight, hovermode: "x unified", hoverlabel: { bgcolor: colour("card"), font: { color: text } },
        xaxis: { ...axis, anchor: "y2", type: "date", nticks: Math.max(3, Math.round(place.clientWidth / 130)) },
        yaxis: { ...axis, domain: [0.38, 1], title: { text: `Equity, ${curve.currency}`, font: { color: muted, size: 12 } }, tickformat: ",.0~f", nticks: 6 },
        yaxis2: { ...axis, domain: [0, 0.3], title: { text: "Fall", font: { color: muted, size: 12 } }, tickformat: ".1~%", nticks: 4 },
      },
    };
  }

  function draw() {
    const place = document.getElementById("chart");
    const data = document.getElementById("chart-data");
    if (!place || !data || !window.Plotly) return;
    const now = `${data.textContent} ${document.documentElement.dataset.mode} ${matchMedia("(prefers-color-scheme: dark)").matches} ${place.clientWidth}`;
    if (now === drawn && place.querySelector(".main-svg")) return;
    drawn = now;
    const { data: traces, layout } = picture(JSON.parse(data.textContent), place);
    window.Plotly.react(place, traces, layout, { displayModeBar: false, responsive: false });
  }

  function fetchPlotly() {
    const script = document.createElement("script");
    script.src = "/static/plotly.js";
    script.onload = draw;
    script.onerror = () => {
      const place = document.getElementById("chart");
      place.classList.add("chart-failed");
      place.textContent = "The picture could not be loaded; the table below says the same.";
    };
    document.head.append(script);
  }

  document.addEventListener("keel:drawn", draw);
  let timer = 0;
  addEventListener("resize", () => { clearTimeout(timer); timer = setTimeout(draw, 200); });
  fetchPlotly();
})();
