"""Which figure of a set of look-alikes is kept, and which articles they tie together. Pure.

Kept is the figure with the freest licence, then of the earliest article, then with the smallest id.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

LICENCE_RANK = {
    code: rank
    for rank, code in enumerate(("CC0", "CC BY", "CC BY-SA", "CC BY-NC", "CC BY-NC-SA", "CC BY-ND", "CC BY-NC-ND"))
}


@dataclass(frozen=True, slots=True)
class Contender:
    """A figure that passed the thresholds, with what decides between look-alikes."""

    figure_id: str
    pmcid: str
    license_code: str
    published_on: str
    sha256: str
    fingerprint: str

    @property
    def rank(self) -> tuple[int, str, int, str]:
        """Sort key: the smallest is kept."""
        return LICENCE_RANK.get(self.license_code, 99), self.published_on, int(self.pmcid[3:]), self.figure_id


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a figure: itself the keeper, or dropped for the keeper of its cluster."""

    keeper_id: str
    reason: str
    cluster_id: str
    cluster_size: int
    group_id: str


def choose(contenders: Sequence[Contender], look_alikes: Sequence[int]) -> dict[str, Verdict]:
    """Return figure_id -> verdict. `look_alikes` gives each contender the label of its near-duplicate cluster.

    Figures with the same bytes are one cluster whatever their labels.
    """
    clusters = joined([c.sha256 for c in contenders], look_alikes)
    groups = joined([c.pmcid for c in contenders], clusters)
    keepers: dict[int, Contender] = {}
    smallest_figure: dict[int, str] = {}
    smallest_pmcid: dict[int, int] = {}
    for contender, cluster, group in zip(contenders, clusters, groups, strict=True):
        keepers[cluster] = min(keepers.get(cluster, contender), contender, key=lambda c: c.rank)
        smallest_figure[cluster] = min(smallest_figure.get(cluster, contender.figure_id), contender.figure_id)
        number = int(contender.pmcid[3:])
        smallest_pmcid[group] = min(smallest_pmcid.get(group, number), number)
    sizes = Counter(clusters)
    return {
        c.figure_id: Verdict(
            keepers[k].figure_id,
            "duplicate" if c.sha256 == keepers[k].sha256 else "near_duplicate",
            smallest_figure[k],
            sizes[k],
            f"PMC{smallest_pmcid[g]}",
        )
        for c, k, g in zip(contenders, clusters, groups, strict=True)
    }


def joined(names: Sequence[str], labels: Sequence[int]) -> list[int]:
    """Return a component number for each item, joining items with the same name or the same label."""
    if not names:
        return []
    name_nodes = {name: number for number, name in enumerate(dict.fromkeys(names))}
    label_nodes = {label: number for number, label in enumerate(dict.fromkeys(labels), start=len(name_nodes))}
    rows = [name_nodes[name] for name in names]
    columns = [label_nodes[label] for label in labels]
    size = len(name_nodes) + len(label_nodes)
    graph = coo_array(([1] * len(rows), (rows, columns)), shape=(size, size))
    _, components = connected_components(graph, directed=False)
    return [int(components[row]) for row in rows]
