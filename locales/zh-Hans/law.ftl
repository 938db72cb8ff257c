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
