# Results of the built-in study recomputed with R's survey package from the same files.
# Run from the root of the repository: Rscript tests/study_cases/survey.R > tests/study_cases/expected.json
# Made with R 4.2.2 and survey 4.1.1 (standard errors by linearization; see docs/r-survey.md).
suppressMessages(library(survey))

chronicles <- read.csv("datasets/chronicles/chronicles_waves_1_15.csv", check.names = FALSE, encoding = "UTF-8", na.strings = character())
online <- read.csv("datasets/zubok_online_2023_2024/online_waves_2023_2024.csv", check.names = FALSE, encoding = "UTF-8", na.strings = character())

big <- c("Moscow", "Saint Petersburg", "city 500k+", "city 1M+", "city 500k-1M")
side <- function(place, blank) factor(ifelse(place %in% blank, NA, ifelse(place %in% big, "big_city", "province")), levels = c("province", "big_city"))

wave <- function(rows) {
  d <- chronicles[rows, ]
  d$weight <- as.numeric(d$weight)
  d$stratum <- ifelse(d$settlement_size %in% c("Moscow", "Saint Petersburg"), paste(d$settlement_size, "own"), ifelse(d$federal_district == "", "blank", d$federal_district))
  d$side <- side(d$settlement_size, c("", "NA"))
  d
}
telephone <- function(d) svydesign(ids = ~1, strata = ~stratum, weights = ~weight, data = d)

out <- list()
note <- function(id, estimate, se) out[[id]] <<- list(estimate = as.numeric(estimate), se = as.numeric(se))
gap <- function(id, design) {
  m <- svyby(~yes, ~side, subset(design, !is.na(side)), svymean, covmat = TRUE)
  g <- svycontrast(m, c(big_city = 1, province = -1))
  note(id, coef(g), SE(g))
}
# `svypredmeans` adds the side to the model. The mean prediction with everybody in the big cities, minus that with everybody in the provinces.
adjusted <- function(id, design, formula) {
  fit <- svyglm(formula, design = subset(design, !is.na(side)), family = quasibinomial(), control = glm.control(epsilon = 1e-12, maxit = 100))
  m <- svypredmeans(fit, ~side)
  g <- svycontrast(m, c(big_city = 1, province = -1))
  note(id, coef(g), SE(g))
}

d <- wave(chronicles$wave == "13" & chronicles$sample == "A fresh RDD")
d$yes <- as.numeric(d$putin_approval == "approve")
p <- telephone(d)
gap("place_chronicles/chronicles-13a/approval/gap", p)
village <- svymean(~yes, subset(p, settlement_size == "village"))
note("place_chronicles/chronicles-13a/approval/village", coef(village), SE(village))
adjusted("place_chronicles/chronicles-13a/approval/gap-adjusted", p, yes ~ sex + age_group)

d <- wave(chronicles$wave == "12")
d$yes <- as.numeric(d$vote_intent_2024 == "Putin")
p <- telephone(d)
gap("place_chronicles/chronicles-12/vote_intention/gap", p)
adjusted("place_chronicles/chronicles-12/vote_intention/gap-adjusted", p, yes ~ sex + age_group)

d <- wave(chronicles$wave == "14")
d$yes <- as.numeric(d$vote_recall_2024 == "Putin")
p <- telephone(d)
gap("place_chronicles/chronicles-14/vote_recall/gap", p)

d <- online[online$wave == "2024-07", ]
d$weight <- as.numeric(d$weight)
d$yes <- as.numeric(d$putin_approval == "approve")
d$side <- side(d$settlement_size, "")
gap("place_online/online-2024-07/approval/gap", svydesign(ids = ~1, weights = ~weight, data = d))

lines <- sapply(names(out), function(id) sprintf("  \"%s\": { \"estimate\": %.12g, \"se\": %.12g }", id, out[[id]]$estimate, out[[id]]$se))
cat("{\n", paste(lines, collapse = ",\n"), "\n}\n", sep = "")
