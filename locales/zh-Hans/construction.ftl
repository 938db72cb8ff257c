# 违法建设：阶段、环节、拒绝
construction-stage-found = 已发现
construction-stage-stopped = 已责令停止
construction-stage-filed = 已立案
construction-stage-assessed = 已认定
construction-stage-notified = 已告知
construction-stage-decided = 已决定限期拆除，待送达
construction-stage-served = 限期拆除中
construction-stage-reminded = 已催告
construction-stage-announced = 已公告
construction-stage-charged = 政府已责成
construction-stage-ordered = 已决定强制执行
construction-stage-charged-short = 在建快速程序：政府已责成
construction-stage-ordered-short = 在建快速程序：已决定强制执行
construction-stage-self-demolished = 已自行拆除，待验收
construction-stage-demolished = 已强制拆除，待验收
construction-stage-accepted = 已验收
construction-stage-closed = 已结案
construction-stage-penalised = 转处罚案件
construction-stage-dismissed = 不是违法建设
construction-stage-ended = 终结
construction-at-stage = { $stage ->
        [found] 已发现
        [stopped] 已责令停止
        [filed] 已立案
        [assessed] 已认定
        [notified] 已告知
        [decided] 已决定限期拆除，待送达
        [served] 限期拆除中
        [reminded] 已催告
        [announced] 已公告
        [charged] 政府已责成
        [ordered] 已决定强制执行
        [charged-short] 在建快速程序：政府已责成
        [ordered-short] 在建快速程序：已决定强制执行
        [self-demolished] 已自行拆除，待验收
        [demolished] 已强制拆除，待验收
        [accepted] 已验收
        [closed] 已结案
        [penalised] 转处罚案件
        [dismissed] 不是违法建设
       *[ended] 终结
    }
construction-step-record-visit = 宣讲、劝阻
construction-step-survey = 现场勘验
construction-step-order-stop = 责令停止
construction-step-check-stop = 复查停工
construction-step-file = 立案
construction-step-assess = 规划认定
construction-step-penalise = 转处罚案件
construction-step-dismiss = 撤销
construction-step-notify = 事先告知
construction-step-ask-hearing = 要求听证
construction-step-call-hearing = 听证通知
construction-step-hold-hearing = 举行听证
construction-step-waive = 放弃陈述、申辩
construction-step-defend = 陈述、申辩
construction-step-answer-defence = 复核陈述、申辩
construction-step-decide = 限期拆除决定
construction-step-serve = 送达
construction-step-remind = 催告
construction-step-announce = 公告
construction-step-begin-remedy = 复议、诉讼开始
construction-step-end-remedy = 复议、诉讼结束
construction-step-charge = 政府责成
construction-step-charge-short = 政府责成（在建快速程序）
construction-step-order-enforcement = 强制执行决定
construction-step-demolish = 强制拆除
construction-step-record-self-demolition = 自行拆除
construction-step-suspend = 中止
construction-step-resume = 恢复
construction-step-accept = 验收
construction-step-close = 结案
construction-step-end = 终结
construction-role-helper = 协管人员
construction-role-officer = 执法人员
construction-role-head = 行政机关负责人
construction-role-planner = 规划部门
construction-role-government = 县级以上人民政府
construction-role-hearing-president = 听证主持人
construction-role-party = 当事人
construction-works-foundations = 打地基
construction-works-going-up = 在建
construction-works-roofed = 已封顶
construction-works-complete = 已建成
construction-kind-house = 房屋
construction-kind-storey = 加层、搭建楼上房间
construction-kind-shed = 棚、简易房
construction-kind-awning = 雨棚、遮阳棚
construction-kind-tank = 室外罐体、设备
construction-kind-wall = 围墙、围挡
construction-kind-cellar = 地下室、深挖
construction-kind-other = 其他构筑物、设施
construction-permit-none = 未取得许可
construction-permit-deviates = 不按许可建设
construction-permit-temporary-none = 临时建设未经批准
construction-permit-temporary-expired = 临时建设超过期限
construction-source-patrol = 巡查
construction-source-report = 举报
construction-source-picture = 卫星、无人机
construction-source-transfer = 部门移送
construction-assessment-correctable = 尚可采取改正措施
construction-assessment-demolish = 无法采取改正措施，限期拆除
construction-assessment-confiscate = 不能拆除，没收
construction-assessment-lawful = 不是违法建设
construction-refusal-stage-elsewhere = 该违法建设目前处于“{ construction-at-stage }”阶段，不能办理此项。请先完成前面的程序。
construction-refusal-role-not-allowed = 此项由其他岗位或者机关办理，请转交。
construction-refusal-date-backwards = 日期早于前一环节，请核对先后顺序。
construction-refusal-date-in-future = { $day } 还没有到，请核对日期。
construction-refusal-size-absurd = 面积或者层数不合理，请核对单位和小数点。
construction-refusal-no-such-thing = 没有这一项，或者已经办理完毕，请刷新后核对。
construction-refusal-not-assessed = 应当先由规划部门认定能否采取改正措施，请先送认定。（{ law-document }第{ $article }条）
construction-refusal-correctable = 认定为可以改正或者不能拆除的，不得限期拆除，请转处罚案件办理。（{ law-document }第{ $article }条）
construction-refusal-not-heard = 应当告知当事人并听取陈述申辩；期限未满且未书面放弃的，不得作出决定。（{ law-document }第{ $article }条）
construction-refusal-hearing-not-offered = 本市限期拆除决定前不告知听证权利。（{ law-document }第{ $article }条）
construction-refusal-hearing-open = 当事人已要求听证或者仍在要求听证的期限内，请在听证结束或者期满后再决定。（{ law-document }第{ $article }条）
construction-refusal-hearing-asked-late = 要求听证的期限已于 { $until } 届满。（{ law-document }第{ $article }条）
construction-refusal-hearing-called-late = { $day } 不能举行听证：最迟通知日或者通知的日期为 { $until }，请核对。（{ law-document }第{ $article }条）
construction-refusal-president-acted = 听证主持人不得是本案执法人员，请另行指定。（{ law-document }第{ $article }条）
construction-refusal-defence-unanswered = 当事人的陈述、申辩还没有复核，请先写明是否采纳和理由。（{ law-document }第{ $article }条）
construction-refusal-not-served = 决定书尚未送达，请先送达。（{ law-document }第{ $article }条）
construction-refusal-self-term-open = 自行拆除的期限未满（{ $until }），请等期满后再催告。（{ law-document }第{ $article }条）
construction-refusal-not-reminded = 没有催告或者催告期限未满（{ $until }），请先书面催告并等期满。（{ law-document }第{ $article }条）
construction-refusal-reminder-term-missing = 给当事人的期限必须在今天之后，请重新填写。（{ law-document }第{ $article }条）
construction-refusal-not-announced = 强制拆除前应当公告，请先公告并限期自行拆除。（{ law-document }第{ $article }条）
construction-refusal-announcement-short = 公告给出的自行拆除期限不得少于 { $days } 日，最早到 { $until }。（{ law-document }第{ $article }条）
construction-refusal-announcement-open = 公告期限未满（{ $until }），请等期满。（{ law-document }第{ $article }条）
construction-refusal-remedies-open = 复议和诉讼期限到 { $until }，期满前不得强制拆除。（{ law-document }第{ $article }条）
construction-refusal-remedy-running = 复议或者诉讼正在进行，请先登记其结束。（{ law-document }第{ $article }条）
construction-refusal-decision-revoked = 据以执行的决定已被撤销，应当终结执行。（{ law-document }第{ $article }条）
construction-refusal-not-charged = 没有县级以上地方人民政府的责成，不得强制拆除，请先报请政府责成。（{ law-document }第{ $article }条）
construction-refusal-not-ordered = 没有强制执行决定，或者实施时间早于决定，请先作出书面决定。（{ law-document }第{ $article }条）
construction-refusal-at-night = 不得在夜间实施强制拆除（{ $day }），请改在白天。（{ law-document }第{ $article }条）
construction-refusal-on-holiday = 不得在法定节假日实施强制拆除（{ $day }），请改在工作日。（{ law-document }第{ $article }条）
construction-refusal-supplies-cut = 不得以停止供水、供电、供热、供燃气等方式迫使当事人履行，请立即恢复。（{ law-document }第{ $article }条）
construction-refusal-nobody-present = 须通知当事人到场；当事人不到场的，须有见证人，请补充。（{ law-document }第{ $article }条）
construction-refusal-record-missing = 须有现场笔录、物品清单、拆除前后照片和全程录像，请补充。（{ law-document }第{ $article }条）
construction-refusal-no-shorter-way = 本市没有填写在建违建快速程序的依据，请按普通程序办理。（{ law-document }第{ $article }条）
construction-refusal-not-going-up = 快速程序只适用于正在施工的违法建设，已建成的请按普通程序办理。（{ law-document }第{ $article }条）
construction-refusal-not-stopped = 须已责令停止建设并经复查当事人不停止，请先复查。（{ law-document }第{ $article }条）
construction-refusal-suspended = 执行已中止，请先恢复。（{ law-document }第{ $article }条）
construction-refusal-given-up = 中止执行已满三年未恢复，不再执行，请终结。（{ law-document }第{ $article }条）
