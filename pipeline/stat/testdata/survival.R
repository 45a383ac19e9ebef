# R's part of survival.json, from plain text that survival.py writes to the
# standard input: one line per cell, "kind case part group bin cause n" ("-" for
# censored), and "tau case bin" lines for the restricted means. It writes one JSON
# object. Times are upper edges in bins, bin + 1, where areas are taken.
suppressMessages(library(survival))
options(digits = 17, warn = 2)
input <- file("stdin")
lines <- strsplit(readLines(input), " ")
close(input)
kind <- vapply(lines, `[`, "", 1)
num <- function(x) ifelse(is.na(x), "null", sprintf("%.17g", x))
row <- function(...) paste0("[", paste(..., sep = ", "), "]")
list_of <- function(x) paste0("[", paste(x, collapse = ", "), "]")
table_of <- function(k) {
  m <- do.call(rbind, lines[kind == k])
  data.frame(case = m[, 2], part = m[, 3], group = m[, 4], bin = as.numeric(m[, 5]), cause = m[, 6],
             n = as.numeric(m[, 7]), stringsAsFactors = FALSE)
}

# Aalen-Johansen. One row per subject, as the infinitesimal jackknife needs;
# where there are too many, one row per cell: the influence on pstate is then
# that of one subject of the cell, and the variance sums n * influence^2. The
# first way is held against the second where both can be walked.
incidence <- c()
cells <- table_of("incidence")
for (name in unique(cells$case)) {
  k <- cells[cells$case == name, ]
  causes <- sort(setdiff(unique(k$cause), "-"))
  shown <- if (length(causes) > 0) causes else "delivered"
  status <- factor(k$cause, levels = c("-", shown))
  byCell <- survfit(Surv(bin, status) ~ 1, data = k, weights = n, influence = TRUE, id = seq_len(nrow(k)))
  infl <- if (is.list(byCell$influence.pstate)) byCell$influence.pstate[[1]] else byCell$influence.pstate
  # the first of its times is the start
  se <- sqrt(apply(infl[, -1, , drop = FALSE], c(2, 3), function(u) sum(k$n * u^2)))
  for (level in c(0.95, 0.8)) {
    if (sum(k$n) < 10000) {
      all <- k[rep(seq_len(nrow(k)), k$n), ]
      st <- factor(all$cause, levels = c("-", shown))
      fit <- survfit(Surv(all$bin, st) ~ 1, conf.type = "log-log", conf.int = level)
      plain <- survfit(Surv(all$bin, st) ~ 1, conf.type = "plain", conf.int = level)
      stopifnot(max(abs(fit$std.err - se)) < 1e-12)
      bands <- list(fit$lower, fit$upper, plain$lower, plain$upper)
      fit_se <- fit$std.err
    } else {
      fit <- byCell
      fit_se <- se
      a <- survival:::survfit_confint(fit$pstate, se, logse = FALSE, "log-log", level, ulimit = FALSE)
      b <- survival:::survfit_confint(fit$pstate, se, logse = FALSE, "plain", level)
      bands <- list(a$lower, a$upper, b$lower, b$upper)
    }
    out <- c()
    for (cause in causes) {
      j <- match(cause, fit$states)
      get <- function(m) num(m[, j])
      steps <- row(num(fit$time), num(fit$pstate[, 1]), get(fit$pstate), num(fit_se[, j]^2), get(bands[[1]]), get(bands[[2]]),
                   get(bands[[3]]), get(bands[[4]]))
      out <- c(out, sprintf('{"cause": "%s", "steps": %s}', cause, list_of(steps)))
    }
    incidence <- c(incidence, sprintf('{"case": "%s", "level": %s, "causes": %s}', name, num(level), list_of(out)))
  }
}

# Plain Greenwood bands and restricted means of one curve each.
means <- c()
cells <- table_of("mean")
taus <- do.call(rbind, lines[kind == "tau"])
for (name in unique(cells$case)) for (group in c("a", "b")) {
  k <- cells[cells$case == name & cells$group == group, ]
  fit <- survfit(Surv(bin + 1, as.numeric(cause == "event")) ~ 1, data = k, weights = n, robust = FALSE, conf.type = "plain")
  rows <- c()
  for (tau in as.numeric(taus[taus[, 2] == name, 3])) {
    # what print(fit, rmean = tau + 1) shows; that refuses a tau before the first time
    m <- survival:::survmean(fit, rmean = tau + 1)$matrix
    last <- length(fit$time)
    known <- fit$time[last] >= tau + 1 || fit$surv[last] == 0
    rows <- c(rows, row(num(tau), if (known) num(m["rmean"]) else "null", if (known) num(m["se(rmean)"]^2) else "null"))
  }
  band <- row(num(fit$time - 1), num(fit$lower), num(fit$upper))
  means <- c(means, sprintf('{"case": "%s", "group": "%s", "means": %s, "plain": %s}', name, group, list_of(rows), list_of(band)))
}

# Log-rank. survdiff knows no weights, so rows are written out.
ranks <- c()
cells <- table_of("rank")
for (name in unique(cells$case)) {
  k <- cells[cells$case == name, ]
  if (sum(k$n) > 1e6) next
  all <- k[rep(seq_len(nrow(k)), k$n), ]
  all$event <- as.numeric(all$cause == "event")
  fit <- if (length(unique(all$part)) > 1) survdiff(Surv(bin, event) ~ group + strata(part), data = all)
         else survdiff(Surv(bin, event) ~ group, data = all)
  obs <- if (is.matrix(fit$obs)) rowSums(fit$obs) else fit$obs
  exp <- if (is.matrix(fit$exp)) rowSums(fit$exp) else fit$exp
  df <- sum(exp > 0) - 1
  ranks <- c(ranks, sprintf('{"case": "%s", "chi2": %s, "df": %d, "p": %s, "groups": %s}', name, num(fit$chisq), df,
                            num(pchisq(fit$chisq, df, lower.tail = FALSE)),
                            list_of(row(sort(unique(all$group)), num(obs), num(exp)))))
}
cat(sprintf('{"incidence": %s,\n"means": %s,\n"ranks": %s}\n', list_of(incidence), list_of(means), list_of(ranks)))
