# The R part of rates.json: reads lines "kind number number ..." and writes one line of
# numbers for each. Called by rates.py.
suppressMessages(library(boot))
num <- function(x) cat(paste(sprintf("%.17g", x), collapse = " "), "\n")

# Breslow-Day with Tarone's correction; the fitted count by root finding, not by the quadratic.
breslow_day <- function(a, na, b, nb) {
  keep <- (a + b) > 0 & (a + b) < na + nb & na > 0 & nb > 0
  a <- a[keep]; na <- na[keep]; b <- b[keep]; nb <- nb[keep]
  n <- na + nb; m <- a + b
  or <- sum(a * (nb - b) / n) / sum((na - a) * b / n)
  e <- mapply(function(na, nb, m) {
    f <- function(x) log(x) + log(nb - m + x) - log(na - x) - log(m - x) - log(or)
    lo <- max(0, m - nb); hi <- min(na, m); d <- (hi - lo) * 1e-13
    uniroot(f, c(lo + d, hi - d), tol = 1e-15, maxiter = 10000)$root
  }, na, nb, m)
  v <- 1 / (1 / e + 1 / (na - e) + 1 / (m - e) + 1 / (nb - m + e))
  x <- sum((a - e)^2 / v) - sum(a - e)^2 / sum(v)
  c(x, length(a) - 1, pchisq(x, length(a) - 1, lower.tail = FALSE))
}

for (line in readLines(file("stdin"))) {
  w <- strsplit(line, " ")[[1]]
  x <- as.numeric(w[-1])
  switch(w[1],
    binom = num(binom.test(x[1], x[2], conf.level = x[3])$conf.int),
    prop = num(suppressWarnings(prop.test(x[c(1, 3)], x[c(2, 4)], correct = FALSE))$p.value),
    mantel = {
      s <- matrix(x, nrow = 4)
      keep <- s[2, ] > 0 & s[4, ] > 0
      s <- s[, keep, drop = FALSE]
      n <- s[2, ] + s[4, ]
      w <- s[2, ] * s[4, ] / n
      d <- sum(w * (s[1, ] / s[2, ] - s[3, ] / s[4, ])) / sum(w)
      t <- array(rbind(s[1, ], s[2, ] - s[1, ], s[3, ], s[4, ] - s[3, ]), c(2, 2, ncol(s)))
      fit <- mantelhaen.test(t, correct = FALSE)
      num(c(d, fit$estimate, fit$conf.int, breslow_day(s[1, ], s[2, ], s[3, ], s[4, ])))
    },
    adjust = num(p.adjust(x, method = "BH")),
    funnel = {
      limit <- function(p) {
        r <- qbinom(p, x[2], x[1])
        (r - (pbinom(r, x[2], x[1]) - p) / dbinom(r, x[2], x[1])) / x[2]
      }
      num(pmin(1, pmax(0, c(limit((1 - x[3]) / 2), limit((1 + x[3]) / 2)))))
    },
    boot = {
      # first the level, then cost and count per cluster; out: value, percentile, BCa, jackknife, draws
      k <- matrix(x[-1], nrow = 2)
      set.seed(20260401)
      ratio <- function(d, i) sum(d[1, i]) / sum(d[2, i])
      b <- boot(t(k), function(d, i) ratio(t(d), i), R = 999)
      left <- sapply(seq_len(ncol(k)), function(i) ratio(k, -i))
      jack <- (ncol(k) - 1) * (mean(left) - left)
      ci <- boot.ci(b, conf = x[1], type = c("perc", "bca"), L = jack)
      num(c(b$t0, ci$percent[4:5], ci$bca[4:5], left, b$t))
    })
}
