# Answers each line of its input, a number of iterations, with the seconds of em(), the iterations made and the parameters.
suppressMessages(library(mclust))
folder <- commandArgs(trailingOnly = TRUE)[1]
size <- as.integer(commandArgs(trailingOnly = TRUE)[2:4])
N <- size[1]; D <- size[2]; K <- size[3]
model <- commandArgs(trailingOnly = TRUE)[5]
numbers <- function(name, n) readBin(file.path(folder, name), "double", n)
X <- matrix(numbers("X", N * D), N, D)
S <- array(numbers("covariances", K * D * D), c(D, D, K))
if (model == "VVV") {
    variance <- list(modelName = model, d = D, G = K, sigma = S, cholsigma = array(apply(S, 3, chol), c(D, D, K)))
} else {
    diagonals <- matrix(apply(S, 3, diag), D, K)
    scale <- apply(diagonals, 2, function(s) exp(mean(log(s))))
    variance <- list(modelName = model, d = D, G = K, sigma = S, scale = scale, shape = sweep(diagonals, 2, scale, "/"))
}
start <- list(pro = numbers("weights", K), mean = matrix(numbers("means", D * K), D, K), variance = variance)
input <- file("stdin", "r")
repeat {
    line <- readLines(input, 1)
    if (length(line) == 0) break
    control <- emControl(tol = c(0, 0), itmax = as.integer(line))
    began <- Sys.time()
    fit <- em(modelName = model, data = X, parameters = start, control = control, warn = FALSE)
    seconds <- as.numeric(Sys.time() - began, units = "secs")
    result <- c(seconds, attr(fit, "info")[["iterations"]], fit$parameters$pro, fit$parameters$mean,
                fit$parameters$variance$sigma)
    cat(sprintf("%.17g", result), "\n")
    flush(stdout())
}
