"""What the guide says, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.core.parties import Language, Titles

S = Titles
WEEKDAYS: Mapping[Language, tuple[str, ...]] = {
    Language.ZH_CN: ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    Language.EN: ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WORDS: Mapping[str, Titles] = {
    "title": S("年报送指南", "guide to reporting"),
    "for": S("填报人：", "For "),
    "deadlines": S("什么时候报", "When"),
    "period": S("所属期", "Period"),
    "due": S("截止时刻", "Due by"),
    "working_day": S("最后工作日", "Last working day"),
    "at_once": S("发生后随即报送，不另定期限：", "As soon as it happens, without a fixed day: "),
    "nothing": S("本年度没有按期报送的任务。", "Nothing falls due this year."),
    "on_time": S(
        "以到达本平台的时刻为准；逾期的仍请补报。",
        "What counts is when it reaches the gateway. Late reports are still wanted.",
    ),
    "how": S("怎么报", "How"),
    "fill": S(
        "填表：每种报表有一个模板（.xlsx）。先选所属期，再逐行填写；带 * 的必填，有下拉列表的从列表中选。"
        "确无数据时，在表头下第一格写“本期无数据”。",
        "Fill in the template (.xlsx) of the report: choose the period, then write row by row. Columns with * must "
        "be filled; choose from the list where there is one. With nothing to report, write “nil” in the first cell.",
    ),
    "sealed_only": S("必须密封：", "Must be sealed: "),
    "answer": S(
        "每次报送都会收到回信：已接收的附带签名回执，请保存；需更正的会指明行、列和改法，改好后再报一次即可。",
        "Every report is answered. Keep the signed receipt. If something must be mended, the answer says where and "
        "how: mend it and send it again.",
    ),
    "contact": S("找谁", "Whom to ask"),
    "mailbox": S("报送邮箱", "Mailbox"),
    "telephone": S("电话", "Telephone"),
    "people": S("联系人", "People"),
    "fingerprint": S("本平台公钥指纹", "Fingerprint of the gateway's key"),
    "compare": S(
        "首次使用 seal.html 前，请用您原来就知道的号码打电话，与牵头单位核对这串数字；页面上显示的须与此完全一致。",
        "Before you first use seal.html, compare it with the lead office by telephone, by a number that you knew "
        "before; the page must show the same.",
    ),
    "calendar": S(
        "随附的日历文件（.ics）可导入手机或电脑日历，到期前会提醒。",
        "The calendar file (.ics) can be imported into the calendar of your computer or telephone, and reminds you.",
    ),
    "made": S("编制日期：", "Made on "),
}
