"""filter: thresholds at their boundaries, the one that is kept of look-alikes, the articles that these tie together."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from rocov2.images.prints import fingerprint
from rocov2.stages.filter import FilterParams, run, stage
from rocov2.stages.keepers import Contender, choose
from rocov2.tables import Article, Drop, Image, Sample, Score
from tests.stages.rows import article, corpus, drawn, image, live, score


def filtered(work, figures, articles=None, live_in=None, **params):
    """Run over shard -> figures, each (figure_id, changes of image, changes of score); figure_id -> row or drop."""
    ids = {shard: [figure_id for figure_id, *_ in some] for shard, some in figures.items()}
    pmcids = {shard: sorted({name.partition(".")[0] for name in names}) for shard, names in ids.items()}
    made = {
        Score: {s: [score(name, **scored) for name, _, scored in some] for s, some in figures.items()},
        Image: {s: [image(name, **looks) for name, looks, _ in some] for s, some in figures.items()},
        Article: {s: [article(p, **(articles or {}).get(p, {})) for p in some] for s, some in pmcids.items()},
    }
    at = live_in or {int(pmcid[3:]): shard for shard, some in pmcids.items() for pmcid in some}
    settings = FilterParams(**params, live=live(work, at))
    rows = list(run(settings, *(corpus(work, kind, shards) for kind, shards in made.items())))
    assert [(shard, key_of(row)) for shard, row in rows] == [(s, name) for s, names in ids.items() for name in names]
    return {key_of(row): row for _, row in rows}


def key_of(row):
    return row.key if isinstance(row, Drop) else row.figure_id


def fates(rows):
    return {key: row.reason if isinstance(row, Drop) else "kept" for key, row in rows.items()}


def test_a_figure_without_look_alikes_is_a_cluster_and_a_group_of_its_own(tmp_path):
    rows = filtered(tmp_path, {"s": [("PMC7.2/f1", {}, {})]}, {"PMC7": {"article_id": "PMC7.2"}})
    assert rows == {"PMC7.2/f1": Sample("PMC7.2/f1", "PMC7.2", "PMC7.2/f1", 1, "PMC7")}


@pytest.mark.parametrize(
    ("looks", "scored", "fate"),
    [
        ({}, {"radiology_score": 0.5}, "kept"),
        ({}, {"radiology_score": 0.4999}, "not_radiology"),
        ({}, {"compound_score": 0.5}, "kept"),
        ({}, {"compound_score": 0.5001}, "compound"),
        ({}, {"caption_compound_score": 1.0}, "kept"),
        ({"width_px": 64, "height_px": 64}, {}, "kept"),
        ({"width_px": 63, "height_px": 64}, {}, "too_small"),
        ({"width_px": 64, "height_px": 63}, {}, "too_small"),
        ({"width_px": 320, "height_px": 64}, {}, "kept"),
        ({"width_px": 321, "height_px": 64}, {}, "too_long"),
        ({"width_px": 64, "height_px": 321}, {}, "too_long"),
        ({"width_px": 10, "height_px": 10}, {"radiology_score": 0.0, "compound_score": 1.0}, "too_small"),
        ({}, {"radiology_score": 0.0, "compound_score": 1.0}, "not_radiology"),
    ],
)
def test_a_figure_at_a_threshold_passes_and_beyond_it_is_dropped_with_its_reason(tmp_path, looks, scored, fate):
    assert fates(filtered(tmp_path, {"s": [("PMC1.1/f1", looks, scored)]})) == {"PMC1.1/f1": fate}


@pytest.mark.parametrize(
    ("scored", "params", "fate"),
    [
        ({"radiology_score": 0.6}, {"min_radiology_score": 0.7}, "not_radiology"),
        ({"radiology_score": 0.1}, {"min_radiology_score": 0.1}, "kept"),
        ({"compound_score": 0.3}, {"max_compound_score": 0.2}, "compound"),
        ({"caption_compound_score": 0.8}, {"max_caption_compound_score": 0.7}, "compound_caption"),
        ({}, {"min_side_px": 301}, "too_small"),
        ({}, {"max_aspect_ratio": 1.3}, "too_long"),
    ],
)
def test_every_threshold_is_a_parameter(tmp_path, scored, params, fate):
    assert fates(filtered(tmp_path, {"s": [("PMC1.1/f1", {}, scored)]}, **params)) == {"PMC1.1/f1": fate}


def test_a_drop_says_what_was_seen(tmp_path):
    rows = filtered(
        tmp_path, {"s": [("PMC1.1/f1", {}, {"radiology_score": 0.1234}), ("PMC1.1/f2", {"width_px": 9}, {})]}
    )
    assert rows["PMC1.1/f1"].detail == "score 0.1234"
    assert rows["PMC1.1/f2"].detail == "9 x 300 px"


SAME = {"sha256": "the same bytes"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"license_code": "CC0", "published_on": "2024"}, {"license_code": "CC BY", "published_on": "2001"}),
        ({"license_code": "CC BY-SA"}, {"license_code": "CC BY-NC"}),
        ({"license_code": "CC BY-NC-ND"}, {"license_code": "unheard of"}),
        ({"published_on": "2019-12-31"}, {"published_on": "2020"}),
        ({"published_on": "2020-02"}, {"published_on": None}),
        ({}, {}),
    ],
    ids=["freest licence first", "share-alike before non-commercial", "any before unknown", "earliest", "dated", "id"],
)
@pytest.mark.parametrize("turned", [False, True], ids=["as read", "the other way round"])
def test_of_the_same_bytes_the_freest_then_the_earliest_then_the_smallest_id_is_kept(tmp_path, one, other, turned):
    figures = [("PMC9.1/f1", SAME, {}), ("PMC10.1/f1", SAME, {})]
    rows = filtered(tmp_path, {"s": figures[::-1] if turned else figures}, {"PMC9": one, "PMC10": other})
    assert fates(rows) == {"PMC9.1/f1": "kept", "PMC10.1/f1": "duplicate"}
    assert rows["PMC10.1/f1"].detail == "PMC9.1/f1 is kept"


@pytest.mark.parametrize("better", [{"license_code": "CC0"}, {"published_on": "2019"}], ids=["licence", "date"])
def test_licence_and_date_decide_before_the_id_does(tmp_path, better):
    rows = filtered(tmp_path, {"s": [("PMC9.1/f1", SAME, {}), ("PMC10.1/f1", SAME, {})]}, {"PMC10": better})
    assert fates(rows) == {"PMC9.1/f1": "duplicate", "PMC10.1/f1": "kept"}


def test_what_looks_alike_is_a_near_duplicate_and_another_picture_is_none(tmp_path):
    alike, other = {"fingerprint": fingerprint(drawn(1))}, {"fingerprint": fingerprint(drawn(2))}
    rows = filtered(tmp_path, {"s": [("PMC1.1/f1", {}, alike), ("PMC2.1/f1", {}, alike), ("PMC3.1/f1", {}, other)]})
    assert fates(rows) == {"PMC1.1/f1": "kept", "PMC2.1/f1": "near_duplicate", "PMC3.1/f1": "kept"}
    assert (rows["PMC1.1/f1"].cluster_size, rows["PMC3.1/f1"].cluster_size) == (2, 1)


def test_look_alikes_are_found_across_shards_and_the_cluster_is_named_by_its_smallest_figure(tmp_path):
    figures = {"a": [("PMC1.1/f1", SAME, {})], "b": [("PMC2.1/f1", SAME, {})]}
    rows = filtered(tmp_path, figures, {"PMC2": {"license_code": "CC0"}})
    assert fates(rows) == {"PMC1.1/f1": "duplicate", "PMC2.1/f1": "kept"}
    assert rows["PMC2.1/f1"] == Sample("PMC2.1/f1", "PMC2.1", "PMC1.1/f1", 2, "PMC1")


def test_articles_that_share_pictures_through_a_third_one_are_one_group(tmp_path):
    first, second = {"sha256": "first"}, {"sha256": "second"}
    figures = [
        *(("PMC30.1/f1", first, {}), ("PMC20.1/f1", first, {}), ("PMC20.1/f2", second, {})),
        *(("PMC100.1/f1", second, {}), ("PMC100.1/f2", {}, {}), ("PMC5.1/f1", {}, {})),
    ]
    rows = filtered(tmp_path, {"s": figures})
    groups = {key: row.group_id for key, row in rows.items() if isinstance(row, Sample)}
    assert groups == {"PMC20.1/f1": "PMC20", "PMC20.1/f2": "PMC20", "PMC100.1/f2": "PMC20", "PMC5.1/f1": "PMC5"}


def test_a_figure_that_fails_a_threshold_is_never_the_one_that_is_kept(tmp_path):
    figures = {"s": [("PMC1.1/f1", SAME, {"radiology_score": 0.2}), ("PMC2.1/f1", SAME, {})]}
    rows = filtered(tmp_path, figures, {"PMC1": {"license_code": "CC0"}})
    assert fates(rows) == {"PMC1.1/f1": "not_radiology", "PMC2.1/f1": "kept"}
    assert rows["PMC2.1/f1"].cluster_size == 1


@pytest.mark.parametrize("live_in", [{2: "s"}, {1: "later", 2: "s"}], ids=["no longer selected", "in a later shard"])
def test_an_article_that_does_not_count_is_not_selected_and_keeps_nothing_out(tmp_path, live_in):
    rows = filtered(tmp_path, {"s": [("PMC1.1/f1", SAME, {}), ("PMC2.1/f1", SAME, {})]}, live_in=live_in)
    assert fates(rows) == {"PMC1.1/f1": "not_selected", "PMC2.1/f1": "kept"}


def test_an_article_in_two_shards_counts_in_the_later_one_only(tmp_path):
    figures = {"old": [("PMC1.1/f1", SAME, {})], "new": [("PMC1.2/f1", SAME, {})]}
    made = {shard: [article("PMC1", article_id=some[0][0].partition("/")[0])] for shard, some in figures.items()}
    tables = [
        corpus(tmp_path, Score, {s: [score(n) for n, *_ in some] for s, some in figures.items()}),
        corpus(tmp_path, Image, {s: [image(n, **SAME) for n, *_ in some] for s, some in figures.items()}),
        corpus(tmp_path, Article, made),
    ]
    rows = {key_of(row): row for _, row in run(FilterParams(live=live(tmp_path, {1: "new"})), *tables)}
    assert fates(rows) == {"PMC1.1/f1": "not_selected", "PMC1.2/f1": "kept"}


def test_the_stage_sees_the_whole_corpus_and_depends_on_the_selection(tmp_path):
    made = stage(FilterParams(live=tmp_path))
    assert made.corpus
    assert [asset.path for asset in made.assets] == [tmp_path]


CONTENDERS = st.lists(
    st.tuples(
        st.integers(1, 6),
        st.integers(1, 3),
        st.sampled_from(["CC0", "CC BY", "CC BY-NC"]),
        st.sampled_from("abcd"),
        st.integers(0, 5),
    ),
    max_size=14,
    unique_by=lambda figure: figure[:2],
)


def contender(pmcid, number, license_code, sha256):
    return Contender(f"PMC{pmcid}.1/f{number}", f"PMC{pmcid}", license_code, "2020", sha256, "")


@given(CONTENDERS, st.randoms(use_true_random=False))
def test_verdicts_do_not_depend_on_the_order_and_each_cluster_keeps_one(figures, random):
    verdicts = choose([contender(*f[:4]) for f in figures], [f[4] for f in figures])
    shuffled = random.sample(figures, len(figures))
    assert verdicts == choose([contender(*f[:4]) for f in shuffled], [f[4] for f in shuffled])
    ranks = {c.figure_id: c.rank for c in (contender(*f[:4]) for f in figures)}
    for figure_id, verdict in verdicts.items():
        mates = [name for name, other in verdicts.items() if other.cluster_id == verdict.cluster_id]
        assert verdict.keeper_id == min(mates, key=ranks.__getitem__)
        assert (verdict.cluster_id, verdict.cluster_size) == (min(mates), len(mates))
        assert {verdicts[name].group_id for name in mates} == {verdict.group_id}
        assert int(verdict.group_id[3:]) <= int(figure_id.partition(".")[0][3:])
