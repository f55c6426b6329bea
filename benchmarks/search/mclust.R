# Answers each line of its input (folder, N, D, K, model, seed) with the seconds that Mclust() took and the parameters
# that it found, or with "failed".
suppressMessages(library(mclust))
input <- file("stdin", "r")
repeat {
    line <- readLines(input, 1)
    if (length(line) == 0) break
    asked <- strsplit(line, "\t")[[1]]
    size <- as.integer(asked[2:4])
    N <- size[1]; D <- size[2]; K <- size[3]
    X <- matrix(readBin(file.path(asked[1], "X"), "double", N * D), N, D)
    set.seed(as.integer(asked[6]))
    began <- proc.time()[["elapsed"]]
    fit <- try(Mclust(X, G = K, modelNames = asked[5], verbose = FALSE), silent = TRUE)
    seconds <- proc.time()[["elapsed"]] - began
    if (is.null(fit) || inherits(fit, "try-error")) {
        cat("failed", seconds, "\n")
    } else {
        found <- fit$parameters
        cat(sprintf("%.17g", c(seconds, found$pro, found$mean, found$variance$sigma)), "\n")
    }
    flush(stdout())
}
