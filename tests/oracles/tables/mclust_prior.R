# mclust 6.0.0, me() with prior = priorControl(), from the true labels, to a relative change of 1e-14.
suppressMessages(library(mclust))
folder <- commandArgs(TRUE)[1]
read <- function(name, label) {
  d <- read.csv(file.path(folder, paste0(name, ".csv")), check.names = FALSE)
  list(X = as.matrix(d[, setdiff(names(d), label)]), labels = as.integer(factor(d[[label]])))
}
tables <- list(
  faithful = list(X = as.matrix(faithful), labels = as.integer(faithful[, 1] > 3) + 1),
  iris = read("iris", "Species"), diabetes = read("diabetes", "class"),
  banknote = read("banknote", "Status"), thyroid = read("thyroid", "Diagnosis"), wine13 = read("wine13", "Class"))
acidity <- as.matrix(read.csv(file.path(folder, "acidity.csv")))
models <- c("EII", "VII", "EEI", "VEI", "EVI", "VVI", "EEE", "EEV", "VEV", "VVV")
control <- emControl(tol = c(1e-14, 1e-14), itmax = c(20000, 20000))
cat("table,n,D,K,model,shrinkage,log_likelihood,weight,mean,variance\n")
run <- function(name, X, labels, model, shrinkage) {
  K <- max(labels); z <- unmap(labels)
  prior <- if (shrinkage > 0) priorControl() else priorControl(shrinkage = 0)
  data <- if (ncol(X) == 1) as.vector(X) else X
  r <- suppressWarnings(me(data = data, modelName = model, z = z, prior = prior, control = control))
  if (is.na(r$loglik)) return(invisible())
  p <- r$parameters
  m <- if (ncol(X) == 1) p$mean[1] else p$mean[1, 1]
  v <- if (ncol(X) == 1) p$variance$sigmasq[1] else if (model %in% c("EII", "VII")) p$variance$sigma[1, 1, 1] else p$variance$sigma[1, 1, 1]
  cat(sprintf("%s,%d,%d,%d,%s,%g,%.10f,%.12g,%.12g,%.12g\n", name, nrow(X), ncol(X), K, model, shrinkage, r$loglik, p$pro[1], m, v))
}
for (name in names(tables)) for (model in models)
  run(name, tables[[name]]$X, tables[[name]]$labels, model, if (model == "EEI") 0 else 0.01)
half <- as.integer(acidity[, ncol(acidity)] > 5.2) + 1
for (model in c("E", "V")) run("acidity", acidity[, ncol(acidity), drop = FALSE], half, model, 0.01)
for (model in setdiff(models, "EEI")) run("iris", tables$iris$X, tables$iris$labels, model, 0)
