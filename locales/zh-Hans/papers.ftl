papers-title = 文书登记
papers-lead = 每个文号依次编排，不跳号、不重号；作废的文书保留文号并注明作废。
papers-kind = 文书名称
papers-year = 年份
papers-any = 全部
papers-filter = 筛选
papers-all = 查看全部文书
papers-number = 文号
papers-no-number = 无文号
papers-organ = 行政机关
papers-issued = 制发时间
papers-issued-on = 制发日期
papers-issued-by = 制发人
papers-standing = 状态
papers-standing-issued = 有效
papers-standing-changed = 已变更
papers-standing-voided = 已作废
papers-series = 最后编号：{ $last }，共 { $n } 号，其中作废 { $voided } 号。
papers-none = 还没有制发过文书
papers-none-text = 文书在案件办理中制发，制发后登记在这里。
papers-none-such = 没有符合条件的文书
papers-none-such-text = 请换一个年份或者文书名称。
papers-code = 核验码
papers-code-hint = 文书页脚二维码旁的16位字母和数字。
papers-pdf = 打开PDF
papers-word = 下载Word
papers-word-hint = Word文件供编辑参考，以加盖印章的PDF文书为准。
papers-verify = 核验页
papers-void = 作废文书
papers-void-text = 作废后文号保留、不再使用，核验时显示已作废。需要更正的，作废后重新制发。
papers-void-sure = 确定作废“{ $name }”？作废后不能恢复。
papers-reason = 作废原因
papers-do-void = 作废
papers-is-void = 本文书已作废
papers-is-changed = 本文书的内容已被后来的文书变更
papers-voided-by = { $name } 于 { $when } 作废。
papers-verify-title = 文书核验
papers-verify-lead = 输入执法文书上的核验码，或者扫描二维码，查看文书是否真实、是否有效。
papers-verify-go = 核验
papers-verify-unknown = 没有查到这个核验码对应的文书。请对照文书重新输入；仍查不到的，该文书可能是伪造的，请向文书上的行政机关求证。
papers-verify-digest = 电子文书（PDF）的SHA-256摘要：
papers-verify-compare = 请核对纸质文书上的名称、文号、机关和日期是否与此一致。这里不显示当事人信息。
papers-genuine = 文书真实有效
papers-genuine-text = 该文书由下列行政机关制发，现行有效。
papers-genuine-changed = 文书真实，内容已变更
papers-genuine-changed-text = 该文书的内容已被《{ $kind }》{ $number }变更。
papers-genuine-void = 文书已作废
papers-genuine-void-text = 该文书确由下列行政机关制发，但已于{ $when }作废，不再有效。
papers-refusal-kind = 本市没有“{ $kind }”这种文书，请联系系统管理员检查文书种类。
papers-lacking-kind = { $kind_en ->
   *[other] { $kind }
}
papers-lacking-fields = { $fields_en ->
   *[other] { $fields }
}
papers-refusal-missing = 《{ papers-lacking-kind }》还缺少 { $n } 项必须载明的内容：{ papers-lacking-fields }{ $more ->
    [0] {""}
   *[other] ，以及其他 { $more } 项
  }。请补齐后再制发。
papers-refusal-mark = 《{ $kind }》编号需要机关代字，请先在机关信息中填写。
papers-refusal-shapeless = 这些字没有字形，无法印出：{ $characters }。请改用其他写法；确实无法改的，确认后印“〓”，制发后手写补上。
papers-refusal-size = 内容过长，无法排成一件文书。请缩减内容，或者分成几件。
papers-refusal-photographs = 一册最多装订 { $most } 张照片，请分册装订。
papers-refusal-year = 这个日期无法编号，请检查日期。
papers-refusal-voided = { $number } 已经作废，不能再作废或者变更。
papers-refusal-reason = 请写明作废原因，不超过 { $most } 字。
