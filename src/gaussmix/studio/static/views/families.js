// The covariance families by their names, and by those of mclust, which the models of a comparison have.

/** Return `title(name)` and `order(name)` of families; names of one column ("E", "V") come after the others. */
export function namedFamilies(families) {
  const others = [];
  const found = (name) => families.findIndex((family) => family.name === name || family.title.endsWith(`(${name})`));
  return {
    count: families.length + 2,
    title: (name) => families[found(name)]?.title ?? name,
    same: (one, other) => one === other || (found(one) >= 0 && found(one) === found(other)),
    order(name) {
      const place = found(name);
      if (place >= 0) return place;
      if (!others.includes(name)) others.push(name);
      return others.indexOf(name);
    },
  };
}
