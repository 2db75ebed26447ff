## Data of our own cases, with other seeds than the public ones. Run after lib.R of the public suite; needs survey, survival, sampling.
suppressPackageStartupMessages({library(survival); library(survey)})
data(list = "yrbs", package = "survey")
y <- yrbs[order(yrbs$stratum, yrbs$psu), ]; y <- y[seq(1, nrow(y), by = 6), ]; y$belt <- y$qn8; y$s2 <- as.character(y$stratum)
gd_write("yrbs_part", y)
set.seed(31)
l <- survival::lung; l$event <- as.integer(l$status == 2); l$inst[is.na(l$inst)] <- 99; l$swt <- round(runif(nrow(l), .5, 4), 4); l$sexf <- ifelse(l$sex == 1, "man", "woman"); l$clu <- (seq_len(nrow(l)) * 7) %% 19 + 1
l$prob2 <- round(plogis(-1 + .01 * l$age), 5); gd_write("lung", l)
## poll2: unequal clusters, unique labels, zero weights, missing values everywhere
set.seed(77001)
p <- NULL; k <- 0
for (h in c("north", "south", "mid-east", "far west")) { np <- sample(3:6, 1); for (i in 1:np) { k <- k + 1; m <- sample(6:16, 1); p <- rbind(p, data.frame(zone = h, cl = sprintf("c%02d", k), u = rnorm(1, 0, .5), hh = 1:m, Nc = np * 4 + nchar(h))) } }
n <- nrow(p); p$w <- round(exp(rnorm(n, 3, .6)), 3); zz <- sample(n, 9)
p$gender <- sample(c("w", "m", "x"), n, TRUE, c(.5, .45, .05)); p$age <- sample(18:85, n, TRUE); p$ageb <- ifelse(p$age < 35, "young", ifelse(p$age < 60, "middle", "old"))
p$member <- runif(n) < plogis(p$u); p$scale10 <- pmin(10, pmax(0, round(5 + 2 * p$u + rnorm(n, 0, 2.4)))); p$spend <- round(exp(rnorm(n, 4 + .3 * p$u, .8)), 2); p$hours <- round(rgamma(n, 2, .3), 1)
p$party <- sample(c("Blue", "Green", "Red", "none yet"), n, TRUE, c(.35, .15, .3, .2)); p$edu <- sample(1:4, n, TRUE, c(.2, .4, .3, .1)); p$yes <- rbinom(n, 1, plogis(.3 + p$u - .01 * (p$age - 50))); p$calls <- rpois(n, exp(.5 + .3 * p$u)); p$rare <- as.integer(runif(n) < .02)
for (v in c("gender", "scale10", "spend", "party", "member", "yes", "edu")) p[[v]][sample(n, sample(4:14, 1))] <- NA
p$zn <- match(p$zone, c("north", "south", "mid-east", "far west")) * 10; p$u <- NULL; gd_write("poll2", p); p0 <- p; p0$w[zz] <- 0; gd_write("poll0", p0)
## rep2: 5 strata with 2 psu, 6 with 3 ; replicate weights as factors and combined
set.seed(77002)
b <- data.frame(st = rep(1:6, each = 20), pu = rep(rep(1:2, each = 10), 6)); n <- nrow(b); u <- rnorm(12, 0, .6)[(b$st - 1) * 2 + b$pu]
b$wt <- round(rgamma(n, 4, .05), 3); b$aa <- round(10 + 2 * u + rnorm(n, 0, 3), 3); b$bb <- round(5 + .5 * b$aa + rnorm(n), 3); b$kk <- rbinom(n, 1, plogis(u)); b$gg <- sample(c("lo", "mid", "hi"), n, TRUE); b$cnt <- rpois(n, 2); b$mm <- ifelse(runif(n) < .1, NA, b$aa * 2)
des <- svydesign(ids = ~pu, strata = ~st, weights = ~wt, data = b, nest = TRUE); ar <- function(b, prefix, W) { W <- as.matrix(W); colnames(W) <- sprintf("%s%d", prefix, seq_len(ncol(W))); cbind(b, W) }
b <- ar(b, "fb", weights(as.svrepdesign(des, type = "BRR"), "replication")); b <- ar(b, "cb", weights(as.svrepdesign(des, type = "BRR"), "analysis")); b <- ar(b, "ff", weights(as.svrepdesign(des, type = "Fay", fay.rho = .5), "replication"))
b <- ar(b, "cj", weights(as.svrepdesign(des, type = "JKn"), "analysis")); b <- ar(b, "fj", weights(as.svrepdesign(des, type = "JKn"), "replication")); set.seed(5); b <- ar(b, "bt", weights(as.svrepdesign(des, type = "bootstrap", replicates = 25), "analysis")); b <- ar(b, "bf", weights(as.svrepdesign(des, type = "bootstrap", replicates = 25), "replication"))
c1 <- as.svrepdesign(svydesign(ids = ~I(st * 10 + pu), weights = ~wt, data = b), type = "JK1"); b <- ar(b, "j1", weights(c1, "analysis")); b <- ar(b, "jk", sapply(1:6, function(h) b$wt * ifelse(b$st != h, 1, ifelse(b$pu == 2, 0, 2))))
H <- 2 * hadamard(19) - 1; K <- nrow(H); r1 <- ((0:(n - 1)) %% (K - 2)) + 2; sd <- 1 + 2^-1.5 * H[r1, ] - 2^-1.5 * H[r1 + 1, ]; b <- ar(b, "sd", b$wt * sd); gd_write("rep2", b)
## lonely2: 6 strata, 2 with one psu, clusters of two or three rows
set.seed(77003)
l <- data.frame(s = rep(letters[1:6], c(6, 3, 5, 4, 2, 7)), q = c(1, 1, 2, 2, 3, 3, 1, 1, 1, 1, 1, 2, 2, 3, 1, 1, 2, 2, 1, 1, 1, 1, 2, 2, 3, 3, 3)); n <- nrow(l)
l$w <- round(runif(n, 2, 30), 2); l$y <- round(rnorm(n, 20, 6), 2); l$z <- round(rnorm(n, 7, 2), 2); l$d <- sample(c("p", "q", "r"), n, TRUE); l$d[l$s == "c"] <- c("p", "p", "q", "q", "p"); l$N <- c(a = 12, b = 8, c = 30, d = 9, e = 1, f = 14)[l$s]; l$bin <- rbinom(n, 1, .4); gd_write("lonely2", l)
## two stage with strata and fpc, probabilities, and second-stage strata
set.seed(77004)
ts <- NULL; for (h in 1:4) { N1 <- c(10, 15, 8, 25)[h]; n1 <- c(3, 4, 2, 5)[h]; for (i in 1:n1) for (s2 in 1:2) { N2 <- 20; n2 <- sample(2:4, 1); for (j in 1:n2) ts <- rbind(ts, data.frame(h = h, v = i, s2 = paste0("s", s2), e = j, N1 = N1, N2 = N2, p1 = n1 / N1, p2 = n2 / N2 * 2)) } }
n <- nrow(ts); ts$w <- 1 / ts$p1 / ts$p2; ts$hv <- ts$h * 100 + ts$v; ts$hvs <- paste0(ts$hv, ts$s2); ts$el <- seq_len(n); ts$y <- round(rnorm(n, 50, 12) + 4 * ts$h, 2); ts$x <- round(.4 * ts$y + rnorm(n, 0, 5), 2); ts$t <- sample(c("A", "B"), n, TRUE); ts$one <- 1; gd_write("twostage2", ts)
## pps with joint probabilities (Sampford), Poisson-like sizes
suppressPackageStartupMessages(library(sampling)); data(belgianmunicipalities, package = "sampling"); set.seed(77005)
bm <- belgianmunicipalities; pik <- inclusionprobabilities(bm$Tot04, 30); pik1 <- pik; full <- which(pik1 >= 1); ok <- setdiff(seq_along(pik), full); pk <- inclusionprobabilities(bm$Tot04[ok], 24); s <- UPsampford(pk); J <- UPsampfordpi2(pk); idx <- which(s == 1)
q <- data.frame(prov = bm$Province[ok][idx], tot = bm$Tot04[ok][idx], inc = bm$averageincome[ok][idx] , tax = bm$TaxableIncome[ok][idx], men = bm$Men04[ok][idx], diff = bm$Diffmen[ok][idx], p = pk[idx]); q$w <- 1 / q$p; q$st <- rep(1:2, 12); gd_write("belgium", q)
jp <- as.data.frame(J[idx, idx]); names(jp) <- sprintf("q%d", seq_along(jp)); gd_write("belgium_joint", jp)
## stratified brewer pps
set.seed(77006); q2 <- NULL; for (h in 1:3) { N <- 40; z <- rgamma(N, 2, 1); pk <- inclusionprobabilities(z, 5 + h); s <- which(UPbrewer(pk) == 1); q2 <- rbind(q2, data.frame(h = h, p = pk[s], size = z[s], y = round(z[s] * 10 + rnorm(length(s), 0, 4), 3), x = round(rnorm(length(s), 30, 5), 3), f = sample(c("u", "r"), length(s), TRUE))) }; q2$w <- 1 / q2$p; q2$id <- seq_len(nrow(q2)); q2 <- q2[q2$p < 1, ]; gd_write("pps3", q2)
## two phase
nw <- survival::nwtco; nw <- nw[order(-nw$seqno), ][1:900, ]; set.seed(9); nw$ph2 <- nw$rel == 1 | runif(900) < .2; nw$ph2[nw$instit == 2] <- nw$ph2[nw$instit == 2] | runif(sum(nw$instit == 2)) < .7; nw$age_m <- nw$age; nw$cell <- interaction(nw$rel, nw$instit); nw$cell <- paste0(nw$rel, nw$instit); nw$grp <- (nw$seqno %% 60); nw$stg <- nw$stage
gd_write("nwtco_two", nw[order(nw$seqno), c("seqno", "instit", "histol", "stage", "study", "rel", "edrel", "age_m", "ph2", "cell", "grp")])
## series
set.seed(88001); n <- 40; gd_write("s_level", data.frame(t = 1:n, y = round(30 + cumsum(rnorm(n, .1, 1)) + rnorm(n, 0, 1.5), 3), n = sample(400:900, n, TRUE), x = round(rnorm(n), 3), z = rep(0:1, c(18, 22))))
set.seed(88002); n <- 64; gd_write("s_break", data.frame(t = 1:n, y = round(ifelse(1:n <= 20, 5, ifelse(1:n <= 41, 8, 6)) + rnorm(n, 0, 1), 3), post = as.integer(1:n > 30), since = pmax(0, 1:n - 30), cnt = rnbinom(n, size = 2, mu = exp(1.5 + .01 * (1:n))), pop = round(runif(n, 50, 90), 1), v = round(c(rnorm(22, 0, 1), rnorm(22, 0, 3), rnorm(20, 1, 1)), 3)))
set.seed(88003); gd_write("s_mk", data.frame(t = 1:18, down = round(20 - .3 * (1:18) + rnorm(18), 1), few = sample(1:3, 18, TRUE), flat = rep(4, 18), up = 1:18))
set.seed(88004); n <- 80; cc <- data.frame(a = round(runif(n, -1, 2), 3), f = sample(c("k", "l", "m"), n, TRUE), e = round(runif(n, 1, 9), 2)); cc$y <- rnbinom(n, size = 3, mu = cc$e * exp(.2 + .4 * cc$a)); cc$b <- rbinom(n, 1, plogis(cc$a)); cc$yn <- ifelse(cc$b == 1, "yes", "no"); gd_write("cnt2", cc)
set.seed(88005); n <- 70; rr <- data.frame(i = sample(1:5, n, TRUE)); rr$j <- ifelse(runif(n) < .5, rr$i, sample(1:5, n, TRUE)); rr$bin1 <- rbinom(n, 1, .4); rr$bin2 <- ifelse(runif(n) < .7, rr$bin1, rbinom(n, 1, .4)); rr$p <- round(rnorm(n), 3); rr$q <- round(rr$p * .5 + rnorm(n), 3); rr$q[c(4, 9)] <- NA; rr$wt <- round(rexp(n), 4); rr$g3 <- sample(c("aa", "bb"), n, TRUE); gd_write("rat2", rr)
set.seed(88006); gd_write("es1", data.frame(study = letters[1:9], yi = round(rnorm(9, .2, .3), 3), vi = round(runif(9, .01, .08), 4), mod = c(1, 3, 2, 5, 4, 7, 6, 9, 8), gr = rep(0:1, c(4, 5)))); gd_write("es2", data.frame(yi = c(.10, .12, .09, .11, .13), vi = c(.02, .03, .025, .04, .022))); gd_write("es3", data.frame(yi = round(rnorm(25, -.5, .7), 4), vi = round(rgamma(25, 2, 40), 5), mod = round(rnorm(25), 2)))
gd_write("pv2", data.frame(p = c(.04, .04, .001, .9, 1, .02, .02, .3, .00001, .06, .5)))
gd_write("pv3", data.frame(p = c(.04, NA, .001, .9, .02, NA, .3)))
gd_write("mt", data.frame(mtcars, cylf = paste0("c", mtcars$cyl)))
## phases: two stages in strata, with second phases of rows, of units of either stage and of clusters across
set.seed(88001)
p <- NULL
for (h in 1:3) { N1 <- c(20, 30, 12)[h]; n1 <- c(5, 7, 4)[h]; for (i in 1:n1) { N2 <- sample(6:9, 1); n2 <- sample(3:5, 1); for (j in 1:n2) { m <- sample(3:6, 1); p <- rbind(p, data.frame(st = paste0("s", h), psu = h * 100 + i, ssu = h * 10000 + i * 100 + j, N1 = N1, N2 = N2, k = 1:m, N3 = m * 3)) } } }
n <- nrow(p); p$row <- seq_len(n); u <- rnorm(400)[p$psu]; p$cl <- p$psu * 10 + (p$ssu %% 2)
p$y <- round(20 + 3 * u + rnorm(n, 0, 4), 2); p$x <- round(5 + .3 * p$y + rnorm(n), 2); p$z <- rbinom(n, 1, .4); p$cls <- ifelse(p$y + rnorm(n, 0, 4) > 20, "hi", "lo")
p$pst <- ifelse(p$psu %% 3 == 0, "a", "b")
f1 <- ave(p$psu, p$st, FUN = function(v) length(unique(v))) / p$N1; p$pr1 <- f1; n2 <- ave(p$ssu, p$psu, FUN = function(v) length(unique(v))); p$pr12 <- f1 * n2 / p$N2
# rows drawn in classes; whole ssus; whole psus; clusters across rows
p$phr <- as.integer(runif(n) < ifelse(p$cls == "hi", .7, .4))
us <- unique(p$ssu); p$phs <- as.integer(p$ssu %in% sample(us, round(.6 * length(us)))); 
up <- unique(p$psu); keep <- unlist(lapply(split(p$psu, p$pst), function(v) { v <- unique(v); sample(v, ceiling(.6 * length(v))) })); p$php <- as.integer(p$psu %in% keep)
uc <- unique(p$cl); p$phc <- as.integer(p$cl %in% sample(uc, round(.6 * length(uc))))
p$Nall <- 62; gd_write("phases", p)
