# Reference for analysis::meta::prediction_interval (R 4, base only): Rscript prediction_interval.R
# Prediction interval by simulation, without any distribution function of Q: with chi-squared draws c fixed, sum(lambda(tau2) * c)
# grows in tau2, so the tau2 at which it reaches the observed Q is a draw from the confidence distribution.
set.seed(20261126)
draw <- function(y, v, n) {
  k <- length(y); w <- 1 / v; W <- sum(w); q <- sum(w * (y - sum(w * y) / W)^2)
  A <- diag(w) - w %*% t(w) / W
  lambda <- function(t2) { s <- sqrt(v + t2); eigen(A * (s %*% t(s)), symmetric = TRUE, only.values = TRUE)$values[1:(k - 1)] }
  grid <- c(0, 10^seq(-6, 8, length.out = 1500)) * mean(v)
  L <- t(sapply(grid, lambda))
  theta <- numeric(n)
  for (i in 1:n) {
    c <- rchisq(k - 1, 1); Q <- as.vector(L %*% c)
    t2 <- if (Q[1] >= q) 0 else approx(Q, grid, q, rule = 2, ties = "ordered")$y
    w2 <- 1 / (v + t2); b <- sum(w2 * y) / sum(w2)
    s <- sqrt(sum(w2 * (y - b)^2) / ((k - 1) * sum(w2)))
    theta[i] <- b + rnorm(1) * sqrt(t2) - rt(1, k - 1) * s
  }
  quantile(theta, c(.025, .1, .9, .975))
}
print(draw(c(0.31, -0.12, 0.52, 0.08, 0.44), c(0.02, 0.05, 0.01, 0.03, 0.08), 400000), digits = 6)
print(draw(c(-.06,-.02,-.11,-.09,.01,-.04,-.13,-.05), c(.03,.02,.025,.04,.03,.015,.03,.02)^2, 400000), digits = 6)
