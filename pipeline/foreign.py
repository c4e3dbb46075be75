"""What stands in English text now and then and no model has pieces for: other scripts, rare letters and signs.

"The word 打 has many meanings", "машинное обучение", "举一反三 (jǔ yī fǎn sān)", an Erdős-Rényi graph, 40℃, ₹30:
a model spells them byte by byte and makes other letters of them. So they become masks, in sources only: a target is
Chinese itself.
"""

import re

_SCRIPT = (
    r"\u0400-\u1cff\u2e80-\u2fdf\u3005\u3040-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ud7ff\uf900-\ufaff\ufb13-\ufdff"
    r"\ufe70-\ufefc\uff66-\uffdc\U00020000-\U0003ffff"
)
_SCRIPT_WORD = rf"[{_SCRIPT}][{_SCRIPT}\u200c\u200d]*"
_LATIN = r"A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ\u0300-\u036f"
_RARE = r"ãõñåøæðþĀ-ɏḀ-ỿ\u0300-\u036f"  # é, ö and the like are copied well
_RARE_WORD = rf"(?<![{_LATIN}])[{_LATIN}]*[{_RARE}](?:(?!['’]s(?![{_LATIN}]))['’–-]?[{_LATIN}])*"
_NUMBER = r"\d+(?:[.,]\d+)*"

FOREIGN = re.compile(
    rf"{_SCRIPT_WORD}(?: {_SCRIPT_WORD})*|{_RARE_WORD}(?: {_RARE_WORD})*"
    rf"|(?<![\w.,])[-+−]?{_NUMBER}\s?[℃℉‰‱]|[℃℉‰‱♭♮⊕-⋿]"
    rf"|[¢£¥₠-₿]\s?{_NUMBER}(?![\w%]|[.,]\d|[ -](?:thousand|[mbtr]+illion)\b)"  # "£3 million" is 300万
)
"""Greek letters, arrows and relations, which models copy, are not in it."""
