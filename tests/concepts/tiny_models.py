"""Tiny models in the very formats that users have: a spaCy pipeline, scispaCy's index files, a MedCAT pack."""

import json

CONCEPTS = (
    ("C0032326", "Pneumothorax", ["pneumothorax", "pneumothoraces"], ["T047"]),
    ("C0032227", "Pleural effusion disorder", ["pleural effusion", "pleural fluid"], ["T047"]),
    ("C0023884", "Liver", ["liver", "hepatic"], ["T023"]),
    ("D000001", "Not of the UMLS", ["widgetoma"], []),
)


def write_pipeline(folder, version="0.1"):
    """A spaCy pipeline that finds our words as entities."""
    import spacy

    pipeline = spacy.blank("en")
    pipeline.meta["name"], pipeline.meta["version"] = "core_sci_tiny", version
    ruler = pipeline.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"})
    words = [alias for _, _, aliases, _ in CONCEPTS for alias in aliases]
    ruler.add_patterns([{"label": "ENTITY", "pattern": word} for word in [*words, "pneumothorax liver", "qqq"]])
    pipeline.to_disk(folder)
    return folder


def write_knowledge(folder):
    """The four files of scispaCy's candidate generator and its knowledge base, the index in float32."""
    import joblib
    import nmslib
    import numpy as np
    import scipy.sparse
    from scispacy.linking_utils import Entity, KnowledgeBase
    from sklearn.feature_extraction.text import TfidfVectorizer

    folder.mkdir()
    rows = [
        {"concept_id": cui, "canonical_name": name, "aliases": aliases, "types": types, "definition": None}
        for cui, name, aliases, types in CONCEPTS
    ]
    (folder / "kb.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    aliases = sorted(KnowledgeBase([Entity(**row) for row in rows]).alias_to_cuis)
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), min_df=1, dtype=np.float32)
    vectors = vectorizer.fit_transform(aliases)
    joblib.dump(vectorizer, folder / "tfidf_vectorizer.joblib")
    (folder / "concept_aliases.json").write_text(json.dumps(aliases))
    scipy.sparse.save_npz(folder / "tfidf_vectors_sparse.npz", vectors)
    index = nmslib.init(method="hnsw", space="cosinesimil_sparse", data_type=nmslib.DataType.SPARSE_VECTOR)
    index.addDataPointBatch(vectors)
    index.createIndex({"M": 10, "indexThreadQty": 1, "efConstruction": 50})
    index.saveIndex(str(folder / "nmslib_index.bin"))
    return folder


def write_pack(folder):
    """A MedCAT model pack with our concepts, its tokenizer by regular expressions; its folder."""
    from medcat.cat import CAT
    from medcat.cdb import CDB
    from medcat.config import Config
    from medcat.model_creation.cdb_maker import CDBMaker
    from medcat.vocab import Vocab

    folder.mkdir()
    lines = [f"{cui},{alias},{types[0]}" for cui, _, aliases, types in CONCEPTS if types for alias in aliases]
    (folder / "cdb.csv").write_text("\n".join(["cui,name,type_ids", *lines]) + "\n")
    config = Config()
    config.general.nlp.provider = "regex"
    config.components.linking.train = False
    config.components.linking.similarity_threshold = -2.0
    maker = CDBMaker(config, CDB(config))
    maker.prepare_csvs([str(folder / "cdb.csv")])
    pack = CAT(cdb=maker.cdb, vocab=Vocab(), config=config).save_model_pack(str(folder), make_archive=False)
    return folder / pack.rsplit("/", 1)[-1]
