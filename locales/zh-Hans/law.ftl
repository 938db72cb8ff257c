# 期限：单位、到期时间的来由、拒绝与检查
law-weekday = { $weekday ->
        [1] 周一
        [2] 周二
        [3] 周三
        [4] 周四
        [5] 周五
        [6] 周六
       *[7] 周日
    }
law-limit-urgent-hour = { $n } 个紧急工作时
law-limit-working-hour = { $n } 个工作时
law-limit-working-day = { $n } 个工作日
law-limit-urgent-day = { $n } 个紧急工作日
law-limit-natural-day = { $n } 个自然日
law-limit-minute = { $n } 分钟
law-limit-working-minute = { $n } 个工作分钟
law-why = 为什么是这个时间
law-step-started = { $day }（{ law-weekday }）{ $from } 开始计时
law-step-ran = { $day } { $from } 至 { $last } { $to } 昼夜连续计时 { $hours } 小时 { $rest } 分钟
law-step-counted = { $day }（{ law-weekday }）{ $from }–{ $to } 计 { $hours } 小时 { $rest } 分钟
law-step-counted-make-up = { $day }（{ law-weekday }，{ $name }调休上班）{ $from }–{ $to } 计 { $hours } 小时 { $rest } 分钟
law-step-start-day = { $day }（{ law-weekday }）为起算当日，不计入
law-step-working-day = { $day }（{ law-weekday }）为第 { $n } 个工作日
law-step-make-up-day = { $day }（{ law-weekday }，{ $name }调休上班）为第 { $n } 个工作日
law-step-weekend = { $day } 至 { $last } 为周末，不计
law-step-holiday = { $day } 至 { $last } 为{ $name }放假，不计
law-step-paused = { $day } { $from } 至 { $last } { $to } 暂停计时
law-step-due = { $day }（{ law-weekday }）{ $from } 到期
law-calendar-not-loaded = { $year } 年的放假安排尚未录入，无法推算 { $day } 及以后的期限。请管理员录入国务院办公厅公布的该年安排后再试。
law-limit-out-of-range = 时限须在 1 到 { $longest } 之间，请核对立案标准。
law-clock-paused = 计时已暂停，恢复后才能推算到期时间。
law-hours-missing = 城市设置里没有 [working_hours]，请写明上午和下午的上下班时间。
law-hours-unreadable = 上下班时间应写成 ["08:30", "12:00"] 的样子。
law-hours-disordered = 上下班时间为空、颠倒或重叠，请按先后写明。
law-year-twice = { $year } 年写在了两个文件里，请删去一个。
law-citation-missing = 请写明依据的通知（[[notice]] 的 title）。
law-day-of-another-year = { $day } 离本文件的年份太远，请核对。
law-day-twice = { $day } 既写成放假又写成上班，请核对通知。
law-no-year = 没有任何一年的放假安排。
law-conventions-unknown = [law] 中的写法不认识：working_days 用 end_of_hours 或 same_clock_time，natural_days 用 same_clock_time 或 end_of_day。

# 法律期限与数额
law-document = { $law ->
        [penalty] 《行政处罚法》
        [coercion] 《行政强制法》
        [planning] 《城乡规划法》
        [review] 《行政复议法》
        [suit] 《行政诉讼法》
        [civil-code] 《民法典》
        [ministry-34] 《城市管理执法办法》
        [ministry-55] 《住房和城乡建设行政处罚程序规定》
        [inspection-54] 国办发〔2024〕54号文件
       *[other] 有关规定
    }
law-certainty-verified = 已核对条文
law-certainty-check-locally = 请由本地法制人员核对
law-unit-working-day = 个工作日
law-unit-natural-day = 日
law-unit-hour = 小时
law-unit-month = 个月
law-unit-year = 年
law-event-clue-received = 收到线索
law-event-clue-check-extended = 核查期限延长
law-event-act-ended = 违法行为终了
law-event-filed = 立案
law-event-decision-extended = 原办案期限届满
law-event-evidence-registered = 先行登记保存
law-event-seized = 查封、扣押
law-event-seizure-extended = 原查封、扣押期限届满
law-event-measure-taken = 采取强制措施
law-event-notice-served = 告知书送达
law-event-hearing = 举行听证
law-event-decided = 作出决定
law-event-announced = 公告张贴
law-event-decision-served = 决定书送达
law-event-review-decision-received = 收到复议决定
law-event-decision-changed = 决定变更或者撤销
law-event-cash-collected = 当场收缴
law-event-cash-at-organ = 现金交至行政机关
law-event-late-fee-begun = 加处罚款起算
law-event-reminder-served = 催告书送达
law-event-performance = 代履行
law-event-remedies-over = 复议、诉讼期限届满
law-event-enforcement-suspended = 中止执行
law-event-last-act = 最后一项办理
law-exclusion-hearing = 听证
law-exclusion-test = 检测、检验、检疫
law-exclusion-appraisal = 鉴定
law-exclusion-announcement = 公告
law-exclusion-suspension = 中止
law-exclusion-review = 行政复议
law-exclusion-suit = 行政诉讼
law-exclusion = { $kind ->
        [hearing] 听证
        [test] 检测、检验、检疫
        [appraisal] 鉴定
        [announcement] 公告
        [suspension] 中止
        [review] 行政复议
       *[suit] 行政诉讼
    }
law-why-event-day = { $day } 为起算事件当日，不计入
law-why-days = { $day } 至 { $to } 按自然日计，累计 { $n } 日
law-why-working-days = { $day } 至 { $to } 计工作日，累计 { $n } 个工作日
law-why-make-up = { $day } 为{ $name }调休上班，累计 { $n } 个工作日
law-why-weekend = { $day } 至 { $to } 为周末，不计
law-why-holiday = { $day } 至 { $to } 为{ $name }放假，不计
law-why-excluded = { $day } 至 { $to } 为{ law-exclusion }时间，依法扣除
law-why-months = 按月或者按年计算，对应日为 { $to }
law-why-hours = 自 { $day } 起连续计算 { $n } 小时
law-why-moved = 最后一日为休假日，顺延至 { $to }
law-why-last = { $to } 为最后一日，当日二十四时届满
law-term-not-in-force = { $day } 没有有效的期限或者数额“{ $term }”，请在 law/terms 中补上当日适用的规定。
law-term-paused = 自 { $day } 起的{ law-exclusion }尚未结束，期限暂停，请先登记其结束日期。
law-term-runs-back = 期限“{ $term }”不能自该事件起向后推算，请核对 law/terms。
law-term-runs-on = 期限“{ $term }”不是事前期限，不能向前推算，请核对 law/terms。
law-term-unit-against-article = 单位与该法第{ $article }条不符，应写作 { $unit }。
law-term-before-in-working-days = 事前期限只能以工作日计，请核对。
law-term-unknown = 没有名为“{ $term }”的期限，请核对。
law-term-missing = 缺少“{ $term }”，请补上这一行及其依据。
law-term-twice = “{ $term }”在同一天有两行同时有效，请给旧的一行写上 until。
law-document-unknown = 没有名为“{ $document }”的文件，请在 [[document]] 中写明。
law-document-twice = 文件“{ $document }”写了两次，请只留一处。
law-article-missing = 标为已核对的一行必须写明条号；未核对的请标 check-locally。
law-validity-reversed = 失效日期早于生效日期，请核对。
law-words-missing = 请写明中文和英文名称。
law-number-out-of-range = 数值超出范围，请核对。
