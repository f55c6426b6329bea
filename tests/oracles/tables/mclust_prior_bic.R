# mclust 6.0.0, mclustBIC(prior = priorControl()) from its own starts, to a relative change of 1e-12.
suppressMessages(library(mclust))
folder <- commandArgs(TRUE)[1]
read <- function(name, label) {
  d <- read.csv(file.path(folder, paste0(name, ".csv")), check.names = FALSE)
  as.matrix(d[, setdiff(names(d), label)])
}
tables <- list(
  faithful = as.matrix(faithful), iris = read("iris", "Species"), diabetes = read("diabetes", "class"),
  banknote = read("banknote", "Status"), thyroid = read("thyroid", "Diagnosis"), wine13 = read("wine13", "Class"),
  acidity = as.vector(read("acidity", "")))
control <- emControl(tol = c(1e-12, 1e-12), itmax = c(20000, 20000))
cat("table,model,K,bic\n")
for (name in names(tables)) {
  models <- if (is.matrix(tables[[name]])) c("EII", "VII", "VVI", "EEE", "EEV", "VEV", "VVV") else c("E", "V")
  B <- suppressWarnings(mclustBIC(tables[[name]], G = 1:3, modelNames = models, prior = priorControl(),
                                  control = control, verbose = FALSE))
  for (model in models) for (K in rownames(B)) if (!is.na(B[K, model]))
    cat(sprintf("%s,%s,%s,%.6f\n", name, model, K, B[K, model]))
}
