# Kaplan-Meier of cases.json by R's survival package; writes the R part of the
# fixture to standard output. Called by oracle.py, which hands over plain text:
# one line "case bin events censored" per cell.
suppressMessages(library(survival))
options(digits = 17)
cells <- read.table(file("stdin"), col.names = c("case", "bin", "events", "censored"), stringsAsFactors = FALSE)
probs <- c(0.1, 0.5, 0.8, 0.9, 0.95)
num <- function(x) ifelse(is.na(x), "null", sprintf("%.17g", x))
out <- c()
for (name in unique(cells$case)) {
  k <- cells[cells$case == name, ]
  time <- c(k$bin, k$bin)
  status <- c(rep(1, nrow(k)), rep(0, nrow(k)))
  weight <- c(k$events, k$censored)
  keep <- weight > 0
  for (level in c(0.95, 0.8)) {
    fit <- survfit(Surv(time[keep], status[keep]) ~ 1, weights = weight[keep], robust = FALSE,
                   conf.type = "log-log", conf.int = level)
    q <- quantile(fit, probs)
    # std.err of a survfit is that of log S; of S itself it is S times that (Greenwood)
    steps <- sprintf("[%.0f, %s, %s, %s, %s]", fit$time, num(fit$surv), num((fit$surv * fit$std.err)^2), num(fit$lower), num(fit$upper))
    quants <- sprintf("[%s, %s, %s, %s]", num(probs), num(q$quantile), num(q$lower), num(q$upper))
    out <- c(out, sprintf('{"case": "%s", "level": %s, "steps": [%s], "quantiles": [%s]}', name, num(level),
                          paste(steps, collapse = ", "), paste(quants, collapse = ", ")))
  }
}
cat("[", paste(out, collapse = ",\n"), "]\n")
