"""Signs of a stumble or of something lacking, but not what the source has, Chinese doubles or says otherwise."""

import pytest

from pipeline.whole import missing, stumbles

STUMBLES = {
    "word-twice": ("an adversarial attack", "对抗对抗攻击"),
    "clause-part-twice": ("a better tool than others", "比其他工具比其他工具更好"),
    "character-thrice": ("the rights of it", "所有权权权"),
    "item-twice": ("inductive, abductive and analogical", "归纳、归纳和类比"),
    "opening-twice": ("Currently it is unknown", "目前，目前尚不清楚"),
    "bracket-open": ("models (A and B (C)) of it", "模型（A和B（C）的"),
    "phrase-again": (
        "The agent and the critic are two small networks.",
        "智能体和评价器是两个小网络，即智能体和评价器。",
    ),
    "strange-name": ("We beat Grasp on the set of AlphaNet", "我们在AlphaNet上优于GraspNet"),
    "strange-word": ("with a few examples (exemplars)", "用少量示例（Deepmplars）"),
    "fill-in": ("Our page is here", "我们的页面：[此处填写链接]"),
    "bracket-closed": ("models (A) of it", "模型A）的"),
}
FINE = {
    "plain": ("models (A) of it", "它的模型（A）"),
    "doubled-character": ("everyone often", "人人常常"),
    "word-taken-up": ("We assess it in an evaluation", "我们进行了评估，评估了它"),
    "latin-twice": ("Dance Dance Revolution", "Dance Dance Revolution游戏"),
    "phrase-again-in-the-source": (
        "It gains 2 points in the static evaluation and 3 points in the dynamic evaluation.",
        "它在静态评估下提高了2个点，在动态评估下提高了3个点。",
    ),
    "parallel": (
        "It gains 40% in modularity (coupling), 58% in calls (overhead).",
        "它在模块化（耦合）方面实现了40%的改进，在调用（开销）方面实现了58%的改进。",
    ),
    "name-again": ("Models A-1 and A-2 beat ResNetLarge and ResNetLarge2", "模型A-1和A-2优于ResNetLarge和ResNetLarge2"),
    "english-word": ("It detects dyslexia in Tokens.", "它检测token中的dyslexia。"),
    "link": ("Our page is [here](a.org)", "我们的页面在[此链接](a.org)"),
    "fill-in of the source": ("See [link]", "见[链接]"),
    "half-width": ("models (A) of it", "模型(A)的"),
    "source-has-it": ("we show: 1) speed", "我们展示：1）速度"),
}


@pytest.mark.parametrize(("source", "target"), STUMBLES.values(), ids=STUMBLES)
def test_stumbles(source: str, target: str) -> None:
    assert stumbles(source, target)


@pytest.mark.parametrize(("source", "target"), FINE.values(), ids=FINE)
def test_fine(source: str, target: str) -> None:
    assert not stumbles(source, target)


@pytest.mark.parametrize(
    ("source", "target", "what"),
    [
        ("Eleven teams of two joined the challenge.", "一支队伍的二人参加了挑战。", "counts"),
        ("It wins on seven of eight models.", "它在八个模型上获胜。", "counts"),
        ("It wins on seven of eight models.", "它在8个模型中的7个上获胜。", ""),
        ("It wins on seven of eight by 9.7 points.", "它在八个上高出9.7分。", "counts"),
        ("It wins on two sets.", "它在兩個資料集上獲勝。", ""),
        ("Both of the two-stage methods win.", "这些方法都获胜。", "counts"),
        ("Both of them serve ten million users.", "两者都服务于1000万用户。", ""),
        ("Both of them serve ten million users.", "两者都服务于十万用户。", "counts"),
        ("Two lines of ten and twelve words.", "两行，各有10个和十二个词。", ""),
        ("It is among the top 2% of more than 50.", "它在超过50个中位列2%。", "bounds"),
        ("It is among the top 2% of more than 50.", "它在50多个中位列前2%。", ""),
        ("It reaches 91%, up from 79%.", "它达到91%，高达79%。", "bounds"),
        ("It reaches 91% (up from 79%).", "它从79%提高到91%。", ""),
        ("At least 5 take less than 3 s.", "至少5个需要3秒。", "bounds"),
        ("At least 5 take less than 3 s.", "至少5个需要不到3秒。", ""),
        ("It takes about 3 s, not more than others.", "大約需要3秒，不比其他方法多。", ""),
    ],
)
def test_what_a_target_lacks(source: str, target: str, what: str) -> None:
    assert missing(source, target) == what
