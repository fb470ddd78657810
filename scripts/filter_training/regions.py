"""Which body region the radiographs to train on show: by their source, and by the name that they had there.

Every picture was looked at on a contact sheet. A picture that shows two regions, or a close-up of a bone that could be
several, has none and is left out. Regions are those of the published tables, so teeth and jaws belong to the cranium
and shoulders and clavicles to the upper extremity, as in the captions' cues. OTHER is what is none of them: whole bodies,
animals, catheter angiograms, and abdomens, of which too few are at hand for a class.
"""

import re

from rocov2.images.classify import REGIONS

UNKNOWN = -1
ANY = r".*"
# Source, class and original name (each the start of it) -> region, or nothing; the first that fits counts.
RULES: tuple[tuple[str, str, str, str], ...] = (
    (r"ieee8023|mednistcxr|openmedlab:(covid|szcxr|pneum)", r"xray_chest", ANY, "CHEST"),
    (r"mednisthand|yolov9frac|grazlearn|openmedlab:xrayh|muraexamples", ANY, ANY, "UPPER"),
    (r"kneeoagsoft|openmedlab:kneeo|longlegs", ANY, ANY, "LOWER"),
    (r"scoliovis|torsospine", r"xray_bone", ANY, "SPINE"),
    (r"mlua|panoramic|cephalo", ANY, ANY, "CRANIUM"),
    (r"mias|cddcesm2?", r"mammo", ANY, "BREAST"),
    (r"migration", ANY, ANY, "PELVIS"),
    (r"dogs", ANY, ANY, "OTHER"),
    (r"arcade|angioframes|xangio|coronarytool|dsamatlab|blockage", r"angio", ANY, "OTHER"),
    # A collection of teaching cases, named by what is broken.
    (r"radiobone", r"xray_chest", r"(clavicle-fracture-17|clavicle-green|birth-trauma-left)", ""),
    (r"radiobone", r"xray_chest", ANY, "CHEST"),
    (
        r"radiobone",
        r"xray_bone",
        r"(apical-pneumo|aspirated-tooth|anterior-angulation|coccy|cervical-spine-post|compression)",
        "",
    ),
    (
        r"radiobone",
        r"xray_bone",
        r"(bipolar-hemi|bilateral-femoral|anterior-inferior-iliac.*subacute|coude_(clair_5|subtil))",
        "",
    ),
    (r"radiobone", r"xray_bone", r"(healthy_1|jambe_clair|.*paule_clair)", ""),
    (
        r"radiobone",
        r"xray_bone",
        r".*(toe|metatars|navicular|ankle|achilles|acl-|cruciate|calcan|talo|patella|toddler|tibia|knee|arcuate|femur"
        r"|femoral|fibul|lisfranc|desmoid|bone_flake)",
        "LOWER",
    ),
    (r"radiobone", r"xray_bone", r".*(acetabul|iliac|hip-prosthesis|lesser-trochanter)", "PELVIS"),
    (r"radiobone", r"xray_bone", r".*(atlant|cervical|chalk-stick|clay-shoveler|dens-fracture)", "SPINE"),
    (r"radiobone", r"xray_bone", r".*(eyebrow|cephalohaematoma|craniofacial)", "CRANIUM"),
    (r"radiobone", r"xray_bone", ANY, "UPPER"),
    # Small collections of several regions, named by them.
    (r"traumanotes", ANY, r"(hip|shenton|pelvis)", "PELVIS"),
    (r"traumanotes", ANY, r"(ankle|calcan|femur|foot|knee|talus|tibia)", "LOWER"),
    (r"traumanotes", ANY, ANY, "UPPER"),
    (r"simulador|superres|enhancement|stages|spinepoints", ANY, r"(chest|torax|xray|7255)", "CHEST"),
    (r"simulador|superres|enhancement|stages|spinepoints", ANY, r"(skull|cabeza|7873)", "CRANIUM"),
    (r"simulador|superres|enhancement|stages|spinepoints", ANY, r"(pelvis|2550)", "PELVIS"),
    (r"simulador|superres|enhancement|stages|spinepoints", ANY, r"(hand|mano)", "UPPER"),
    (r"simulador|superres|enhancement|stages|spinepoints", ANY, r"(foot|pie)", "LOWER"),
    (r"simulador|superres|enhancement|stages|spinepoints", ANY, r"(t-spline|vertebra)", "SPINE"),
    (r"simulador|superres|enhancement|stages|spinepoints", ANY, r"(abdomen|aircon|fullbody|108129)", "OTHER"),
)


def region_of(source: str, label: str, name: str) -> int:
    """The place in REGIONS of what a single radiograph (or angiogram) shows, UNKNOWN where no rule says.

    `label` is its class in the manifest, `name` the file's name where it came from.
    """
    for of_source, of_label, of_name, region in RULES:
        if re.fullmatch(of_source, source) and re.fullmatch(of_label, label) and re.match(of_name, name, re.IGNORECASE):
            return REGIONS.index(region) if region else UNKNOWN
    return UNKNOWN
