# 分块地图
tiles-title = 案卷地图
tiles-lead = 您列表中的案卷在地图上的位置。点圆圈可放大。
tiles-state = 状态
tiles-state-open = 未结
tiles-state-overdue = 超时
tiles-state-handled = 已处置待核查
tiles-state-closed = 已结
tiles-state-all = 全部
tiles-cases = 件案卷
tiles-heat = 以热力显示集中的地方
tiles-script = 地图需要 JavaScript。列表中是同样的案卷。
tiles-list = 以列表查看
tiles-argument = 地图没有名为“{ $name }”的筛选条件，请去掉它。
tiles-value = 筛选条件“{ $name }”不认识“{ $value }”，请换一个值。
tiles-backwards = 开始日期晚于结束日期，或晚于今天。请选择更早的日期。
tiles-too-long = 地图一次最多显示 { $days } 天。请缩短日期范围。
