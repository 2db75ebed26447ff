# Runs the statements of every case again: from tests/golden_more, `Rscript generate/replay.R [part of an id]`.
suppressPackageStartupMessages({library(jsonlite); library(survival); library(survey); library(MASS)})
for (p in c("metafor", "sandwich", "strucchange")) suppressPackageStartupMessages(require(p, character.only = TRUE))
wanted <- commandArgs(TRUE); here <- normalizePath("."); work <- tempfile(); dir.create(file.path(work, "data"), recursive = TRUE)
for (d in c("../golden/data", "data")) file.copy(list.files(d, full.names = TRUE), file.path(work, "data"), overwrite = TRUE)
setwd(work)
for (f in list.files(file.path(here, "cases"), pattern = "json$", recursive = TRUE, full.names = TRUE)) {
  case <- read_json(f)
  if (length(wanted) && !grepl(wanted[1], case$id, fixed = TRUE)) next
  options(survey.lonely.psu = "fail", survey.adjust.domain.lonely = FALSE)
  cat("==", case$id, "\n"); env <- new.env()
  try(suppressWarnings({ for (line in case$r_call) eval(parse(text = line), env); print(env$res) }))
}
