"""What advertising and page furniture look like: the patterns of cleaning, as data. A rule's name is stable."""

import re

RULES = (
    *("contact", "group", "follow", "offer", "promotion", "tail", "copyright"),  # advertising
    *("chrome", "byline", "page number", "repeated", "contents", "link", "image", "markup", "placeholder"),  # furniture
)
"""Every rule name that cleaning writes into `DroppedLine.rule`."""

_ADDRESS = r"(?:微信|威信|薇信|wechat|wx|vx|v信|qq|企鹅|公众号|公号|视频号|小红书|抖音|知乎|微博|b站)"
_GROUP = (
    r"(?:(?:交流|微信|技术|学习|面试|讨论|粉丝|内推|求职|读者|qq|刷题|答疑|福利|校招|社招|秋招)"
    r"群(?![体组聊集])|知识星球|训练营)"
)
_GIFT = r"(?:资料|教程|电子书|pdf|礼包|面试题|题库|源码|宝典|福利|合集)"
_WHO = r"(?:我|小编|作者|助手|小助手|老师|助教|博主)"
_LIKE = r"(?:点赞|点个?赞|点个?在看|三连|关注|收藏|转发|\bstar\b)"

PROMOTION: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (rule, re.compile(pattern, re.IGNORECASE))
    for rule, pattern in (
        # an account with its handle: 微信号:abc123, wx：abc_123, QQ群 12345678
        ("contact", rf"{_ADDRESS}\s*(?:号|群号?|id|账号)\s*[:：]\s*[「“\"'【]?\s*[a-z0-9][\w-]{{4,24}}"),
        ("contact", rf"{_ADDRESS}\s*[:：]\s*[「“\"'【]?\s*(?=[a-z_-]*[\d_])[a-z0-9][\w-]{{4,24}}"),
        (
            "contact",
            rf"(?:加|添加|联系|咨询|私信)[^。，,]{{0,8}}{_ADDRESS}[^。]{{0,6}}(?=[a-z_-]*\d)[a-z0-9][\w-]{{4,24}}",
        ),
        ("contact", r"(?:qq|企鹅|q)群\s*(?:号)?\s*[:：]?\s*\d{6,12}"),
        ("contact", rf"(?:加|添加|联系){_WHO}的?(?:个人)?(?:微信|vx|wx|v信)"),
        ("contact", r"(?:加|添加)(?:个人)?微信(?:号|[:：]|[，,]?\s*备注|\s*领取|\s*进群)"),
        (
            "contact",
            r"(?:商务|广告)(?:合作|联系)\s*(?:[:：]|请|可?加|微信|邮箱|联系)|投稿邮箱|联系(?:小编|作者|助教)(?:[:：]|获取|领取|加)",
        ),
        ("contact", r"(?:备注|注明)[^。]{0,12}(?:研究方向|学校|昵称|来意|[加进入]群|技术交流)|备注[^。]{0,20}[+＋]"),
        # groups and followers
        (
            "group",
            rf"(?:加入|建了|组建了?|创建了|建立了|拉你|拉您|想进|要进|扫码进?|欢迎[进加]?入?)[^。；]{{0,16}}{_GROUP}",
        ),
        (
            "group",
            r"(?:我们|小编|我)的?(?:星球|社群|知识星球)[^。]{0,12}(?:组织|举?办了?|邀请|加入|成员|优惠|开放|招募|同学|里)",
        ),
        (
            "group",
            r"(?:拉你|拉您|拉大家|邀你)[进入]群|[进入加]群(?:方式|交流|学习|讨论|暗号)|人满[^。]{0,12}加群"
            r"|(?:想|要|可|即可|私信|回复|扫码|添加|加我|方式)[^。，,]{0,8}(?<![输注引投写录植导嵌])[进入加]群(?![体组聊集])",
        ),
        ("group", r"(?:面试|技术|学习|读者|粉丝)(?:交流)?群\s*[(（:：]"),
        (
            "follow",
            r"(?:关注|订阅|搜索|搜|移步|来自|首发于?)\s*(?:一下|下|我的|我们的?|本|下方|同名|微信|的)*\s*[「“【]?"
            r"(?:微信)?(?:公众号|公号|服务号|视频号|订阅号)",
        ),
        ("follow", r"公众号\s*[:：「“【《][^。]{1,30}(?:回复|关注|后台|获取|领取|搜索)"),
        (
            "follow",
            r"(?:公众号|后台|私信|评论区)[^。]{0,8}回复\s*(?:[:：「“【『\"'\[\d]|关键[词字]\s*[:：「“【]|[^。]{0,16}(?:获取|领取|即可|[进加]群))",
        ),
        (
            "follow",
            r"(?:扫码|扫一扫|长按|(?:扫描|识别)[^。，,]{0,6}(?:码|图))[^。]{0,20}(?:关注|加入|领取|进群|入群|添加|加我|加群|咨询|报名)"
            r"|(?:长按|扫描?下方|识别下方|识别图中)[^。]{0,10}(?:二维码|图片)",
        ),
        (
            "follow",
            rf"{_LIKE}[^。]{{0,6}}(?:不迷路|支持一下|走一波|再走|不走丢)|点个(?:赞|在看|关注|收藏|star)|(?:一键|素质)三连",
        ),
        ("follow", rf"(?:记得|别忘了?|麻烦|欢迎|动动|求个|求一个|跪求|帮忙)[^。，,]{{0,8}}{_LIKE}"),
        ("follow", rf"(?:对你|对您|本文|文章|内容|喜欢本)[^。]{{0,12}}(?:有帮助|有用|有收获|不错)[^。]{{0,20}}{_LIKE}"),
        ("follow", r"(?:同步|更新|首发|发布)[^。，,]{0,8}(?:在|于|到)[^。，,]{0,6}(?:公众号|公号|知识星球)"),
        ("follow", r"(?:星标|置顶)[^。]{0,6}(?:公众号|本号)|设为星标"),
        # things to get or buy
        (
            "offer",
            rf"(?:免费|限时|无偿|扫码|文末|点击(?:链接|下方))[^。；]{{0,10}}(?:领取|领|获取|分享|下载|赠送)[^。；]{{0,24}}{_GIFT}",
        ),
        ("offer", rf"领取[^。；]{{0,6}}{_GIFT}|(?:资料|大)礼包|资料包"),
        (
            "offer",
            r"(?:训练营|特训营|实战营|1\s*v\s*1)[^。]{0,16}(?:报名|招生|优惠|开班|原价|早鸟|名额|立减|试听|开课)",
        ),
        (
            "offer",
            r"(?:课程|专栏)[^。]{0,12}(?:原价|早鸟|立减|限时|开班|招生|试听|名额有限)|早鸟价|券后价|限时优惠|立即报名|点击报名",
        ),
        (
            "offer",
            r"《[^》]{2,30}(?:宝典|合集|面经|题库|八股|秘籍|大全|面试.{0,6}(?:手册|指南))》\s*(?:[(（][^)）]{0,12}[)）])?"
            r"[^。]{0,12}(?:发布|来袭|上线|出炉|更新|圈粉|免费|领取|出版|火了)",
        ),
        (
            "offer",
            r"^(?:重磅干货[，,]?第一时间送达|重磅来袭|重磅(?:首发|推荐|福利)|独家(?:首发|福利)|福利[!！]|来袭[!！])",
        ),
        ("offer", r"^(?:汇总合集|合集汇总|(?:面试题|资料|文章|干货)(?:汇总|合集)|总结链接如下)\s*[:：]?$"),
    )
)
"""Any of these makes a sentence an advertisement (rule name, pattern)."""

CUE = re.compile(
    r"微信|[威薇]信|wechat|wx|vx|v信|qq|企鹅|公众?号|视频号|小红书|抖音|知乎|微博|b站|群|星球|社群|训练营|特训|实战营|备注|注明|合作|投稿|联系|"
    r"关注|订阅|服务号|私信|评论区|后台|扫|长按|识别|赞|在看|三连|收藏|转发|star|星标|置顶|领取|免费|限时|无偿|文末|点击|礼包|资料包|课程|专栏|"
    r"早鸟|券后|优惠|报名|1\s*v\s*1|《|重磅|独家|福利|来袭|汇总|合集|链接",
    re.IGNORECASE,
)
"""One of these words stands in every sentence that `PROMOTION` finds: a quick test in front of it."""

COPYRIGHT = re.compile(
    r"版权声明|著作权归[^。]{0,12}所有|版权所有|版权归[^。]{0,12}所有|转载请(?:注明|联系|标明|附上)|(?:不得|禁止|请勿|严禁)[^。]{0,6}转载"
    r"|本文(?:为|系)[^。]{0,24}原创(?:文章|内容)?|遵循[^。]{0,12}cc\b|^原文(?:链接|地址)\s*[:：]|^本文(?:链接|地址|作者)\s*[:：]"
    r"|(?:如有|若有?)侵权|侵权?必删|侵删|all rights reserved|^(?:©|\(c\)|copyright\b)[^。]{0,60}\d{4}"
    r"|^本文(?:转载自|来源于|首发于|由[^。]{0,16}(?:整理|发布|授权))",
    re.IGNORECASE,
)

_BUTTON = (
    r"(?:点赞|收藏|分享|评论|转发|在看|赞|踩|举报|关注|已关注|关注我|阅读全文|阅读原文|展开全文|展开阅读全文|展开|收起|写留言|留言|写评论|发表评论|查看评论|"
    r"登录|注册|立即登录|打赏|赞赏|喜欢作者|复制链接|微信扫一扫|分享到|朋友圈|微博|qq空间|微信|私信|赞同|添加评论|喜欢|申请转载|打开app|app内打开|"
    r"返回顶部|回到顶部|back to top|share|tweet|subscribe|sign (?:in|up)|log in|原创|专栏|首发|复制|登录复制|举报/反馈|"
    r"收录于(?:合集|话题).*)"
)
_GAP = r"[\s|·,，、]"
CHROME: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^(?:{_BUTTON}{_GAP}*[\d.]+\s*[万kw+]*{_GAP}*){{1,8}}(?:{_BUTTON})?$",
        rf"^{_BUTTON}(?:{_GAP}+{_BUTTON}){{2,8}}$",
        r"^(?:阅读原文|阅读全文|展开(?:阅读)?全文|写留言|查看评论|返回顶部|回到顶部|"
        r"back to top|复制链接|app内打开|打开app|举报/反馈)$",
        r"^(?:阅读|浏览|点赞|收藏|评论|阅读量|访问量|赞同|喜欢|粉丝|获赞)\s*(?:数|量)?\s*[:：]?\s*[\d.,]+\s*(?:万|k|w)?\+?\s*(?:次|个|条|人)?$",
        r"^(?:发布|编辑|发表|最后编辑|最近编辑|修改|最后修改|更新|首发|最后更新)(?:于|时间|日期)\s*[:：]?\s*\d{4}[-/年.]",
        r"^\d[\d,.]*\s*(?:人|位)(?:赞同了该|觉得很赞|喜欢|关注|浏览|收藏)\S{0,6}$",
        r"^最新推荐文章于|^已?于\s*\d{4}[-/年.].{0,40}(?:修改|发布|阅读)|^cc\s*\d(?:\.\d)?\s*by\S{0,8}$",
        r"^(?:文章标签|文章分类|分类专栏|专栏收录|本文标签|阅读次数)\s*[:：]",
        r"^(?:确定要放弃本次机会|福利倒计时|普通vip年卡|打赏作者|您的余额不足|钱包余额|抵扣说明|点击阅读全文)",
        r"^(?:上一篇|下一篇|上一章|下一章|previous|next)\s*[:：]\s*\S",
        r"^\d+\s*(?:篇文章|订阅|次阅读|条评论|个赞).{0,20}$",
    )
)
"""Lines of a page around an article, wherever they stand."""
COUNT = re.compile(r"^[1-9][\d.,]+\s*[kw万]?$", re.IGNORECASE)
"""A lone number of likes or readers at the top of a page."""
BUTTON = re.compile(rf"^{_BUTTON}$", re.IGNORECASE)
"""A single button: page furniture only at the top or bottom of an article, else a word."""
BYLINE = re.compile(
    r"^(?:(?:微信)?公众号|作者|来源|编辑|责编|排版|审校|校对|出品|转自|整理|文|图|source|author)\s*[|｜/／:：丨]\s*[^\s；;，,。]{1,24}$",
    re.IGNORECASE,
)
PAGE_NUMBER = re.compile(
    r"^(?:第\s*\d{1,4}\s*页(?:\s*[,，/共 ]*\s*\d{1,4}\s*页?)?|"
    r"page\s+\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?|"
    r"[-—–]\s*\d{1,4}\s*[-—–])$",
    re.IGNORECASE,
)
IMAGE = re.compile(
    r"^(?:!\[[^\]]{0,300}\]\([^)]{0,2000}\)|!\[[^\]]{0,300}\]\[[^\]]{0,80}\]|<img\b[^>]{0,3000}/?>|</?figure\b[^>]{0,200}>|"
    r"<figcaption\b.{0,600}</figcaption>|</?(?:p|div|center|a|picture|source)\b[^>]{0,300}>|&nbsp;|<br\s*/?>|"
    r"\[!\[[^\]]{0,300}\]\([^)]{0,2000}\)\]\([^)]{0,2000}\)|\[!\[[^\]]{0,300}\]\[[^\]]{0,80}\]\]\[[^\]]{0,80}\]|\s|[>*_])+$",
    re.IGNORECASE,
)
IMAGE_LABEL = re.compile(
    r"^[\[【(（]?(?:图片|image|插图|图片描述|在这里插入图片描述|外链图片转存.{0,40})[\]】)）]?$", re.IGNORECASE
)
MARKUP = re.compile(
    r"^(?:<!--.{0,2000}-->|</?(?:details|br|hr|p|div|center|span|font|a)\b[^>]{0,300}>|&nbsp;|<a\b[^>]{0,200}>\s*</a>|\[[^\]]{1,60}\]:\s*\S+|:::.{0,60}|\s)+$",
    re.IGNORECASE,
)
TOC_MARK = re.compile(r"^(?:\[toc\]|@\[toc\].{0,40}|\{:toc\}|\[\[_?toc_?\]\])$", re.IGNORECASE)
TOC_HEADING = re.compile(
    r"^(?:本文|文章|内容|题目|问题|全文|本章)?\s*(?:目\s*录|大纲|contents?|table of contents|toc|导航|索引)"
    r"\s*(?:收起|展开|如下)?\s*[:：]?$",
    re.IGNORECASE,
)
RECOMMENDED = re.compile(
    r"^(?:往期\S{0,6}|历史(?:文章|推荐)|推荐阅读|相关(?:推荐|文章|阅读)|精彩推荐|热门(?:文章|推荐)|猜你喜欢|更多(?:文章|精彩|推荐|阅读|干货)\S{0,6}|"
    r"(?:文章|好文)推荐|系列文章\S{0,4}|你可能(?:还|也)?(?:喜欢|感兴趣)\S{0,6}|"
    r"related (?:articles|posts|reading)|read more|you may also like)"
    r"\s*[:：]?$",
    re.IGNORECASE,
)
"""Headings of lists of other articles."""
TAIL_HEADING = re.compile(
    r"^(?:[-—–=~\s]*(?:the\s+)?end[-—–=~\s]*|(?:技术|学习|面试|求职)?交流群?|(?:技术|学习|面试)交流[与和及]?\S{0,6}|加群|进群\S{0,4}|加入我们|联系我们|"
    r"联系方式|联系作者|关于(?:作者|我们|我)|作者简介|(?:微信)?公众号|相关链接|延伸阅读|扩展阅读|拓展阅读|更多(?:内容|资料|面试题)\S{0,6}|.{2,20}系列(?:文章|目录)?|"
    r"资料领取|(?:文末|粉丝|读者|限时)?福利|扫码\S{0,6}|推荐\s*[:：]|看完三件事\S{0,6}|"
    r"文末\S{0,8}|further reading)\s*[:：]?[~～!！]*$",
    re.IGNORECASE,
)
"""Headings of blocks that are advertising if an advertisement stands in them."""
PREAMBLE: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern)
    for pattern in (
        r"我们|小编|本号|本公众号",
        r"星球|球友|社群|粉丝|学员|训练营|小伙伴",
        r"讨论会|交流会|直播|分享会|沙龙|研讨",
        r"邀请|组织了|陆续整理|持续更新",
        r"校招|社招|秋招|春招|求职|大厂|HC|内推",
        r"热门话题|深入的讨论|干货|弯弯绕绕|解惑|答疑|经验分享|圈粉",
    )
)
"""Promotion in front of the first question: a line in which at least three of these meet."""
CHATTER = re.compile(
    r"交流|求职|内推|招聘|名校|名企|开发者|粉丝|小伙伴|同学|互动|资料|课程|社群|报名|简历|进群|扫码|微信|公众号|关注|福利|领取|作者|博主|大家好|我是|欢迎|感谢|下期|转发|点赞"
)
"""Words that let a sentence in the block behind a tail heading count as part of it."""
PLACEHOLDER = re.compile(
    r"^(?:answer here|todo|tbd|coming soon|待补充|待更新|待完善|暂无|暂无答案|略|答案略|未完待续|"
    r"[（(](?:待补充|略|待更新)[)）]|\.{3,}|…+)[。.!！]?$",
    re.IGNORECASE,
)
FOLLOW_UP = re.compile(r"^(?:追问|延伸追问|常见追问|follow[- ]ups?)\s*[:：]?$", re.IGNORECASE)
