"""screen, clean, link, curate: the stages that read words."""

from dataclasses import replace
from math import nextafter

import pytest

from rocov2.concepts.build import build_vocabulary
from rocov2.concepts.terms import Term
from rocov2.errors import ConfigError
from rocov2.stages import clean, curate, link, screen
from rocov2.tables import Candidate, Drop
from tests.conftest import REPO
from tests.stages.rows import WORDS, article, caption, figure, mention, sample, score

MODEL = REPO / "data" / "models" / "screen.bin"
CHART = "Flow chart of the search: records identified through databases, screened, and included in the meta-analysis."
TERMS = (
    Term("C0034079", "nodule", "T033", "Lung nodule", "T", "SY", 1.0, True),
    Term("C0032326", "pneumothorax", "T047", "Pneumothorax", "T", "PT", 1.0, True),
    Term("C0016658", "fracture", "T037", "Fracture", "T", "PT", 1.0, True),
    Term("C0023884", "liver", "T023", "Liver", "T", "PT", 1.0, True),
)


def screened(figures, **params):
    return list(screen.run(screen.ScreenParams(**params, model=MODEL), iter(figures), iter([article()])))


def test_a_caption_of_radiology_is_a_candidate_and_one_of_a_chart_is_not():
    wanted, other = screened([figure(), figure("PMC1.1/f2", CHART, section="Methods")])
    assert isinstance(wanted, Candidate)
    assert (wanted.figure_id, wanted.article_id, wanted.source_key) == ("PMC1.1/f1", "PMC1.1", "PMC1.1/f1.jpg")
    assert isinstance(other, Drop)
    assert other.reason == "not_radiology_words"
    assert wanted.screen_score > 0.5
    assert float(other.detail.removeprefix("score ")) < 0.04


def test_a_least_score_of_nothing_lets_every_figure_through():
    assert [type(row) for row in screened([figure(caption=CHART), figure(caption="")], min_score=0.0)] == [
        Candidate
    ] * 2


def test_a_figure_at_the_least_score_passes_and_just_below_it_does_not():
    (found,) = screened([figure()], min_score=0.0)
    (at,) = screened([figure()], min_score=found.screen_score)
    (above,) = screened([figure()], min_score=nextafter(found.screen_score, 2.0))
    assert (type(at), type(above)) == (Candidate, Drop)


@pytest.mark.parametrize(
    ("changes", "params", "reason"),
    [
        ({"rights": "Reprinted with permission"}, {}, "own_rights"),
        ({"rights": "Reprinted with permission"}, {"keep_own_rights": True}, None),
        ({"fig_type": "graphical-abstract"}, {}, "graphical_abstract"),
        ({"fig_type": "graphical-abstract"}, {"keep_graphical_abstracts": True}, None),
        ({"fig_type": "image"}, {}, None),
    ],
)
def test_figures_with_rights_of_their_own_and_graphical_abstracts_are_held_back_unless_wanted(changes, params, reason):
    (row,) = screened([figure(**changes)], **params)
    assert getattr(row, "reason", None) == reason


def test_the_order_of_the_figures_stays_over_batches_and_each_has_one_row():
    figures = [figure(f"PMC1.1/f{n}", WORDS if n % 3 else CHART) for n in range(1100)]
    rows = screened(figures)
    assert [row.key if isinstance(row, Drop) else row.figure_id for row in rows] == [f.figure_id for f in figures]


def test_an_article_that_is_not_there_only_costs_its_title():
    params = screen.ScreenParams(model=MODEL)
    (row,) = screen.run(params, iter([figure("PMC2.1/f1")]), iter([]))
    assert isinstance(row, Candidate)


def cleaned(figures, samples=None, **params):
    wanted = [sample(f.figure_id) for f in figures] if samples is None else samples
    return list(clean.run(clean.CleanParams(**params), iter(wanted), iter(figures)))


def test_a_caption_is_cleaned_counted_and_its_language_told():
    (row,) = cleaned([figure(caption="  CT of the chest shows a nodule .")])
    assert row.caption == "CT of the chest shows a nodule."
    assert (row.figure_id, row.article_id, row.word_count, row.language) == ("PMC1.1/f1", "PMC1.1", 7, "en")


def test_only_samples_have_a_caption_and_they_come_in_the_order_of_the_figures():
    figures = [figure(f"PMC1.1/f{n}") for n in (3, 1, 2)]
    rows = cleaned(figures, [sample("PMC1.1/f1"), sample("PMC1.1/f3")])
    assert [row.figure_id for row in rows] == ["PMC1.1/f3", "PMC1.1/f1"]


GERMAN = "Die Computertomographie des Brustkorbs zeigt einen Rundherd im rechten Oberlappen der Lunge."


@pytest.mark.parametrize(
    ("text", "params", "reason"),
    [
        ("", {}, "no_caption"),
        (" \u200b ", {}, "no_caption"),
        (GERMAN, {}, "language"),
        (GERMAN, {"languages": ("en", "de")}, None),
        (GERMAN, {"min_language_score": 1.01}, None),
        ("See text.", {}, "too_short"),
        ("See the text.", {}, None),
        ("See the text.", {"min_words": 4}, "too_short"),
        ("Chest radiograph.", {}, None),
    ],
)
def test_a_caption_that_says_nothing_or_in_another_language_is_dropped_with_its_text(text, params, reason):
    (row,) = cleaned([figure(caption=text)], **params)
    assert getattr(row, "reason", None) == reason
    if reason in ("language", "too_short"):
        assert text in row.detail


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vocabulary") / "small"
    build_vocabulary(TERMS, folder)
    return folder


def test_mentions_are_spans_of_the_caption_in_its_order_with_negated_ones_said_so(vocabulary):
    first, second = caption(text="Fracture of the rib, no pneumothorax."), caption("PMC2.1/f1", "The liver is normal.")
    rows = list(
        link.run(
            link.LinkParams(vocabulary=vocabulary),
            iter([first, caption("PMC1.1/f2", "Nothing here."), second]),
            iter(()),
        )
    )
    assert [(row.figure_id, row.text, row.cui, row.status) for row in rows] == [
        ("PMC1.1/f1", "Fracture", "C0016658", "present"),
        ("PMC1.1/f1", "pneumothorax", "C0032326", "negated"),
        ("PMC2.1/f1", "liver", "C0023884", "present"),
    ]
    texts = {c.figure_id: c.caption for c in (first, second)}
    assert all(texts[row.figure_id][row.start : row.end] == row.text for row in rows)


@pytest.fixture
def curation(tmp_path, vocabulary):
    """Run `curate` over captions, mentions and scores under rules given as lines."""

    def run(captions, mentions=(), scores=None, *, figures="", surfaces="", **params):
        folder = tmp_path / "overrides"
        folder.mkdir()
        (folder / "figures.csv").write_text(f"figure_id,action,cui,kind,reason,curator,date\n{figures}")
        (folder / "mentions.csv").write_text(f"surface,action,cui,reason,curator,date\n{surfaces}")
        settings = curate.CurateParams(**params, vocabulary=vocabulary, overrides=folder)
        seen = scores or [score(c.figure_id) for c in captions]
        return list(curate.run(settings, iter(captions), iter(mentions), iter(seen)))

    return run


def test_each_caption_gets_its_modality_and_its_own_mentions(curation):
    captions = [caption(f"PMC1.1/f{n}") for n in (1, 2, 3)]
    mentions = [mention("PMC1.1/f1", "liver", "C0023884"), mention("PMC1.1/f3", "pneumothorax", "C0032326")]
    rows = curation(captions, mentions)
    assert [(row.figure_id, row.cui, row.kind, row.origin) for row in rows] == [
        ("PMC1.1/f1", "C0040405", "modality", "classifier"),
        ("PMC1.1/f1", "C0023884", "concept", "linker"),
        ("PMC1.1/f2", "C0040405", "modality", "classifier"),
        ("PMC1.1/f3", "C0040405", "modality", "classifier"),
        ("PMC1.1/f3", "C0032326", "concept", "linker"),
    ]


def test_region_and_view_of_a_plain_film_come_from_its_caption(curation):
    film = caption(text="Posteroanterior chest radiograph.")
    rows = curation([film], scores=[replace(score(), modality="XRAY")])
    assert [(row.cui, row.kind) for row in rows] == [
        ("C1306645", "modality"),
        ("C0817096", "anatomy"),
        ("C1996865", "direction"),
    ]


def film(text, region="PELVIS", sure=0.95, modality="XRAY"):
    return [caption(text=text)], [replace(score(), modality=modality, image_region=region, image_region_score=sure)]


@pytest.mark.parametrize(
    ("text", "seen", "anatomy"),
    [
        ("Plain radiograph after the operation.", {}, ["Pelvis"]),
        ("Plain radiograph after the operation.", {"sure": 0.94}, []),
        ("Plain radiograph after the operation.", {"region": "OTHER", "sure": 1.0}, []),
        ("Plain radiograph after the operation.", {"modality": "CT"}, []),
        ("Radiograph of the knee.", {}, ["Lower Extremity"]),
        ("Radiograph of the knee.", {"region": "LOWER"}, ["Lower Extremity"]),
    ],
)
def test_the_caption_names_the_region_and_a_sure_image_only_where_it_is_silent(curation, text, seen, anatomy):
    captions, scores = film(text, **seen)
    rows = [row for row in curation(captions, scores=scores) if not isinstance(row, Drop)]
    assert [row.name for row in rows if row.kind == "anatomy"] == anatomy


def test_regions_come_from_captions_alone_when_that_is_asked(curation):
    captions, scores = film("Plain radiograph after the operation.", sure=1.0)
    rows = curation(captions, scores=scores, min_image_region_score=1.1)
    assert [row.kind for row in rows if not isinstance(row, Drop)] == ["modality"]


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("AP radiograph of the knee.", "anatomy 1.00 (the image shows Pelvis 0.95)"),
        ("AP radiograph of the knee and the pelvis.", None),
        ("AP radiograph of the pelvis.", None),
        ("AP radiograph.", None),
    ],
)
def test_a_sure_image_that_shows_what_the_caption_does_not_name_is_asked_about(curation, text, question):
    captions, scores = film(text)
    asked = [row.detail for row in curation(captions, scores=scores) if isinstance(row, Drop)]
    assert asked == ([question] if question else [])


@pytest.mark.parametrize(("least", "count"), [(0.8, 1), (0.81, 0)])
def test_a_modality_at_the_least_score_is_released_and_below_it_waits(curation, least, count):
    rows = curation([caption()], min_modality_score=least)
    assert [row.kind for row in rows if not isinstance(row, Drop)] == ["modality"] * count
    assert [row.reason for row in rows if isinstance(row, Drop)] == ["awaits_curator"] * (1 - count)


@pytest.mark.parametrize(("preset", "count"), [("strict", 1), ("published", 2)])
def test_a_negated_mention_is_released_under_the_published_preset_only(curation, preset, count):
    found = [mention("PMC1.1/f1", "pneumothorax", "C0032326", status="negated")]
    assert len(curation([caption()], found, preset=preset)) == count


@pytest.mark.parametrize(
    ("params", "count"),
    [
        ({"statuses": ("present", "negated")}, 2),
        ({"statuses": ("negated",), "absent_cuis": ("C0032326",)}, 1),
        ({"statuses": ("negated",), "absent_types": ("T047",)}, 1),
        ({"statuses": ("negated",), "min_mention_score": 1.1}, 1),
    ],
)
def test_what_is_released_can_be_asked_for(curation, params, count):
    found = [mention("PMC1.1/f1", "pneumothorax", "C0032326", status="negated", tui="T047")]
    assert len(curation([caption()], found, **params)) == count


def test_a_status_that_no_mention_has_is_refused(curation):
    with pytest.raises(ConfigError, match="no status 'maybe'"):
        curation([caption()], statuses=("maybe",))


END = "wrong,ab,2026-05-01\n"


def test_a_rule_that_acts_leaves_a_drop_and_one_that_does_not_leaves_none(curation):
    rows = curation(
        [caption(), caption("PMC1.1/f2")],
        [mention("PMC1.1/f1", "liver", "C0023884"), mention("PMC1.1/f2", "liver", "C0023884")],
        figures=f"PMC1.1/f1,drop,C0023884,concept,{END}PMC9.1/f1,drop,C0023884,concept,{END}",
        surfaces=f"spleen,drop,,{END}",
    )
    (drop,) = [row for row in rows if isinstance(row, Drop)]
    assert (drop.key, drop.reason) == ("PMC1.1/f1", "overridden")
    assert [(r.figure_id, r.cui) for r in rows if not isinstance(r, Drop) and r.kind == "concept"] == [
        ("PMC1.1/f2", "C0023884")
    ]


def test_curate_depends_on_the_vocabulary_and_the_rules(tmp_path):
    made = curate.stage(curate.CurateParams(vocabulary=tmp_path / "v", overrides=tmp_path / "o"))
    assert {asset.name: asset.path for asset in made.assets} == {
        "vocabulary": tmp_path / "v",
        "overrides": tmp_path / "o",
    }


@pytest.mark.parametrize("params", [{"statuses": ("gone",)}, {"body_parts": "narrow"}, {"preset": "loose"}])
def test_a_setting_of_curate_that_there_is_not_stops_before_a_shard_runs(params):
    with pytest.raises(ConfigError):
        curate.stage(curate.CurateParams(**params))
