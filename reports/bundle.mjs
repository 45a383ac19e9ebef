// Bundles the chart library into one classic script that a page can hold
// inline. Run by `npm run bundle` from the repository's root.
import { readFileSync } from "node:fs";
import { build } from "esbuild";

// The notices that the licences of what is bundled ask to keep.
const notices = ["echarts", "zrender", "tslib"].map((name) => {
  const at = (file) => readFileSync(`node_modules/${name}/${file}`, "utf8");
  const { version, license } = JSON.parse(at("package.json"));
  const copyright = /^Copyright .*$/im.exec(at(name === "echarts" ? "NOTICE" : name === "tslib" ? "LICENSE.txt" : "LICENSE"));
  return `${name} ${version}, ${license}${copyright ? ", " + copyright[0].trim() : ""}`;
});

await build({
  entryPoints: ["reports/echarts.entry.mjs"],
  outfile: "reports/assets/echarts.min.js",
  bundle: true,
  minify: true,
  format: "iife",
  globalName: "echarts",
  target: "es2020",
  charset: "ascii",
  legalComments: "none",
  // Drops the library's own development warnings.
  define: { "process.env.NODE_ENV": '"production"' },
  banner: { js: `/* ${notices.join("; ")} */` },
});
