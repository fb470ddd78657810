"""The words that name a modality, an X-ray body region or an X-ray view: data for `modality`.

Each table lists (value, strength, words...); strength is how far the words alone settle the matter,
judged by hand while comparing with the manual concepts of the published valid split.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cue:
    """One pattern, what it speaks for and how strongly, 0 to 1."""

    value: str
    strength: float
    pattern: re.Pattern[str]


def _cue(value: str, strength: float, *words: str) -> Cue:
    """Compile alternatives that stand between word boundaries; case is ignored unless a part says (?-i:...)."""
    return Cue(value, strength, re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE))


# Optical methods, crystals, tumour stages: they look like radiology and are not.
MASKED = _cue(
    "",
    1.0,
    r"(?:spectral[- ]domain |swept[- ]source |intravascular |SD-?)?optical coherence tomograph\w*(?: angiograph\w*)?",
    r"OCT-?A?|(?:fundus )?(?:fluorescein|indocyanine green|ICG|FFA?)[- ]angiogra\w*",
    r"x-?ray (?:diffract|photoelectron|powder|crystal|absorption|fluorescence|scattering)\w*",
    r"(?:electron|atom probe) tomograph\w*|nuclear magnetic resonance spectr\w*|electro-?cardio\w*",
    r"angiograph\w* (?:catheter|suite|table)|T[12][abc]|T[1-4]N\w+|T[12] (?:slope|vertebra\w*)",
    r"T[12](?:[-–/]| and )T?\d+",
).pattern

_PET = (
    r"(?:(?:18-?F-?|F-?18-?|68-?Ga-?)?(?:FDG|\w*deoxyglucose|PSMA|DOTA\w+|FET|choline)[ -]*)*"
    r"(?:PET|positron[- ]emission tomograph\w*)"
)
_CT = r"(?:CT|TC|computed tomograph\w*|computeri[sz]ed tomograph\w*|CAT)"
_MR = r"(?:MRI?|magnetic resonance(?: imag\w*)?)"
_JOIN = r" ?(?:[-/+–—‐‑]| |\W?/\W?| and | with ) ?"

COMBINED_CUES = (
    _cue("COMBINED", 1.0, rf"{_PET} ?(?:\([^)]{{1,20}}\) ?)?{_JOIN}{_CT}(?: ?\(PET[-/ ‐]?CT\))?"),
    _cue("COMBINED", 1.0, rf"{_PET} ?[-/+–—‐‑] ?{_MR}", rf"SPECT{_JOIN}{_CT}", rf"{_CT} ?[-/] ?(?:PET|SPECT)", "PETCT"),
    _cue("COMBINED", 0.9, r"(?:fused|fusion|co-?registered|overlaid|hybrid) (?:\w+ ){0,3}(?:PET|SPECT|scintigra\w+)"),
)

_CT_CUES = (
    _cue(
        "CT",
        1.0,
        r"(?-i:(?:HR|MD|CE|NC|CB|LD|MS|3D|4D|ce|cb)?-?CTs?|CTPA|CTA|CTV|CTU|CTC|CCTA|CAT)(?:[- ]?scan\w*)?",
        r"(?:comput\w+|cone[- ]beam|multi(?:detector|slice))[- ](?:\w+ ){0,2}tomogra\w+",
        r"ct[- ]?(?:scan|imag|angio|slice)\w*",
        r"ct (?:of|brain|chest|abdom\w*|head)|micro-?ct|tomodensitometr\w*|tomoscan",
    ),
    _cue("CT", 0.9, r"(?:axial|coronal|sagittal|lung|chest|abdominal|thoracic|cranial|enhanced) (?:\w+ )?tomogra\w+"),
    _cue("CT", 0.8, r"hounsfield|(?:bone|lung|mediastinal) windows?|cone[- ]beam"),
    _cue(
        "CT",
        0.5,
        r"(?:hypo|hyper|iso)[- ]?(?:dens|attenuat)\w*|ground[- ]glass|tree-in-bud|tomogra\w+|attenuating",
    ),
)

_MRI_CUES = (
    _cue(
        "MRI",
        1.0,
        r"(?-i:[cCfF]?-?MRIs?|MRCP|MRA|MRV|CMR|MRE|MRS|[mM][pP]-?MRI|MPRAGE|FIESTA)(?:[- ]scan\w*)?",
        r"(?-i:MR)(?:[- ]\w+)?",
        r"magnetic[- ]?(?:nuclear )?resonance|nuclear magnetic",
    ),
    _cue(
        "MRI",
        0.9,
        r"T[12]\*?[- –‐‑]?(?:WI?|FS|FSE|TSE|SE|FLAIR|SPIR|STIR|w(?:eight|t)\w*|sequence\w*|MRI)",
        r"T[12]\*?[- –‐‑]?(?:map\w*|h[yi]per\w+|hypo\w+)",
        r"(?-i:FLAIR|STIR|DWIs?|ADC|SWI|GRE|LGE|DTI|PDWI?|SSFP|HASTE|SPAIR|CISS|VIBE)",
        r"diffusion[- –‐]?(?:weight|tensor)\w*",
        r"(?:spin|gradient|turbo|fast|dual)[- ](?:spin[- ])?echo|inversion recovery|tractography",
        r"susceptibility[- ]weighted",
        r"proton density|T[12]\*? (?:signal|image)\w*|steady[- ]state free",
    ),
    _cue(
        "MRI",
        0.7,
        r"gadolinium\w*|late enhancement|(?:hyper|hypo|iso)[- ]?intens\w*|signal[- ]intensit\w*",
        r"(?:high|low|bright)[- ](?:intensity[- ])?signal",
    ),
    _cue("MRI", 0.4, r"T[12]"),
)

_US_CUES = (
    _cue(
        "US",
        1.0,
        r"(?:\w+-)?ultra[- ]?so(?:und|no)\w*|(?:\w*endo|trans\w+)?sonogr\w*|sonoelasto\w*|endosonic",
        r"(?-i:US|USG|EUS|TVUS|TRUS|TVS|POCUS|IVUS|EBUS|CEUS|LUS|TTE|TEE|TOE)",
        r"(?:fetal|stress|cardiac|bedside|\dD) echo",
        r"\w*echo-?(?:cardio\w*|gra(?:ph|m)\w*)|echos?(?! time)",
    ),
    _cue("US", 0.9, r"\w*doppler\w*|duplex|(?-i:[MB])-mode|elastogra\w*"),
    _cue(
        "US",
        0.7,
        r"(?:hypo|hyper|an|iso)?-?echo(?:ic|gen|text)\w*|acoustic shadow\w*|parasternal|subcostal|subxiphoid",
    ),
    _cue(
        "US",
        0.5,
        r"(?:apical|4|four|two|2|three|3|five|5)[- ]chamber\w*|gestational sac|crown[- ]rump|suprasternal",
    ),
    _cue("US", 0.5, r"(?-i:[AB])[- ]lines|B-scan|transducer|convex probe|linear probe|transvaginal"),
)

_PET_CUES = (
    _cue("PET", 1.0, rf"{_PET}(?:[- ]scan\w*)?|(?:\w+-)?\w*scintigra\w*|scintiscan\w*|(?-i:SPECT)|single[- ]photon"),
    _cue("PET", 0.9, r"bone[- ]scan\w*|radionuclide|(?-i:FDG|MIBG|HIDA|DMSA|MUGA|DOTA\w+)|technetium|gamma camera"),
    _cue("PET", 0.8, r"(?:99m?-?Tc|Tc-?99m?)\w*"),
    _cue("PET", 0.6, r"(?-i:SUV)(?:max)?|tracer uptake|radiotracer|hypermetabolic|whole[- ]body scan"),
)

_ANGIO_CUES = (
    _cue(
        "ANGIO",
        1.0,
        r"(?!\w*chol)\w*(?:angio|arterio|aorto|veno|phlebo|ventriculo|cavo|porto)-?gra(?:m|ms|phy|phic|phically|phies|ph)",
        r"(?-i:DSA|CAG)|(?:cardiac|heart) catheteri[sz]ation|digital[- ]subtraction (?:angio\w+|image|arter\w+)",
    ),
    _cue(
        "ANGIO",
        0.6,
        r"(?-i:RAO|LAO|PCI|TACE|TIPS)|(?:left|right) anterior oblique|emboli[sz](?:ed|ation)|microcatheter",
    ),
    _cue(
        "ANGIO",
        0.5,
        r"(?-i:LAD|RCA|LCX|LCx)|left main|guide ?wire|balloon (?:angioplasty|dilat\w+)|drug[- ]eluting",
    ),
)

_XRAY_CUES = (
    _cue(
        "XRAY",
        1.0,
        r"\w*[xχХх][- –‐‑]?rays?|(?:\w*-?)radio-?gra(?:m|ph)\w*|(?:r(?:o|ö|oe)e?nt|x)genogra\w*|r(?:ö|oe)ntgen\w*",
        r"(?-i:CXRs?|KUB|OPGs?|OPT|DPT|AXR|IVP|IVU|VCUG|MCUG|HSG|DEXA|DXA|FFDM|DBT)|skiagra\w*|plain films?|scout",
        r"\w*panto?mogra\w*|panoramic|cephalo(?:gram|metr)\w*|bitewing\w*|IOPAR?|periapical (?:film|view|image)s?",
        r"mammogra\w*|tomosynthesis|galactogra\w*|ductogra\w*|cranio-?caudal view|mediolateral[- ]oblique",
    ),
    _cue(
        "XRAY",
        0.9,
        r"(?:video-?|cine-?)?fl(?:uo|ou)rosc\w*|barium|gastrogra(?:f|ph)in",
        r"(?:upper|lower) (?:GI|gastrointestinal) series",
        r"contrast (?:swallow|enema)|(?:retrograde|antegrade) \w*gra(?:m|ph)\w*|Cobb\w*",
        r"(?:\w*o?esophago|\w*oesopha|uretero|urethro|cysto|pyelo|uro|salpingo|fistulo|sino|myelo|arthro|disco|sialo"
        r"|defeco|nephrosto|colo|entero|loopo|vaso|hysterosalpingo|esopha)gra(?:m|ph)\w*",
    ),
    _cue("XRAY", 0.8, r"\w*cholangio(?:pancreat\w*)?gra(?:m|ph)\w*|(?-i:ERCP|PTC|PTBD)|c-arm|standing film"),
    _cue(
        "XRAY",
        0.5,
        r"radio-?(?:lucen|opac|opaq|dens)\w*|(?-i:PA|AP) (?:\w+ )?(?:view|projection|film|chest)|skyline",
    ),
    _cue("XRAY", 0.5, r"(?:lateral|oblique|anteroposterior|frontal|erect|spot) (?:view|film|projection)s?"),
)

MODALITY_CUES = _CT_CUES + _MRI_CUES + _US_CUES + _PET_CUES + _ANGIO_CUES + _XRAY_CUES

REGION_CUES = (
    _cue(
        "C0006141",
        1.0,
        r"mammogra\w*|breasts?|tomosynthesis|galactogra\w*|mediolateral[- ]oblique|(?-i:MLO|CC view)",
    ),
    _cue(
        "C0817096",
        1.0,
        r"chest|(?-i:CXRs?)|pulmonary|lungs?|thora(?:x|cic x-?ray)|pleural?|pneumo(?:thorax|nia|mediastinum)",
        r"mediastin\w*",
        r"cardiomegaly|cardiothoracic|cardiac silhouette|hemithorax|diaphragm\w*|bronch\w+|(?-i:ICD|ECMO)",
        r"pacemaker|lobe",
    ),
    _cue(
        "C0037303",
        1.0,
        r"\w*panto?mogra\w*|panoramic|(?-i:OPGs?|OPT|DPT|IOPAR?)|cephalo(?:gram|metr)\w*|periapical",
        r"bitewing\w*|skull",
        r"crani(?:al|um)|dental|mandib\w*|maxill\w*|te(?:e|oo)th|molars?|incisors?|jaws?|endodontic\w*|root canals?",
    ),
    _cue("C0037303", 0.8, r"canines?|premolars?|sinus(?:es)?|orbit\w*|nasal|alveolar|obturation|tempor\w+|crowns?"),
    _cue(
        "C0000726",
        1.0,
        r"abdom\w*|(?-i:KUB|IVP|IVU|AXR|ERCP|PTC)|\w*cholangio\w*|barium (?:enema|meal|follow)\w*|pyelogra\w*",
        r"urogra\w*",
        r"gastrogra(?:f|ph)in|small bowel|colon\w*|upper (?:GI|gastrointestinal)",
    ),
    _cue(
        "C0000726",
        0.7,
        r"kidneys?|renal|ureter\w*|gastric|stomach|duoden\w*|bowel|bil(?:e|iary)|pancrea\w*|nephrosto\w*",
    ),
    _cue(
        "C0030797",
        1.0,
        r"pelvi(?:s|c|metr\w*)|acetabul\w*|sacroiliac|femoral (?:head|neck)|hysterosalpingo\w*|(?-i:VCUG|MCUG|HSG)",
        r"cystogra\w*|urethrogra\w*|pubic|ischi\w*|iliac (?:bone|wing|crest)",
    ),
    _cue("C0030797", 0.6, r"hips?|(?-i:THA|THR)"),
    _cue(
        "C0037949",
        1.0,
        r"spin(?:e|al)|vertebra\w*|cervical|lumb(?:ar|osacral)|thoraco-?lumbar|scolio\w*|\w*kypho\w*|lordo\w*",
        r"odontoid",
        r"(?-i:[CTL]\d{1,2}[-–/][CTLS]?\d{1,2})|cobb\w*|myelogra\w*|interbody|pedic(?:le|ular)|epidural",
    ),
    _cue(
        "C0023216",
        1.0,
        r"lower (?:extremit\w*|limbs?|legs?)|knees?|\w*tibia\w*|\w*fibul\w*|femur|femoral shaft|legs?|ankles?",
        r"f(?:oo|ee)t",
        r"toes?|metatars\w*|calcane\w*|patell\w*|hallux|tal(?:us|ar)|(?-i:TKA|TKR)|subtalar|navicular|tars\w+",
    ),
    _cue("C0023216", 0.7, r"femora?l?|genu|heel|hindfoot|forefoot|thigh|osteotomy"),
    _cue(
        "C1140618",
        1.0,
        r"upper (?:extremit\w*|limbs?)|shoulders?|\w*humer\w*|elbows?|forearms?|wrists?|hands?|fingers?",
        r"thumbs?|radius",
        r"ulna\w*|clavic\w*|scap(?:ul|ho)\w*|carp(?:al|us)|metacarp\w*|phalan\w*|acromi\w*|glenohum\w*",
        r"olecranon|lunate",
        r"distal radi(?:al|us)|arms?|glenoid|coracoid",
    ),
)

VIEW_CUES = (
    _cue("C1999039", 1.0, r"(?-i:A\.?P\.?)|antero-?posterior|anterior[- ]?(?:to[- ])?posterior|dorso-?plantar"),
    _cue("C1996865", 1.0, r"(?-i:PA)(?! (?:catheter|pressure))|postero-?anterior|posterior[- ]?(?:to[- ])?anterior"),
    _cue(
        "C0205129",
        1.0,
        r"lateral (?:\w+ ){0,3}(?:view|radiogra\w*|x-?rays?|projection|film|cephalo\w*|fluorosc\w*|image)s?|sagittal",
        r"latero-?lateral|lateral (?:skull|knee|chest|cervical|lumbar|spine)",
    ),
    _cue("C0205129", 0.5, r"lateral"),
    _cue(
        "C0205106",
        0.9,
        r"axial (?:\w+ ){0,2}(?:view|radiogra\w*|x-?ray\w*|projection)|skyline|(?:merchant|sunrise) view",
    ),
)
