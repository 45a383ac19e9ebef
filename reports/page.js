// The page's own script: language, theme, charts, sorting, searching, copying.
// It reads the chart data as JSON, never runs a text of it, and stores two
// choices only.
(function () {
  "use strict";
  var root = document.documentElement;

  // Storage may be refused (a file opened under strict settings): the switches
  // then work for this view only.
  function recall(key) {
    try { return localStorage.getItem("waybill." + key); } catch (e) { return null; }
  }
  function remember(key, value) {
    try { localStorage.setItem("waybill." + key, value); } catch (e) { return; }
  }

  function setLanguage(lang) {
    var title = root.getAttribute("data-title-" + lang);
    if (title === null) return;
    root.setAttribute("data-lang", lang);
    root.lang = lang === "zh" ? "zh-CN" : lang;
    document.title = title;
  }
  function dark() {
    var chosen = root.getAttribute("data-theme");
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }
  var theme = recall("theme");
  if (theme === "light" || theme === "dark") root.setAttribute("data-theme", theme);
  setLanguage(recall("lang"));

  function each(selector, within, fn) {
    Array.prototype.forEach.call(within.querySelectorAll(selector), fn);
  }
  function pressed() {
    each("[data-set-lang]", document, function (b) {
      b.setAttribute("aria-pressed", String(b.dataset.setLang === root.getAttribute("data-lang")));
    });
    each("[data-set-theme]", document, function (b) {
      b.setAttribute("aria-pressed", String((b.dataset.setTheme === "dark") === dark()));
    });
  }

  // Charts.
  var drawn = [];
  var charts = [];
  function hatch(colour, ground) {
    var c = document.createElement("canvas");
    c.width = c.height = 8;
    var g = c.getContext("2d");
    g.fillStyle = ground;
    g.fillRect(0, 0, 8, 8);
    g.strokeStyle = colour;
    g.globalAlpha = 0.6;
    g.beginPath();
    [-8, 0, 8].forEach(function (x) { g.moveTo(x, 8); g.lineTo(x + 8, 0); });
    g.stroke();
    return { image: c, repeat: "repeat" };
  }
  // Colour names stand only where an option's key is a colour, so a text of
  // the data that looks like one stays a text.
  function themed(value, key, colours) {
    if (Array.isArray(value)) return value.map(function (v) { return themed(v, key, colours); });
    if (value && typeof value === "object") {
      var out = {};
      Object.keys(value).forEach(function (k) { out[k] = themed(value[k], k, colours); });
      return out;
    }
    if (/color$/i.test(key) && typeof value === "string" && value[0] === "@") return colours(value.slice(1));
    return value;
  }
  // A name that is too wide goes on in a second line, and ends there.
  function twoLines(text, wide, font) {
    var pen = twoLines.pen = twoLines.pen || document.createElement("canvas").getContext("2d");
    pen.font = font;
    function fits(s) { return pen.measureText(s).width <= wide; }
    if (fits(text)) return text;
    var at = text.length;
    while (at > 1 && !fits(text.slice(0, at))) at--;
    var space = text.lastIndexOf(" ", at);
    if (space > 0) at = space;
    var rest = text.slice(at).trim();
    if (!fits(rest)) {
      while (rest && !fits(rest + "…")) rest = rest.slice(0, -1);
      rest += "…";
    }
    return text.slice(0, at).trim() + "\n" + rest;
  }
  function draw() {
    var style = getComputedStyle(root);
    var font = getComputedStyle(document.body).fontFamily;
    function colour(name) {
      if (name === "hatch") return hatch(colour("hatch-line"), colour("paper"));
      return style.getPropertyValue(name === "hatch-line" ? "--hatch" : "--" + name).trim();
    }
    drawn.forEach(function (c) { c.dispose(); });
    drawn = [];
    if (window.echarts) charts.forEach(function (chart) {
      var at = document.getElementById(chart.id);
      if (!at) return;
      at.hidden = false;
      var option = themed(chart.options[root.getAttribute("data-lang")], "", colour);
      option.textStyle = { fontFamily: font, color: colour("ink") };
      option.tooltip = {
        trigger: "item", renderMode: "richText", confine: true,
        backgroundColor: colour("panel"), borderColor: colour("line"),
        textStyle: { color: colour("ink"), fontFamily: font, fontSize: 13 },
        formatter: function (p) { return p.name; }
      };
      [].concat(option.xAxis, option.yAxis).forEach(function (axis) {
        axis.nameTextStyle = { color: colour("muted") };
        if (axis.type === "category" && axis.inverse) {
          var wide = Math.round(at.clientWidth * 0.34);
          axis.axisLabel.formatter = function (name) { return twoLines(name, wide, "12px " + font); };
        }
      });
      option.series.forEach(function (s) {
        s.silent = s.name === "low" || s.name === "band" || s.name.slice(0, 6) === "before";
        if (!s.label || !s.label.show) return;
        // where points crowd a label stays, and none of a dot covers another
        s.showAllSymbol = true;
        if (s.type === "scatter") s.labelLayout = { moveOverlap: "shiftY", hideOverlap: true };
      });
      var made = window.echarts.init(at, null, { renderer: "canvas" });
      made.setOption(option);
      drawn.push(made);
    });
    root.setAttribute("data-charts", String(drawn.length));
    performance.mark("drawn");
  }

  // Tables.
  function key(row, column) {
    var cell = row.cells[column];
    return cell.hasAttribute("data-sort") ? cell.getAttribute("data-sort") : cell.textContent.trim();
  }
  function compare(a, b) {
    var x = Number(a.replace(/,/g, "").replace("−", "-")), y = Number(b.replace(/,/g, "").replace("−", "-"));
    if (a !== "" && b !== "" && !isNaN(x) && !isNaN(y)) return x - y;
    return a < b ? -1 : a > b ? 1 : 0;
  }
  function sortable(table) {
    each("thead th", table, function (th) {
      var button = document.createElement("button");
      button.type = "button";
      button.className = "sorter";
      while (th.firstChild) button.appendChild(th.firstChild);
      th.appendChild(button);
      button.addEventListener("click", function () {
        var column = th.cellIndex;
        var down = th.getAttribute("aria-sort") === "ascending";
        each("thead th", table, function (o) { o.removeAttribute("aria-sort"); });
        th.setAttribute("aria-sort", down ? "descending" : "ascending");
        var body = table.tBodies[0];
        Array.prototype.slice.call(body.rows)
          .map(function (r, i) { return { row: r, key: key(r, column), at: i }; })
          .sort(function (a, b) { return (down ? -1 : 1) * compare(a.key, b.key) || a.at - b.at; })
          .forEach(function (r) { body.appendChild(r.row); });
      });
    });
  }
  function searchable(input) {
    var rows = document.getElementById(input.dataset.find).tBodies[0].rows;
    var found = document.querySelector('[data-found="' + input.dataset.find + '"]');
    input.addEventListener("input", function () {
      var want = input.value.trim().toLowerCase(), shown = 0;
      Array.prototype.forEach.call(rows, function (r) {
        r.hidden = r.textContent.toLowerCase().indexOf(want) < 0;
        if (!r.hidden) shown++;
      });
      found.textContent = want ? shown + " / " + rows.length : "";
    });
  }
  function copy(text) {
    if (!navigator.clipboard) return copyByCommand(text);
    return navigator.clipboard.writeText(text).catch(function () { return copyByCommand(text); });
  }
  function copyByCommand(text) {
    return new Promise(function (done, fail) {
      var area = document.createElement("textarea");
      area.value = text;
      area.className = "vh";
      document.body.appendChild(area);
      area.select();
      var ok = document.execCommand("copy");
      area.remove();
      if (ok) done(); else fail(new Error("copy refused"));
    });
  }

  // A link to a query opens what it is folded into.
  function unfold() {
    var at = location.hash && document.getElementById(location.hash.slice(1));
    for (; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  }

  document.addEventListener("DOMContentLoaded", function () {
    root.classList.add("js");
    charts = JSON.parse(document.getElementById("chart-data").textContent);
    each(".switches, .find, .copy", document, function (e) { e.hidden = false; });
    each("details.data", document, function (d) { d.open = false; });
    each("table[data-sortable]", document, sortable);
    each("input[data-find]", document, searchable);
    each("[data-set-lang]", document, function (b) {
      b.addEventListener("click", function () {
        setLanguage(b.dataset.setLang); remember("lang", b.dataset.setLang); pressed(); draw();
      });
    });
    each("[data-set-theme]", document, function (b) {
      b.addEventListener("click", function () {
        root.setAttribute("data-theme", b.dataset.setTheme); remember("theme", b.dataset.setTheme); pressed(); draw();
      });
    });
    each("[data-copy]", document, function (b) {
      b.addEventListener("click", function () {
        copy(b.dataset.copy || b.previousElementSibling.textContent).then(function () {
          var act = b.querySelector(".act"), done = b.querySelector(".done");
          act.hidden = true; done.hidden = false;
          setTimeout(function () { act.hidden = false; done.hidden = true; }, 1500);
        }, function () {
          getSelection().selectAllChildren(b.parentNode.querySelector("bdi"));
        });
      });
    });
    pressed();
    draw();
    unfold();
    addEventListener("hashchange", unfold);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () { pressed(); draw(); });
    var timer;
    // on paper a chart has the size that the style gives its drawing
    function fit() { if (!matchMedia("print").matches) drawn.forEach(function (c) { c.resize(); }); }
    addEventListener("resize", function () { clearTimeout(timer); timer = setTimeout(fit, 120); });
    // The print style is always light and of another width.
    var before;
    addEventListener("beforeprint", function () {
      before = root.getAttribute("data-theme");
      root.setAttribute("data-theme", "light");
      draw();
    });
    addEventListener("afterprint", function () {
      if (before) root.setAttribute("data-theme", before); else root.removeAttribute("data-theme");
      draw();
    });
  });
})();
