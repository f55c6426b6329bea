"""
Regimes of a stock index, with labels that keep their meaning
=============================================================

Every quarter a mixture is fitted to all days so far, and its components are matched with those of the fit before: so
"turbulent" is the same component all the time. The data are in the package arch (pip install arch).
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from arch.data import sp500

from gaussmix import GaussianMixture, plots

NAMES = ("calm", "middling", "turbulent")
YEAR = 252  # days of trading

price = sp500.load()["Adj Close"]
returns = 100 * np.log(price).diff()  # per cent a day
spread, trend = returns.rolling(20).std(), returns.rolling(60).mean()  # of the last 20 and 60 days
rows = pd.DataFrame({"log volatility": np.log(spread), "trend": trend}).dropna()

before = None
regimes = []
for start in range(10 * YEAR, len(rows), YEAR // 4):
    model = GaussianMixture(3, random_state=0).fit(rows.iloc[:start])
    if before is None:  # the first fit gives the components their order
        order = np.argsort(model.means_[:, 0])
        model.mixture_ = model.mixture_.take(order)
    else:
        model.mixture_ = model.mixture_.match(before)
    before = model.mixture_
    ahead = rows.iloc[start : start + YEAR // 4]  # the quarter after the fit
    regimes.append(pd.Series(model.predict(ahead), index=ahead.index))
labels = pd.concat(regimes)

figure, ax = plt.subplots(figsize=(9.0, 4.2), layout="constrained")
price = price.loc[labels.index]
ax.plot(price.index, price, color="0.6", linewidth=0.6)
for regime, (name, colour) in enumerate(zip(NAMES, plots.palette(3), strict=True)):
    chosen = labels == regime
    ax.plot(price.index[chosen], price[chosen], ".", markersize=2.5, color=colour, label=name)
ax.set(yscale="log", title="Regimes of each quarter, by the fit before it", ylabel="S&P 500")
ax.legend(markerscale=4, frameon=False)
