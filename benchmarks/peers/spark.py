"""Spark MLlib's GaussianMixture in local mode. It takes no start, so it says what it started from."""

import os

import numpy as np
import pandas as pd
import pyspark
from pyspark.ml.clustering import GaussianMixture
from pyspark.ml.feature import VectorAssembler
from pyspark.sql import SparkSession

THREADS = len(os.sched_getaffinity(0))
SETTINGS = {
    "spark.driver.memory": "8g", "spark.ui.enabled": "false", "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.driver.host": "localhost", "spark.driver.bindAddress": "127.0.0.1", "spark.rpc.message.maxSize": "1024",
}  # fmt: skip


def open(problem):
    builder = SparkSession.builder.master(f"local[{THREADS}]")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    names = [f"x{j}" for j in range(problem.X.shape[1])]
    table = spark.createDataFrame(pd.DataFrame(problem.X, columns=names)).coalesce(THREADS)
    rows = VectorAssembler(inputCols=names, outputCol="features").transform(table).select("features").cache()
    rows.count()
    return rows, len(problem.weights)


def fit(state, iterations):
    rows, K = state
    return GaussianMixture(k=K, tol=0.0, maxIter=iterations, seed=0).fit(rows)


def iterations(state, model):
    return model.summary.numIter


def parameters(state, model):
    parts = model.gaussiansDF.collect()
    means, covariances = ([np.array(getattr(p, n).toArray()) for p in parts] for n in ("mean", "cov"))
    return np.array(model.weights), np.array(means), np.array(covariances)


def start(state):
    return parameters(state, fit(state, 0))


def describe():
    return {"version": pyspark.__version__, "threads": THREADS}
