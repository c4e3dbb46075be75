"""Which script a text is in: characters of other languages, and traditional or simplified forms out of place."""

import re
from collections.abc import Iterable

from pipeline.finish import HAN, Script

# The 300 commonest characters of Chinese abstracts that simplification changed, in the form that a text in the other
# script never has (里 and 系 stand in traditional texts too): a sentence in the wrong script has several of them.
_SIMPLIFIED = (
    "们个为实数这现对过动进学时测间结体语将态关来验计标机构视应统务习优确从强证预训练图评类该导线决设码问"
    "变调显无组觉题别规经样开内适级单环检识试细扩网质义层战点传够达长异选场运频参状络仅两会编杂赖转项键输"
    "记协执条观随领专处续稳获约响产则迹号轨离临论联块释择潜础励减监断维广区误阶户拟奖节齐较连权况难见鲁归"
    "驱还缩声风换带边针忆隐缓医床补电损错严终独径际简盖询资轻压双认积织许险颖业录词迟势备触扰遗启库门总辑"
    "击虽话群游馈疗说诊负签谱议报踪称骤头创围献链碍迁车脑护轮载给静虑驶紧驾辅销队软没竞败灵额丰争审帧员敛"
    "属闭么尔树逻颈贡绍弥综馏缘访张阵满肿储讨伪滤师递档扑须药侧顺纳凑读叠践兴残宽译虚马贯写绝热锚贝诱汇占"
)
_TRADITIONAL = (
    "們個爲實數這現對過動進種學時並據測間結體與語將態關來驗計準標機構視應統務習優確從強證預訓練發圖評類該"
    "導線決設碼問變調顯無組覺復題別後規經樣開內適級單環檢識試細擴網質義層戰點傳夠達長異選場運頻參狀絡僅兩"
    "會編雜賴採轉項鍵輸記協當執條觀隨領專處續穩獲約響產則跡號軌離臨論聯塊釋擇潛礎勵減監斷維廣區範劃誤階術"
    "戶擬獎節齊較連權況難幾見魯歸驅還縮聲風換帶幹邊針憶隱緩醫盡補電損錯嚴終獨徑際簡蓋詢資輕壓雙認積織許險"
    "穎業錄詞遲勢備觸價擾極遺啓庫門總輯擊雖話羣遊饋療說診負籤譜議報蹤稱驟頭創圍獻鏈礙遷車腦臺護輪載給靜慮"
    "駛緊歷駕輔銷隊軟餘沒競敗靈額豐爭審幀員斂屬閉麼爾樹邏頸貢紹彌綜餾緣訪張陣滿腫儲衝討僞濾師遞檔撲須雲藥"
)
_OUT_OF_PLACE: dict[Script, re.Pattern[str]] = {
    "hans": re.compile(f"[{_TRADITIONAL}]"),
    "hant": re.compile(f"[{_SIMPLIFIED}]"),
}
_FOREIGN = re.compile(
    r"[\u0400-\u052f\u0530-\u06ff\u0750-\u077f\u0900-\u0dff\u0e00-\u0eff\u1100-\u11ff\u3040-\u30fa\u30fc-\u30ff\u3130-\u318f\uac00-\ud7af\ufb50-\ufdcf\ufe70-\ufefc]"
)
_HALF_WIDTH = re.compile(rf"(?<=[{HAN}])\s?[,;:?!.]\s?(?=[{HAN}])")
_HALF_MARK = re.compile(r"[,;:?!.]")
_HAS_HAN = re.compile(f"[{HAN}]")


def has_chinese(text: str) -> bool:
    """Whether a text has any Chinese character.

    >>> has_chinese("用BERT"), has_chinese("BERT")
    (True, False)
    """
    return _HAS_HAN.search(text) is not None


def foreign_characters(text: str, allowed: str = "") -> str:
    """The Cyrillic, Arabic, Indic, Thai, Japanese and Korean letters of a text that `allowed` does not have.

    >>> foreign_characters("我们формули了の模型", allowed="の")
    'формули'
    """
    return _distinct(char for char in _FOREIGN.findall(text) if char not in allowed)


def out_of_place(text: str, script: Script) -> str:
    """Traditional characters where `script` is "hans", simplified ones where it is "hant"; each once.

    >>> out_of_place("深度學習的學习", "hans"), out_of_place("深度學习", "hant")
    ('學習', '习')
    """
    return _distinct(_OUT_OF_PLACE[script].findall(text))


def half_width_marks(text: str) -> int:
    """How many half-width marks stand between two Chinese characters.

    >>> half_width_marks("图,像. 的3.5,的")
    2
    """
    return len(_HALF_WIDTH.findall(text)) if _HALF_MARK.search(text) else 0


def _distinct(chars: Iterable[str]) -> str:
    return "".join(dict.fromkeys(chars))
