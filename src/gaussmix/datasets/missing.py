"""Data sets with missing values; ``tables/SOURCES.md`` names their sources."""

from __future__ import annotations

from typing import Any

import numpy as np

from gaussmix.datasets.bunches import bunch_of, number, rows_of

__all__ = ["load_airquality", "load_penguins", "load_tully_fisher"]


def load_airquality(*, as_frame: bool = False) -> Any:
    """Load the air quality of New York in the summer of 1973, a row for each day.

    Parameters
    ----------
    as_frame : bool, default=False
        Whether the data are a pandas DataFrame.

    Returns
    -------
    sklearn.utils.Bunch
        ``data`` : (153, 4) array. ``Ozone`` in parts per billion (37 missing), ``Solar.R`` in langleys (7 missing),
        ``Wind`` in miles per hour and ``Temp`` in degrees Fahrenheit. Missing values are NaN.
        ``feature_names`` : list of the four columns.
        ``month``, ``day`` : (153,) arrays of int. The date, from 1 May to 30 September.
        ``frame`` : DataFrame of the date and the data with `as_frame`, else None.
        ``DESCR`` : str. The description and the source.

    Raises
    ------
    MissingDependencyError
        If `as_frame` is true and pandas is not installed.

    References
    ----------
    J. M. Chambers, W. S. Cleveland, B. Kleiner and P. A. Tukey (1983), Graphical Methods for Data Analysis,
    Wadsworth. The table is ``airquality`` of base R.

    Examples
    --------
    >>> import numpy as np
    >>> np.isnan(load_airquality().data).sum(axis=0).tolist()
    [37, 7, 0, 0]
    """
    rows = rows_of("airquality.csv")
    labels = {name.lower(): np.array([int(row[name]) for row in rows]) for name in ("Month", "Day")}
    description = (
        "Ozone (ppb), solar radiation (langleys), wind (mph) and temperature (degrees F) in New York, each day from "
        "May to September 1973. 37 values of ozone and 7 of radiation are missing.\n"
        "Source: Chambers, Cleveland, Kleiner & Tukey (1983), Graphical Methods for Data Analysis, as base R's "
        "`airquality`."
    )
    return bunch_of(rows, ["Ozone", "Solar.R", "Wind", "Temp"], labels, None, description, as_frame)


def load_penguins(*, return_X_y: bool = False, as_frame: bool = False) -> Any:
    """Load the penguins of the Palmer Archipelago: sizes of three species.

    Parameters
    ----------
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=False
        Whether the data are a pandas DataFrame and the labels Series.

    Returns
    -------
    sklearn.utils.Bunch or tuple of (data, target)
        ``data`` : (344, 4) array. Length and depth of the bill and length of the flipper in millimetres, and body mass
        in grams. Two penguins were not measured: their values are NaN.
        ``target`` : (344,) array of str. The species: Adelie, Chinstrap or Gentoo.
        ``target_names`` : list of the three species. ``feature_names`` : list of the four columns.
        ``island``, ``sex``, ``year`` : (344,) arrays. Sex is male or female, and empty for the 11 of unknown sex.
        ``frame`` : DataFrame of the labels and the data with `as_frame`, else None.
        ``DESCR`` : str. The description and the source.

    Raises
    ------
    MissingDependencyError
        If `as_frame` is true and pandas is not installed.

    References
    ----------
    K. B. Gorman, T. D. Williams and W. R. Fraser (2014), Ecological sexual dimorphism and environmental variability
    within a community of Antarctic penguins (genus Pygoscelis), PLoS ONE 9, e90081. The table is ``penguins`` of the R
    package palmerpenguins.

    Examples
    --------
    >>> penguins = load_penguins()
    >>> penguins.data.shape, penguins.target_names
    ((344, 4), ['Adelie', 'Chinstrap', 'Gentoo'])
    """
    rows = rows_of("penguins.csv")
    labels = {
        "species": np.array([row["species"] for row in rows]),
        "island": np.array([row["island"] for row in rows]),
        "sex": np.array([row["sex"].replace("NA", "") for row in rows]),
        "year": np.array([int(row["year"]) for row in rows]),
    }
    features = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
    description = (
        "Bill, flipper and body mass of 344 penguins of three species, Palmer Archipelago, Antarctica, 2007-2009. Two "
        "of them have no measurements.\n"
        "Source: Gorman, Williams & Fraser (2014), PLoS ONE 9, e90081, as `penguins` of R's palmerpenguins (CC0)."
    )
    bunch = bunch_of(rows, features, labels, "species", description, as_frame)
    bunch.target_names = sorted(set(labels["species"].tolist()))
    return (bunch.data, bunch.target) if return_X_y else bunch


def load_tully_fisher(*, as_frame: bool = False) -> Any:
    """Load 21 spiral galaxies of known distance: brightness and speed of rotation, each with its error.

    The brighter a spiral galaxy, the faster it rotates (the relation of Tully and Fisher).

    Parameters
    ----------
    as_frame : bool, default=False
        Whether the data and the errors are pandas DataFrames.

    Returns
    -------
    sklearn.utils.Bunch
        ``data`` : (21, 7) array. Absolute magnitudes in the bands B, V, R, I and H, and ``log_W20`` and ``log_W50``:
        logarithms (base 10) of the width of the 21 cm line in km/s, at 20 % and 50 % of its peak. Magnitudes that were
        not measured (four in V, one in H) are NaN.
        ``errors`` : (21, 7) array. Standard deviations of the measurement errors; NaN where the value is missing.
        ``feature_names`` : list of the seven columns. ``galaxy`` : (21,) array of str.
        ``frame`` : DataFrame of the galaxy and the data with `as_frame`, else None.
        ``DESCR`` : str. The description and the source.

    Raises
    ------
    MissingDependencyError
        If `as_frame` is true and pandas is not installed.

    References
    ----------
    S. Sakai et al. (2000), The Hubble Space Telescope Key Project on the extragalactic distance scale XXIV: the
    calibration of Tully-Fisher relations and the value of the Hubble constant, Astrophysical Journal 529, 698-722,
    table 2.

    Examples
    --------
    >>> galaxies = load_tully_fisher()
    >>> galaxies.galaxy[0], galaxies.data[0, :3].tolist(), galaxies.errors[0, :3].tolist()
    (np.str_('NGC224'), [-21.58, nan, -22.59], [0.19, nan, 0.18])
    """
    rows = rows_of("tully_fisher.csv")
    features = ["B", "V", "R", "I", "H", "log_W20", "log_W50"]
    labels = {"galaxy": np.array([row["galaxy"] for row in rows])}
    description = (
        "Absolute magnitudes in five bands and widths of the 21 cm line, with measurement errors, of 21 spiral "
        "galaxies whose distances are known from Cepheids.\n"
        "Source: Sakai et al. (2000), Astrophys. J. 529, 698-722, table 2, as in the examples of "
        "extreme-deconvolution."
    )
    bunch = bunch_of(rows, features, labels, None, description, as_frame)
    errors = np.array([[number(row[f"{name}_error"]) for name in features] for row in rows])
    bunch.errors = type(bunch.data)(errors, columns=features) if as_frame else errors
    return bunch
