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

# 页面
nav-buildings = 违法建设
construction-title = 违法建设
construction-tab-list = 台面
construction-tab-ledger = 台账
construction-tab-visits = 防违日志
construction-do-new = 登记违法建设
construction-do-record = 登记
construction-new-lead = 先拍照、定位，再写清建了什么、建到哪一步。登记后立即通知办理中队。
construction-known-already = 该案件已经登记过违法建设 { $number }
construction-see-it = 查看
construction-about-case = 来自案件
construction-case = 案件
construction-where = 建在哪里
construction-own = 这里只列出您登记的违法建设。
construction-search = 编号或地址
construction-any = 全部
construction-filter = 筛选
construction-none = 没有违法建设
construction-none-text = 巡查发现的、群众举报的，都从这里登记。
construction-none-such = 没有符合条件的
construction-none-such-text = 换一个阶段、种类或者街道试试。
construction-see-open = 看未结的
construction-group-open = 未结
construction-group-due = 期满待办
construction-group-stopping = 发现制止
construction-group-deciding = 立案认定
construction-group-waiting = 限期拆除
construction-group-enforcing = 强制执行
construction-group-cleared = 拆除验收
construction-group-over = 已办结
construction-group-all = 全部
construction-stock-new = 新增
construction-stock-old = 存量
construction-goes-on = 未停工
construction-suspended = 已中止
construction-street-unknown = 街道不明
construction-unknown = 未查明
construction-yes = 是
construction-no = 否
construction-steps = 办理进程
construction-terms = 正在计算的期限
construction-term-name-stop = 出土必拆
construction-term-name-statement = 陈述申辩
construction-term-name-hearing-request = 要求听证
construction-term-name-hearing = 听证
construction-term-name-self-demolition = 自行拆除
construction-term-name-reminder = 催告
construction-term-name-announcement = 公告
construction-term-name-review = 申请复议
construction-term-name-suit = 提起诉讼
construction-term-name-resumption = 恢复执行
construction-term-undue = { $term }：期限尚不能确定
construction-article = 依据：{ $document }第{ $article }条
construction-city-clock = 本市自定的要求，不是法定期限
construction-check-locally = 请法制人员在本地核对
construction-acts = 现在可以办理
construction-by = 由{ $who }办理
construction-is-over = 已经办结，不再办理。
construction-wait = 期限还在走，现在只能等待或者劝导当事人自行拆除。
construction-not-yet = 还不能办理
construction-from = 可于 { $day } 起办理
construction-history = 办理经过
construction-for = 记录：{ $role }
construction-about = 基本情况
construction-size = 规模
construction-cell = 单元网格
construction-found = 发现
construction-happened-found = 发现
construction-navigate = 导航到现场
construction-map = 位置图
construction-photo = 现场照片
construction-photo-before = 拆除前照片
construction-photo-after = 拆除后照片
construction-photo-other = 文书照片
construction-photos-before = 拆除前
construction-photos-after = 拆除后
construction-photos-other = 文书、凭证
construction-kept-words = 您刚才写的内容
construction-kept-words-hint = 此项已不能办理，内容保留在这里，可以复制。
construction-field-source = 怎样发现
construction-field-kind = 建了什么
construction-field-works = 建到哪一步
construction-field-area = 建筑面积（平方米）
construction-field-floors = 层数
construction-field-owner = 所有人
construction-field-builder = 施工人
construction-field-permit = 许可情况
construction-field-stock = 新增还是存量
construction-field-street = 街道
construction-field-unit = 办理中队
construction-field-found-words = 现场情况
construction-field-address = 地址
construction-field-officers = 执法人员
construction-field-photos = 照片
construction-field-until = 截止日期
construction-field-on = 日期
construction-field-reason = 理由
construction-field-visit = 做了什么
construction-field-visit-words = 说了什么、对方怎么答复
construction-field-visit-on = 哪一天
construction-field-told = 告知户数
construction-field-where = 具体地点
construction-field-obeyed = 是否已停工
construction-field-assessment = 规划部门怎样认定
construction-field-letter = 认定函文号
construction-field-letter-on = 认定函日期
construction-field-hearing-on = 听证日期
construction-field-hearing-words = 听证情况和主持人意见
construction-field-signed = 当事人已书面签字放弃陈述、申辩和听证
construction-field-defence = 当事人的陈述、申辩
construction-field-defence-number = 复核哪一次
construction-field-adopted = 是否采纳
construction-field-answer = 复核意见和理由
construction-field-manner = 送达方式
construction-field-consent = 当事人已签电子送达确认书（电子送达时必须）
construction-field-witness = 有见证人或者全程录像（留置送达时必须）
construction-field-announced = 公告张贴日（公告送达时填写）
construction-field-remedy = 复议还是诉讼
construction-field-revoked = 决定是否被撤销
construction-field-charge = 政府责成文件的文号
construction-field-charge-on = 文件日期
construction-field-from = 开始时间
construction-field-ended = 结束时间
construction-field-area-cleared = 拆除面积（平方米）
construction-field-present = 当事人在场
construction-field-witnesses = 见证人（每行一名）
construction-field-goods = 物品清单（每行一件）
construction-field-recorded = 全程录音录像
construction-field-cut = 是否以停水、停电、停气、停热迫使当事人
construction-hint-area = 可写两位小数，如 36.5
construction-hint-stock = 正在建、新近建成的是新增；排查出的老旧违建是存量。
construction-hint-street = 已定位的不必填写。
construction-hint-officers = 至少两名，证件当日有效。
construction-hint-photos-found = 全景、近景、门牌各一张最好。
construction-hint-photos-paper = 请拍下这份文书，没有文书照片不能登记。
construction-hint-photos-after = 请拍下拆除后的现场。
construction-hint-hearing-on = 通知与听证之间须隔满法定的工作日。
construction-hint-until-decision = 给当事人自行拆除的最后一天。
construction-hint-until-reminder = 催告书写明的最后一天。
construction-hint-until-announcement = 公告写明的最后一天，不得早于本市规定的天数。
construction-hint-hours = 夜间和法定节假日不得实施。
construction-hint-witnesses = 当事人不在场的，必须有见证人。
construction-hint-goods = 没有物品的写“无”。
construction-visit-talk = 宣讲
construction-visit-neighbours = 告知邻里
construction-visit-persuade = 劝阻
construction-visit-patrol = 巡查
construction-remedy-review = 行政复议
construction-remedy-suit = 行政诉讼
construction-manner-direct = 直接送达
construction-manner-left = 留置送达
construction-manner-entrusted = 委托送达
construction-manner-post = 邮寄送达
construction-manner-electronic = 电子送达
construction-manner-announcement = 公告送达
construction-manner-forwarded = 转交送达
construction-do-record-visit = 记录宣讲、劝阻、巡查
construction-do-survey = 记录现场勘验
construction-do-order-stop = 责令停止
construction-do-check-stop = 复查是否停工
construction-do-file = 批准立案
construction-do-assess = 登记规划认定
construction-do-penalise = 转处罚案件
construction-do-dismiss = 撤销（不是违法建设）
construction-do-notify = 送达事先告知
construction-do-ask-hearing = 登记听证要求
construction-do-call-hearing = 通知听证
construction-do-hold-hearing = 登记听证
construction-do-waive = 登记书面放弃
construction-do-defend = 登记陈述、申辩
construction-do-answer-defence = 复核陈述、申辩
construction-do-decide = 作出限期拆除决定
construction-do-serve = 登记送达
construction-do-remind = 催告
construction-do-announce = 公告
construction-do-begin-remedy = 登记复议、诉讼
construction-do-end-remedy = 登记复议、诉讼结果
construction-do-charge = 登记政府责成
construction-do-charge-short = 登记政府责成（在建快速程序）
construction-do-order-enforcement = 作出强制执行决定
construction-do-demolish = 登记强制拆除
construction-do-record-self-demolition = 登记当事人自行拆除
construction-do-suspend = 中止执行
construction-do-resume = 恢复执行
construction-do-accept = 验收
construction-do-close = 批准结案
construction-do-end = 终结执行
construction-do-visit = 记一次宣讲或者巡查
construction-do-keep-visit = 记下
construction-note-file = 按下即表示您作为行政机关负责人批准立案。
construction-note-penalise = 可以改正的、不能拆除的，不限期拆除，转为处罚案件。
construction-note-order-enforcement = 按下即表示您作为行政机关负责人作出强制执行决定。
construction-note-close = 验收合格，批准结案。
construction-note-resume = 中止的原因已经消失。
construction-note-record-self-demolition = 到现场看过、拍了照再登记；之后还要验收。
construction-note-ask-hearing = 当事人在期限内要求听证的，登记后不得先行决定。
construction-note-demolish = 已存拆除前照片 { $n } 张；没有拆除前照片的，请先用“记录宣讲、劝阻、巡查”拍下现场。
construction-note-charge-short = 依据：{ $document } { $article }。仅用于责令停止后仍继续施工的在建工程。
construction-sure-dismiss = 确定不是违法建设吗？撤销后不再办理。
construction-sure-end = 确定终结执行吗？终结后不能恢复。
construction-detail-source = 发现方式
construction-detail-area = 面积
construction-detail-officers = 执法人员
construction-detail-works = 建设阶段
construction-detail-obeyed = 已停工
construction-detail-assessment = 认定
construction-detail-letter = 文号
construction-detail-on = 日期
construction-detail-hearing = 听证日
construction-detail-defence = 第几次
construction-detail-adopted = 采纳
construction-detail-until = 截止
construction-detail-manner = 送达方式
construction-detail-remedy = 类别
construction-detail-revoked = 撤销决定
construction-detail-charge = 文号
construction-detail-time = 实施时间
construction-detail-present = 当事人在场
construction-detail-witnesses = 见证人
construction-detail-goods = 物品清单
construction-detail-recorded = 全程录像
construction-detail-photos = 照片（前/后）
construction-ledger-title = { $year } 年违法建设台账
construction-ledger-lead = 个数和平方米，按发现、责令停止、拆除的月份各自计入。
construction-ledger-lead-own = 本中队（或者本人登记）的个数和平方米，按发现、责令停止、拆除的月份各自计入。
construction-ledger-by-month = 按月
construction-ledger-by-kind = 按种类
construction-ledger-by-street = 按街道
construction-ledger-month = 月份
construction-ledger-kind = 种类
construction-ledger-street = 街道
construction-ledger-street-code = 街道代码
construction-ledger-count = 个
construction-ledger-area = 平方米
construction-ledger-found-new = 发现（新增）
construction-ledger-found-old = 发现（存量）
construction-ledger-stopped = 责令停止
construction-ledger-self-demolished = 自行拆除
construction-ledger-demolished = 强制拆除
construction-ledger-standing = 尚未拆除
construction-ledger-all = 合计
construction-ledger-none = 这一年没有记录
construction-ledger-standing-means = “尚未拆除”是当月发现、至今仍在的；撤销的不计入。
construction-visits-title = 防违日志
construction-visits-none = 还没有记录
construction-visits-none-text = 宣讲、告知邻里、劝阻、巡查都记在这里。
construction-refusal-moved-on = 您打开页面后已有人办理了别的环节，请看看现在的情况再办。
construction-refusal-photos-missing = 请附上照片：文书拍文书，现场拍现场。
construction-refusal-unit-missing = 请选择办理中队。
construction-refusal-place-missing = 请定位、在地图上点选，或者选择街道。
construction-term-ok = { $term }：还剩 { $n } 天（到 { $last }）
construction-term-soon = { $n ->
        [0] { $term }：今天到期（{ $last }）
       *[other] { $term }：只剩 { $n } 天（到 { $last }）
    }
construction-term-over = { $term }：已期满 { $n } 天（{ $last }），请办下一步
construction-term-ended = { $term }：已期满（{ $last }）
construction-term-late = { $n ->
        [0] { $term }：已超时（{ $last }）
       *[other] { $term }：已超期 { $n } 天（{ $last }）
    }
construction-size-is = { $area } m² · { $floors } 层
construction-visits-sum = { $year } 年共 { $n } 次，告知 { $told } 户。
construction-told = 告知 { $n } 户
construction-at-term = { $term ->
        [stop] 出土必拆的时限
        [statement] 陈述申辩期限
        [hearing-request] 要求听证的期限
        [hearing] 听证日
        [self-demolition] 自行拆除期限
        [reminder] 催告期限
        [announcement] 公告期限
        [review] 复议期限
        [suit] 诉讼期限
       *[resumption] 恢复执行的期限
    }

# 违法建设
notice-building-found-name = 发现违法建设
notice-building-found-title = 发现违法建设 { $number }
notice-building-found-text = { $place }。请到现场核实，在建的立即责令停止。
notice-building-turn-name = 违法建设待办
notice-building-turn-title = 违法建设 { $number } 轮到您办理
notice-building-turn-text = { $place }：{ construction-at-stage }。
notice-building-term-name = 违法建设期满
notice-building-term-title = 违法建设 { $number } 期满
notice-building-term-text = { $place }：{ construction-at-term }已满，请办下一步。

# 案件页
cases-happened-building-recorded = 登记为违法建设
cases-record-building = 登记违法建设
photo-of-building = 违法建设

construction-party-title = 违法建设案件查询
construction-party-place = 建筑物位置
construction-party-until = 自行拆除期限
construction-party-speak-text = 您可以在这里陈述意见、进行申辩。收到后将予以复核并答复，不会因此加重处理。
construction-party-remedy-text = 复议、诉讼期间的强制拆除，依法律规定办理；期限届满前不会强制拆除。
