"""Word tables: plurals and spellings that no rule finds, adjectives of organs, words that share a noun in a list."""


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


def pairs(text: str) -> dict[str, str]:
    """The pairs `from:to` of a text."""
    return dict(pair.split(":") for pair in text.split())


def phrases(text: str) -> dict[str, str]:
    """The pairs `from: to` of a text, parted by commas."""
    return dict(pair.split(": ") for pair in " ".join(text.split()).split(", "))


# plurals whose singular no rule finds
IRREGULAR_PLURALS = pairs(
    """
    vertebrae:vertebra metastases:metastasis diagnoses:diagnosis feet:foot teeth:tooth vertices:vertex apices:apex
    cortices:cortex indices:index appendices:appendix cervices:cervix calices:calyx calyces:calyx calyxes:calyx
    calix:calyx matrices:matrix varices:varix helices:helix phalanges:phalanx meninges:meninx larynges:larynx
    thrombi:thrombus emboli:embolus calculi:calculus bronchi:bronchus rami:ramus gyri:gyrus sulci:sulcus
    foci:focus humeri:humerus nuclei:nucleus hili:hilus tali:talus menisci:meniscus thalami:thalamus
    hippocampi:hippocampus villi:villus fundi:fundus tarsi:tarsus radii:radius alveoli:alveolus
    diverticula:diverticulum septa:septum hila:hilum labra:labrum atria:atrium ostia:ostium crania:cranium
    mediastina:mediastinum ova:ovum acetabula:acetabulum fora:forum cerebella:cerebellum sacra:sacrum
    sterna:sternum ilia:ilium sequestra:sequestrum hematomata:hematoma foramina:foramen lumina:lumen stomata:stoma
    ganglia:ganglion criteria:criterion testes:testis pelves:pelvis axes:axis epiphyses:epiphysis
    metaphyses:metaphysis diaphyses:diaphysis apophyses:apophysis pubes:pubis femora:femur viscera:viscus
    corpora:corpus crura:crus knives:knife halves:half lobuli:lobulus leaves:leaf calves:calf conchae:concha
    tomographies:tomography genua:genu fistulae:fistula irides:iris septae:septum glandes:glans analyses:analysis
    men:man women:woman children:child mice:mouse larvae:larva oesophagi:esophagus esophagi:esophagus
    uteruses:uterus pneumoniae:pneumoniae
    """
)

# words that end in s and are not plurals
NOT_PLURALS = words(
    """
    across afterwards alias always ascaris ascites atlas besides bias biceps caries chaos christmas corps crus
    dens diabetes does ewings facies forceps gas glans has herpes his hodgkins its kansas lens lues lupus measles
    mons mumps nares news pancreas perhaps plus pons pus quadriceps rabies rickets scabies sepsis series sometimes
    species stapes texas this thus towards triceps us vas versus was whereas xanthomas yes
    """
)

# British spellings that no rule finds, and words that a rule would spoil
AMERICAN = pairs(
    """
    fibre:fiber calibre:caliber centre:center litre:liter grey:gray catheterise:catheterize tumour:tumor disc:disk
    discs:disk disks:disk practise:practice ageing:aging mould:mold programme:program sceptic:skeptic plough:plow
    artefact:artifact artefacts:artifact haemorrhage:hemorrhage our:our four:four hour:hour hours:hour pour:pour
    tour:tour your:your contour:contour contours:contour rise:rise raised:raised arise:arise arising:arising
    paralysed:paralyzed foetus:fetus coeliac:celiac naevus:nevus orthopaedic:orthopedic x:x filled:filled
    filling:filling called:called toe:toe toes:toe shoe:shoe xray:xray biopsies:biopsy
    """
)

# organ: adjective
ADJECTIVES = phrases(
    """
    pancreas: pancreatic, kidney: renal, liver: hepatic, lung: pulmonary, heart: cardiac, stomach: gastric,
    spleen: splenic, uterus: uterine, ovary: ovarian, urinary bladder: vesical, brain: cerebral, aorta: aortic,
    femur: femoral, humerus: humeral, tibia: tibial, fibula: fibular, radius: radial, ulna: ulnar, mandible:
    mandibular, maxilla: maxillary, esophagus: esophageal, trachea: tracheal, prostate: prostatic, testis:
    testicular, bile duct: biliary, thyroid gland: thyroid, adrenal gland: adrenal, vertebra: vertebral, rectum:
    rectal, duodenum: duodenal, skin: cutaneous, bone: bony, artery: arterial, vein: venous, breast: mammary,
    cerebellum: cerebellar, pericardium: pericardial, pleura: pleural, muscle: muscular, mesentery: mesenteric,
    scapula: scapular, colon: colonic, peritoneum: peritoneal, orbit: orbital, abdomen: abdominal, pelvis: pelvic,
    chest: thoracic, thorax: thoracic, mediastinum: mediastinal, acetabulum: acetabular, jejunum: jejunal, ileum: ileal,
    cecum: cecal, intestines: intestinal, intestine: intestinal, spine: spinal, vertebral column: spinal, clavicle:
    clavicular, larynx: laryngeal, pharynx: pharyngeal, nose: nasal, face: facial, cranium: cranial, eye: ocular, tooth:
    dental, urethra: urethral, ureter: ureteral, appendix: appendiceal, bronchi: bronchial, bronchus: bronchial, heart
    atrium: atrial, atrium: atrial, heart ventricle: ventricular, ventricle: ventricular, thalamus: thalamic,
    hypothalamus: hypothalamic, pons: pontine, cochlea: cochlear, hippocampus: hippocampal, myocardium: myocardial,
    endometrium: endometrial, cornea: corneal, retina: retinal, axilla: axillary, umbilicus: umbilical, diaphragm:
    diaphragmatic, respiratory diaphragm: diaphragmatic, mucous membrane: mucosal, sacrum: sacral, patella: patellar,
    gastrointestinal tract: gastrointestinal, pituitary gland: pituitary, parotid gland: parotid, scrotum: scrotal,
    vagina: vaginal, penis: penile, amygdala: amygdaloid, adenoid: adenoidal, biliary tract: biliary, coronary artery:
    coronary, arteries: arterial, veins: venous, subcutaneous tissue: subcutaneous, retroperitoneal space:
    retroperitoneal, mitral valve: mitral, tricuspid valve: tricuspid, spinal cord: cord, pericardium:
    pericardial, frontal lobe: frontal, parietal lobe: parietal
    """
)

# adjective: its noun
NOUNS = {adjective: noun for noun, adjective in reversed(ADJECTIVES.items()) if " " not in noun}

# a name, and what people write for it
USUAL_NAMES = {
    "neoplasm": ("tumor",),
    "neoplasms": ("tumor",),
    "secondary neoplasm": ("metastasis", "metastatic"),
    "intestines": ("bowel",),
    "intestines, small": ("small bowel", "small bowel loop"),
    "intestines, large": ("large bowel",),
    "vertebral column": ("spine", "vertebra", "vertebral"),
    "urinary bladder": ("bladder",),
    "blood clot": ("clot",),
    "cranium": ("skull",),
    "chest": ("thorax",),
    "thorax": ("chest",),
    "bony skeleton": ("bone", "bony"),
    "skeleton": ("bone", "bony"),
    "dilatation": ("dilation", "dilated"),
    "pathological dilatation": ("dilatation", "dilation", "dilated", "distended", "distention", "distension"),
    "stenosis": ("narrowing", "narrowed", "stricture"),
    "ocular orbit": ("orbit", "orbital"),
    "edema": ("edematous",),
    "leaking": ("leak", "leakage", "extravasation"),
    "pregnancy": ("gestation",),
    "intervertebral disc": ("disk",),
    "mediastinal emphysema": ("pneumomediastinum",),
    "wisdom tooth": ("third molar",),
    "inflammatory disorder": ("inflammation", "inflammatory"),
    "calcinosis": ("calcification", "calcified"),
    "muscle tissue": ("muscle",),
    "body tissue": ("tissue",),
    "nasal sinus": ("paranasal sinus",),
    "ventricular septum": ("interventricular septum",),
    "lower extremity": ("leg",),
    "upper extremity": ("arm",),
    "respiratory diaphragm": ("diaphragm",),
    "cervical atlas": ("C1",),
    "axis vertebra": ("C2",),
    "hemorrhage": ("bleeding",),
    "cicatrix": ("scar",),
    "artificial cardiac pacemaker": ("pacemaker",),
    "pericardial sac": ("pericardium",),
    "subcutaneous emphysema": ("surgical emphysema",),
}

# words of a name, and what people write for them
USUAL_WORDS = (
    ("intestinal", "bowel"),
    ("calculi", "stone"),
    ("calculus", "stone"),
    ("neoplasm", "tumor"),
    ("dilatation", "dilation"),
    ("vertebral column", "spine"),
    ("urinary bladder", "bladder"),
    ("complete obstruction", "total occlusion"),
    ("obstruction", "occlusion"),
    ("biliary calculi", "gallstones"),
)

# words that a list may share a noun with
MODIFIERS = words(
    """
    anterior aortic ascending axillary bilateral cervical common descending distal ethmoid external fifth first
    fourth frontal gluteus greater hepatic hilar index inferior inguinal internal lateral left lesser little lower
    lumbar main maxillary medial mediastinal mesenteric middle mitral occipital parietal pectoralis pericardial
    peroneus pleural portal posterior proximal pulmonary renal retroperitoneal right ring sacral second sphenoid
    splenic superior temporal third thoracic transverse tricuspid upper vastus
    """
)

# parts that two of one organ may stand together ("femoral head and neck")
PARTS = words("head neck body tail shaft apex base fundus dome antrum root arch cortex medulla")
